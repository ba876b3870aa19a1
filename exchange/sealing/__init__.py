"""E-seals and what they seal: the register's acts, use, verification, e-documents."""
