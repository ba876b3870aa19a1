"""E-documents (电子公文) exchanged between agencies."""
