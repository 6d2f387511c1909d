"""How a venue call can end, other than well.

VenueError                 the call did not end in "accepted"
|-- Rejected               the venue refused, definitely: nothing was done. Mend the request or give up.
|-- Unavailable            the request never left: nothing was done. May be sent again.
|   |-- Untrusted          whoever answers does not prove to be the venue. Look into it before sending again.
|   `-- LeftInPeace        we did not send it: the venue has turned the account away, or our own rate limits leave no
|                          room. May be sent later.
|-- RateLimited            the venue turned it away unread (429, 418): nothing was done. May be sent again, later.
|-- Unknown                sent, and no readable answer: it may or may not have been done. Look, never resend.
`-- Unauthorised           the session is dead or must be verified by its owner. Stop this account.

StreamClosed               the user stream is gone (not a call, so not in the tree)
"""

from decimal import Decimal

from events.values import Outcome


class VenueError(Exception):
    """Base of all outcomes but "accepted". `code` is the venue's, empty where it gave none."""

    outcome: Outcome

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Rejected(VenueError):
    """A business error in a readable envelope."""

    outcome: Outcome = "rejected"


class Unavailable(VenueError):
    """Name resolution or connecting failed, so that no byte of the request was sent."""

    outcome: Outcome = "unavailable"


class Untrusted(Unavailable):
    """The certificate is not one that we trust, or is another host's: nothing was sent, and no secret told."""


class LeftInPeace(Unavailable):
    """Not sent: the venue has named a time, or our own rate limits leave no room, for another `retry_after` seconds."""

    def __init__(self, message: str, retry_after: Decimal) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(VenueError):
    """HTTP 429 or 418. `retry_after` is in seconds, None where the venue named no time."""

    outcome: Outcome = "rate_limited"

    def __init__(self, message: str, *, code: str = "", retry_after: Decimal | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


def retry_after_ms(error: VenueError) -> int:
    """The time that the venue named in milliseconds, 0 where it named none."""
    wait = error.retry_after if isinstance(error, RateLimited | LeftInPeace) else None
    return int(wait * 1000) if wait is not None else 0


class Unknown(VenueError):
    """A timeout or a broken connection after sending, a 5xx, or an answer that cannot be read."""

    outcome: Outcome = "unknown"


class Unauthorised(VenueError):
    """Expired login, risk challenge, or supplementary verification (venue protocol notes, 12)."""

    outcome: Outcome = "unauthorised"


class StreamClosed(Exception):
    """The user stream delivers nothing more; the message says who closed it and why."""
