"""`python -m bin` is `bin/run` without the set-up."""

import sys

from bin.cli import main

sys.exit(main(sys.argv[1:]))
