"""The register of e-seals: kinds, life, who may use which."""
