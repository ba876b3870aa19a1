"""What can go wrong with a source; none of these repeats a value that the source holds.

::

    SourceError
    ├── UnavailableError   it cannot be reached, or its circuit is open
    ├── SlowError          it did not answer before the deadline
    ├── MalformedError     it answered what its description does not allow
    │   ├── RecordError    one record does not; it concerns its own subject alone
    │   └── NotAskedError  a row is not of a key that was asked for
    └── RefusedError       it will not answer us: credentials, rights
"""


class SourceError(Exception):
    """A source did not answer as it should."""


class UnavailableError(SourceError):
    """The source cannot be reached."""


class SlowError(SourceError):
    """The source was too slow."""


class MalformedError(SourceError):
    """The source's answer does not fit its description."""


class RecordError(MalformedError):
    """A record of one subject does not fit; those of others may."""


class NotAskedError(MalformedError):
    """A row is not of a key that was asked for."""


class RefusedError(SourceError):
    """The source refuses to answer."""
