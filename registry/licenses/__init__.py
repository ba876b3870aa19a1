"""The e-license register: types, identifiers, metadata, the life of each license, and its records."""
