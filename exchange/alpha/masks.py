"""An account's own secrets, taken out of what the venue says, which is recorded and shown: it may quote them."""

from collections.abc import Callable
from threading import Lock
from typing import Final

_SHORTEST: Final = 8
"""What is shorter is no secret, and may well be a word."""
_MOST: Final = 128
_MASK: Final = "***"

Mask = Callable[[str], str]
"""`Masks`, or `str` where there are no secrets."""


class Masks:
    """Any thread. Keeps the latest secrets: an answer may still quote those that the venue has renewed since."""

    def __init__(self, *secrets: str) -> None:
        self._lock = Lock()
        self._known: dict[str, None] = {}
        self._longest_first: tuple[str, ...] = ()
        self.know(*secrets)

    def know(self, *secrets: str) -> None:
        """Mask these from now on, too."""
        with self._lock:
            for secret in secrets:
                if len(secret) >= _SHORTEST:
                    self._known.pop(secret, None)
                    self._known[secret] = None
            for oldest in list(self._known)[:-_MOST]:
                del self._known[oldest]
            self._longest_first = tuple(sorted(self._known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without any of them. To be called before a text is cut: half a secret would not be found."""
        for secret in self._longest_first:
            if secret in text:
                text = text.replace(secret, _MASK)
        return text
