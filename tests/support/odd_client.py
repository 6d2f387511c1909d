"""The client of the real venue, as it is asked to talk to an odd server."""

from collections.abc import Iterator
from contextlib import contextmanager

from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Credentials, Hosts, Login
from exchange.alpha.transport import OnHttp, Timeouts
from exchange.pace import Pace
from exchange.quiet import Quiet

COOKIE = "p20t=first; r20t=second"


@contextmanager
def client_of(
    url: str,
    *,
    on_http: OnHttp | None = None,
    answer: float = 0.3,
    quiet: Quiet | None = None,
    pace: Pace | None = None,
    cookie: str = COOKIE,
) -> Iterator[AlphaClient]:
    """A client of whatever listens at `url`."""
    hosts = Hosts(rest_url=url, stream_url="ws://127.0.0.1:9/")
    timeouts = Timeouts(connect=0.3, answer=answer)
    login = Login(Credentials(cookie, "c" * 32))
    client = AlphaClient(hosts, login, timeouts=timeouts, on_http=on_http, quiet=quiet, pace=pace)
    try:
        yield client
    finally:
        client.close()
