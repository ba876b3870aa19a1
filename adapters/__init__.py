"""Where answers come from: the ``Source`` protocol, one module per kind of source, one description per dataset."""
