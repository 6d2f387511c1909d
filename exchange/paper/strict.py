"""The paper venue's strict side: sessions that were given out, cookies that it renews, floods that it turns away.

Pure but for what the two classes remember; times in ms. What a real session looks like is from the venue protocol
notes, 2.3: which cookies, the token made of one of them, and that placing an order renews some.
"""

import hashlib
from collections import deque
from collections.abc import Mapping

import msgspec

from exchange.paper.chance import chance
from exchange.paper.settings import Strictness

RENEWED = ("p20t", "r20t")
"""The cookies that a placement renews; the first says whose session it is."""
KEPT = ("cr00", "d1og", "f30l")
_WINDOW_MS = 1_000


class GivenSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser that has just logged in would send."""

    account: str
    cookie: str
    csrf_token: str


class _Ticket(msgspec.Struct):
    """One generation of the renewed cookies; `good_until` is known when a later one was used."""

    values: tuple[str, ...]
    good_until: int | None = None


class _Session(msgspec.Struct):
    kept: dict[str, str]
    tickets: list[_Ticket]


class Sessions:
    """Who has logged in. A new login of an account ends the one before."""

    def __init__(self, seed: int, rules: Strictness) -> None:
        self._seed = seed
        self._grace_ms = rules.rotation_grace_ms
        self._sessions: dict[str, _Session] = {}
        self._made = 0

    def log_in(self, account: str) -> GivenSession:
        session = _Session({name: self._secret() for name in KEPT}, [self._ticket()])
        self._sessions[account] = session
        cookies = session.kept | _named(session.tickets[0])
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return GivenSession(account=account, cookie=cookie, csrf_token=_token(session))

    def log_out(self, account: str) -> None:
        """The account's session is at its end, as after its owner's password was changed."""
        self._sessions.pop(account, None)

    def account_of(self, headers: Mapping[str, str], cookies: Mapping[str, str], now: int) -> str:
        """Whose request it is, "" where the session or a header that goes with it is not in order."""
        for account, session in self._sessions.items():
            if self._is_from(session, cookies, now):
                right = headers.get("csrftoken") == _token(session) and headers.get("clienttype") == "web"
                return account if right and headers.get("content-type") == "application/json" else ""
        return ""

    def renew(self, account: str) -> dict[str, str]:
        """Cookies that the account is to send from now on; those before them are good until these are seen."""
        session = self._sessions.get(account)
        if session is None:
            return {}
        session.tickets.append(self._ticket())
        return _named(session.tickets[-1])

    def _is_from(self, session: _Session, cookies: Mapping[str, str], now: int) -> bool:
        sent = tuple(cookies.get(name, "") for name in RENEWED)
        index = next((i for i, ticket in enumerate(session.tickets) if ticket.values == sent), None)
        if index is None or any(cookies.get(name) != value for name, value in session.kept.items()):
            return False
        for earlier in session.tickets[:index]:
            earlier.good_until = earlier.good_until or now + self._grace_ms
        until = session.tickets[index].good_until
        return until is None or now < until

    def _ticket(self) -> _Ticket:
        return _Ticket(tuple(self._secret() for _ in RENEWED))

    def _secret(self) -> str:
        self._made += 1
        return chance(self._seed, "session", self._made).randbytes(16).hex()


class Caller(msgspec.Struct):
    """What one account, or ("") one address, has sent: when, and until when it is turned away.

    `refused` counts what was turned away, `early` those of them that came before a Retry-After was over.
    """

    calls: deque[int]
    placements: deque[int]
    quiet_until: int = 0
    refused: int = 0
    early: int = 0


class FloodGate:
    """Turns an account away that sends more in a second than it may; for as long as the rules say."""

    def __init__(self, rules: Strictness) -> None:
        self._rules = rules
        self.callers: dict[str, Caller] = {}

    def turned_away(self, account: str, now: int, *, placement: bool) -> int | None:
        """Seconds until the account may come again; None where the call is let in."""
        caller = self.callers.setdefault(account, Caller(deque(), deque()))
        if now < caller.quiet_until:
            caller.early += 1
        else:
            many = _too_many(caller.calls, self._rules.calls_per_second, now)
            if placement:
                many |= _too_many(caller.placements, self._rules.placements_per_second, now)
            if not many:
                return None
            caller.quiet_until = now + self._rules.quiet_seconds * 1_000
        caller.refused += 1
        return -((now - caller.quiet_until) // 1_000)


def _too_many(times: deque[int], most: int, now: int) -> bool:
    """Note one more; whether there are more within a second than there may be."""
    times.append(now)
    while times[0] <= now - _WINDOW_MS:
        times.popleft()
    return len(times) > most


def _named(ticket: _Ticket) -> dict[str, str]:
    return dict(zip(RENEWED, ticket.values, strict=True))


def _token(session: _Session) -> str:
    return hashlib.md5(session.kept["cr00"].encode(), usedforsecurity=False).hexdigest()
