"""The e-license register: types, identifiers, metadata, states, and records."""
