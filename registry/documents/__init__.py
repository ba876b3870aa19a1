"""E-documents (电子公文) between agencies."""
