"""Errors of sources; none contains a value that the source holds.

::

    SourceError
    ├── UnavailableError   it cannot be reached, or its circuit is open
    ├── SlowError          it did not answer before the deadline
    ├── MalformedError     its answer does not fit its description
    │   ├── RecordError    one record does not fit; other subjects are not affected
    │   └── NotAskedError  a row has a key that was not asked for
    └── RefusedError       it refuses this node: credentials or rights
"""


class SourceError(Exception):
    """Base class of errors of sources."""


class UnavailableError(SourceError):
    """The source cannot be reached."""


class SlowError(SourceError):
    """The source did not answer before the deadline."""


class MalformedError(SourceError):
    """The source's answer does not fit its description."""


class RecordError(MalformedError):
    """A record of one subject does not fit; records of other subjects may."""


class NotAskedError(MalformedError):
    """A row has a key that was not asked for."""


class RefusedError(SourceError):
    """The source refuses to answer this node."""
