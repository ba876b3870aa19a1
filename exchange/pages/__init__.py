"""Pages, pictures and PDFs: typesetting, seals in PDFs, and their checks."""
