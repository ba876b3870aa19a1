"""The register of e-seals: kinds, states, rules of use, and records."""
