"""The clients that reach a venue, wherever it is."""

import logging
from collections.abc import Callable

from config.schema import AlphaVenueSettings, Settings
from exchange.alpha.rest import AlphaClient, AlphaMarketData
from exchange.alpha.session import Credentials, Hosts, paper_credentials
from exchange.alpha.stream import AlphaStream
from exchange.alpha.transport import Timeouts
from exchange.quiet import Quiet

SessionOf = Callable[[int], Credentials]
"""The session of an account's owner, by the account's number."""


class VenuePorts:
    """`actors.system.Venue` on the venue at `hosts`."""

    def __init__(self, hosts: Hosts, timeouts: Timeouts, session_of: SessionOf = paper_credentials) -> None:
        self._hosts = hosts
        self._timeouts = timeouts
        self._session_of = session_of

    def market(self) -> AlphaMarketData:
        return AlphaMarketData(self._hosts, timeouts=self._timeouts, on_http=log_http)

    def client(self, user_id: int, quiet: Quiet) -> AlphaClient:
        credentials = self._session_of(user_id)
        return AlphaClient(self._hosts, credentials, timeouts=self._timeouts, on_http=log_http, quiet=quiet)

    def user_stream(self, user_id: int) -> AlphaStream:  # noqa: ARG002 - the listen key says whose it is
        return AlphaStream(self._hosts)


def ports_of(hosts: Hosts, settings: Settings, session_of: SessionOf = paper_credentials) -> VenuePorts:
    return VenuePorts(hosts, timeouts_of(settings), session_of)


def timeouts_of(settings: Settings) -> Timeouts:
    """The settings' timeouts. Connecting never takes longer than an answer may."""
    venue = settings.venue
    answer = float(settings.request_timeout_seconds)
    connect = float(venue.connect_timeout_seconds) if isinstance(venue, AlphaVenueSettings) else Timeouts().connect
    return Timeouts(connect=min(connect, answer), answer=answer)


def log_http(method: str, path: str, status: int | None, milliseconds: float) -> None:
    fields = {"method": method, "path": path, "status": status or "no answer", "milliseconds": round(milliseconds, 1)}
    logging.getLogger("otomat.http").debug("HTTP request", extra=fields)
