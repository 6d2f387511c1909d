"""An answer that is given again and again, in place."""

import errno
import sys
from collections.abc import Callable

from bin.readers import LOOK_EVERY_S, watch_reader

EVERY_S = 1.0
HOME_AND_CLEAR = "\033[H\033[J"


def watched(answer: Callable[[], str], every_s: float = EVERY_S) -> None:
    """Write the answer wherever it has changed, over the last one on a terminal, until Ctrl-C or while it is read."""
    before = None
    is_deserted = watch_reader(sys.stdout)
    try:
        while True:
            text = answer()
            if text != before:
                sys.stdout.write(HOME_AND_CLEAR + text if sys.stdout.isatty() else text)
                sys.stdout.flush()
                before = text
            if any(is_deserted() for _ in range(round(every_s / LOOK_EVERY_S))):
                raise BrokenPipeError(errno.EPIPE, "nobody reads any more")
    except KeyboardInterrupt:
        return
