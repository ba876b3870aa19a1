"""``python -m exchange.cli.serve`` runs ``yici serve``, for programs that start a node."""

import sys

from exchange.cli.main import main

if __name__ == "__main__":
    sys.argv.insert(1, "serve")
    main()
