"""How far long work is: a bar with rate and time left on a terminal, now and then a plain line elsewhere."""

from time import monotonic
from typing import TextIO

from projections.figures import counted, duration

QUIET_S = 1.0
"""Work that is done sooner is not worth a word."""
REDRAW_S = 0.1
LINE_EVERY_S = 5.0
WIDTH = 24


class ProgressBar:
    """Tells `out` how far `what` is; call it with how many are done, and of how many. Close it when done."""

    def __init__(self, what: str, out: TextIO) -> None:
        self._what = what
        self._out = out
        self._on_terminal = out.isatty()
        self._began = monotonic()
        self._next = self._began + QUIET_S
        self._first: int | None = None
        self._drawn = False

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if self._first is None:
            self._first = done
        if now < self._next or not total:
            return
        self._next = now + (REDRAW_S if self._on_terminal else LINE_EVERY_S)
        rate = (done - self._first) / (now - self._began)
        left = f", {duration(int((total - done) / rate) + 1)} left" if rate else ""
        told = f"{done:,} of {counted_events(total)}, {rate:,.0f}/s{left}"
        self._write(f"{self._what}: {told}", done / total)

    def close(self) -> None:
        """Leave the line to what comes next."""
        if self._drawn and self._on_terminal:
            self._out.write("\r\033[K")
            self._out.flush()

    def _write(self, told: str, share: float) -> None:
        self._drawn = True
        if self._on_terminal:
            bar = "━" * int(share * WIDTH)
            self._out.write(f"\r\033[K{bar:<{WIDTH}} {share:.0%}  {told}")
        else:
            self._out.write(told + "\n")
        self._out.flush()


def counted_events(number: int) -> str:
    """Write `1 event`, `1,000,000 events`."""
    return counted(number, "event").replace(str(number), f"{number:,}")
