"""The Python client that a department's system installs."""
