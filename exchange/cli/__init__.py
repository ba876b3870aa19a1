"""The command line: ``yici``. Chinese or English by locale (LC_ALL, LC_MESSAGES, LANG), or by YICI_LANG=zh|en."""
