"""Messages for errors of PostgreSQL, poolers, and databases that use its protocol.

The messages do not repeat the server's text, which may contain values. Errors of asyncpg, and SQLAlchemy's errors
around them, have the SQLSTATE (PostgreSQL, appendix A); PgBouncer's errors all have 08P01 and are told apart by text.
"""

LOST_STATEMENT = frozenset({"26000", "42P05"})
"""SQLSTATE of prepared statements that are missing, or exist already; only a pooler causes this."""
NO_TRANSACTION = "transaction blocks not allowed"
"""PgBouncer's error for BEGIN in statement mode."""

_POOLER = "08P01"
_REFUSED = frozenset({"28000", "28P01", "42501"})
_STATES = {
    "28000": "the user is not let in",
    "28P01": "the password or the user is wrong",
    "42501": "the user may not read this",
    "3D000": "no such database",
    "53300": "no connection is left; too many clients",
    "57P03": "the database is starting up or shutting down",
    "57P01": "the database was shut down",
    "26000": "a prepared statement is gone; a pooler in transaction mode is between",
    "42P05": "a prepared statement is there twice; a pooler in transaction mode is between",
    "42P01": "no such table",
    "42703": "no such column",
    "22021": "a text that the database's encoding does not allow",
    "22P05": "a text that the encoding of the connection cannot hold",
}
_LOGIN = {
    "no such user": "PgBouncer knows no such user",
    "authentication failed": "PgBouncer refuses the password or the user",
    "auth failed": "PgBouncer refuses the password or the user",
}
_POOLER_TEXTS = {
    **_LOGIN,
    'database "': "no such database behind PgBouncer",
    "no such database": "PgBouncer knows no such database",
    "no more connections allowed": "PgBouncer has no connection left (max_client_conn)",
    "connections exceeded": "PgBouncer has no connection left for this user or database",
    "server login": "PgBouncer cannot log in to the database behind it",
    "server_login_retry": "PgBouncer cannot log in to the database behind it",
    "connect failed": "PgBouncer does not reach the database behind it",
    "cannot connect": "PgBouncer does not reach the database behind it",
    "server conn": "PgBouncer lost the database behind it",
    "query_wait_timeout": "PgBouncer had no connection free in time (query_wait_timeout)",
    "client_login_timeout": "PgBouncer was too slow to let the client in (client_login_timeout)",
    "query_timeout": "PgBouncer ended the query (query_timeout)",
    "nsupported startup parameter": "PgBouncer refuses a parameter of the URL (ignore_startup_parameters)",
    NO_TRANSACTION: "PgBouncer is in statement mode, which allows no transaction",
    "shutting down": "PgBouncer is shutting down",
}
_METHOD = (
    "the server asks for a way of authentication that the driver lacks; openGauss and GaussDB do so with SHA-256: "
    "there, set password_encryption_type = 1, set the user's password again, and let the user in by md5 in pg_hba.conf"
)


def sqlstate(error: BaseException | None) -> str:
    """Return the SQLSTATE of an error of asyncpg, or of SQLAlchemy around one; empty if it has none."""
    inner = getattr(error, "orig", None) or error
    return getattr(inner, "sqlstate", None) or ""


def is_refusal(error: BaseException) -> bool:
    """Return whether the server refuses this user, or refuses reading."""
    state = sqlstate(error)
    return state in _REFUSED or (state == _POOLER and any(known in str(error) for known in _LOGIN))


def is_method_unknown(error: BaseException) -> bool:
    """Return whether the server requires an authentication method that the driver lacks."""
    text = str(error)
    return "unsupported" in text and "uthentication method" in text


def reason(error: BaseException) -> str:
    """Return the reason of an error in words, or the name of the error's type."""
    state, text = sqlstate(error), str(error)
    if state == _POOLER:
        return next((words for known, words in _POOLER_TEXTS.items() if known in text), "a pooler ended the connection")
    if is_method_unknown(error):
        return _METHOD
    inner = getattr(error, "orig", None) or error
    if isinstance(inner, TimeoutError):
        return "no answer in time"
    return _STATES.get(state) or type(inner.__cause__ or inner).__name__
