"""The messages of libraries that users see at the command line."""

import errno
import os
from collections.abc import Iterator

_WORDS = {
    "typer": (
        "Usage: ", "[OPTIONS]", "COMMAND [ARGS]...", "Arguments", "Options", "Commands", "Error", "Aborted.", "[required]",
        "[default: {}]", "[env var: {}]", "Try [blue]'{command_path} {help_option}'[/] for help.",
        "<str>", "<path>", "<file>", "<dir>", "<bool>", "<int>", "<int range>", "<datetime>", "<list[str]>", "<list[Path]>",
        "Missing argument {0}.", "Missing option {0}.", "Missing command.", "No such option: {0}",
        "No such option: {0} (Possible options: {1})", "No such command {0}.", "No such command {0}. Did you mean {1}?",
        "Got unexpected extra argument(s) ({0})", "Option {0} requires an argument.", "Option {0} does not take a value.",
        "Invalid value for {0}: {1}", "Invalid value: {0}", "Value error, {0} is not one of {1}.",
        "file {0} does not exist.", "file {0} is a directory.", "dir {0} does not exist.", "dir {0} is a file.",
        "path {0} does not exist.", "file {0} is not readable.", "dir {0} is not readable.", "path {0} is not readable.",
    ),
    "libc": tuple(map(os.strerror, (
        errno.EPERM, errno.ENOENT, errno.EIO, errno.EACCES, errno.EBUSY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR,
        errno.EMFILE, errno.ENOSPC, errno.EROFS, errno.ENAMETOOLONG, errno.ENOTEMPTY, errno.ELOOP, errno.EDQUOT,
        errno.EADDRINUSE, errno.ECONNREFUSED, errno.ETIMEDOUT,
    ))),
    "pydantic": (
        "Field required", "Input should be a valid string", "Input should be a valid boolean, unable to interpret input",
        "Input should be a valid integer, unable to parse string as an integer",
        "Input should be a valid number, unable to parse string as a number", "Input should be {0}",
        "Input should be greater than {0}", "Input should be greater than or equal to {0}",
        "Input should be less than or equal to {0}",
    ),
    "argparse": (
        "usage: ", "positional arguments", "options", "show this help message and exit",
        "%(prog)s: error: %(message)s\n", "argument %(argument_name)s: %(message)s", "expected one argument",
        "the following arguments are required: %s", "unrecognized arguments: %s",
        "invalid choice: %(value)r (choose from %(choices)s)",
    ),
}  # fmt: skip


def words_of_libraries() -> Iterator[tuple[str, str]]:
    """Return each text and its library."""
    for library, texts in _WORDS.items():
        for text in texts:
            yield text, library
