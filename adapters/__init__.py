"""Sources of answers: the ``Source`` protocol and an implementation for each kind of store.

SQL databases, REST services, dropped files, and this registry's own licenses. One description a dataset.
"""
