"""Pages, pictures and PDFs: typesetting, seals on pages, and their checks."""
