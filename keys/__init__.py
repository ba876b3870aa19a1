"""Cryptography and proofs, from signature suites and certificates to the checks of evidence.

The package uses no database, no network, and none of the project's other packages. All formats are published
standards, so that evidence can be checked without this package.
"""
