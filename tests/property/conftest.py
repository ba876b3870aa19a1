"""How long property tests search: the same examples in every run, or new ones with ``make search``."""

import os

from hypothesis import settings

# A run of all tests gives the same result twice; a search is for new examples, and what it finds becomes an @example.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("YICI_EXAMPLES", "repeatable"))
