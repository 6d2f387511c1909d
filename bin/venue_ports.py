"""The clients that reach a venue, wherever it is."""

import logging
from collections.abc import Callable

from actors.clock import steady_ms
from config.schema import AlphaVenueSettings, Settings, VenueSettings
from exchange.alpha.rest import AlphaClient, AlphaMarketData
from exchange.alpha.session import Hosts, Login, paper_credentials
from exchange.alpha.sockets import tls_context
from exchange.alpha.stream import AlphaStream
from exchange.alpha.transport import Timeouts
from exchange.pace import Pace, Pacer
from exchange.quiet import Quiet
from exchange.rate_limit import RateLimits

LoginOf = Callable[[int], Login]
"""The session of an account's owner, by the account's number; `exchange.alpha.logins.Logins.of` for real ones."""


def paper_login(user_id: int) -> Login:
    return Login(paper_credentials(user_id))


class VenuePorts:
    """`actors.system.Venue` on the venue at `hosts`. All clients keep the one `pacer`'s pace; None: nobody waits."""

    def __init__(
        self,
        hosts: Hosts,
        timeouts: Timeouts,
        login_of: LoginOf = paper_login,
        pacer: Pacer | None = None,
    ) -> None:
        self._hosts = hosts
        self._timeouts = timeouts
        self._login_of = login_of
        self.pacer = pacer
        self._quiet = Quiet(steady_ms)  # in no log, so it needs no time of day

    def market(self) -> AlphaMarketData:
        """In nobody's name. All of these keep quiet together where the venue turns one of their calls away."""
        pace = self._pace(None)
        return AlphaMarketData(self._hosts, timeouts=self._timeouts, on_http=log_http, quiet=self._quiet, pace=pace)

    def client(self, user_id: int, quiet: Quiet) -> AlphaClient:
        login = self._login_of(user_id)
        pace = self._pace(user_id)
        return AlphaClient(self._hosts, login, timeouts=self._timeouts, on_http=log_http, quiet=quiet, pace=pace)

    def user_stream(self, user_id: int, quiet: Quiet) -> AlphaStream:
        return AlphaStream(self._hosts, quiet=quiet, masks=self._login_of(user_id).masks)

    def _pace(self, user_id: int | None) -> Pace | None:
        return Pace(self.pacer, user_id) if self.pacer is not None else None


def ports_of(hosts: Hosts, settings: Settings, login_of: LoginOf = paper_login) -> VenuePorts:
    limits = rate_limits(settings.venue)
    return VenuePorts(hosts, timeouts_of(settings), login_of, Pacer(limits) if limits is not None else None)


def far_hosts(venue: AlphaVenueSettings) -> Hosts:
    """The real venue's. Raises OSError when the file of certificates cannot be read or holds none."""
    return Hosts(rest_url=venue.rest_url, stream_url=venue.stream_url, tls=tls_context(venue.ca_file))


def rate_limits(venue: VenueSettings) -> RateLimits | None:
    """None where the settings limit nothing, as those of the paper venue do unless they are told to."""
    rates = (venue.placements_per_second, venue.calls_per_second, venue.address_calls_per_second)
    if rates == (None, None, None):
        return None
    return RateLimits(
        placements_per_second=venue.placements_per_second,
        calls_per_second=venue.calls_per_second,
        address_calls_per_second=venue.address_calls_per_second,
        burst=venue.call_burst,
        longest_wait_ms=int(venue.longest_call_wait_seconds * 1000),
    )


def timeouts_of(settings: Settings) -> Timeouts:
    """The settings' timeouts. Connecting never takes longer than an answer may."""
    venue = settings.venue
    answer = float(settings.request_timeout_seconds)
    connect = float(venue.connect_timeout_seconds) if isinstance(venue, AlphaVenueSettings) else Timeouts().connect
    return Timeouts(connect=min(connect, answer), answer=answer)


def log_http(method: str, path: str, status: int | None, milliseconds: float) -> None:
    fields = {"method": method, "path": path, "status": status or "no answer", "milliseconds": round(milliseconds, 1)}
    logging.getLogger("otomat.http").debug("HTTP request", extra=fields)
