"""An answer that is given again and again, in place."""

import sys
from collections.abc import Callable
from threading import Event as Flag

EVERY_S = 1.0
HOME_AND_CLEAR = "\033[H\033[J"


def watched(answer: Callable[[], str], every_s: float = EVERY_S) -> None:
    """Write the answer wherever it has changed, over the last one on a terminal, until Ctrl-C."""
    before = None
    never = Flag()
    try:
        while True:
            text = answer()
            if text != before:
                sys.stdout.write(HOME_AND_CLEAR + text if sys.stdout.isatty() else text)
                sys.stdout.flush()
                before = text
            never.wait(every_s)
    except KeyboardInterrupt:
        return
