"""``python -m portside``: the command line."""

import sys

from portside.cli import main

if __name__ == "__main__":
    sys.exit(main())
