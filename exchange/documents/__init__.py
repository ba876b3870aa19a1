"""E-documents: drafted, sealed, sent, received."""
