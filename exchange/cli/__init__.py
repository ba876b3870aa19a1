"""The command line ``yici``, in Chinese or English.

The language is that of the locale (LC_ALL, LC_MESSAGES, LANG), or of YICI_LANG=zh|en.
"""
