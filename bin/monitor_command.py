"""`bin/run monitor`: what an account's order stream brings."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import urlsplit

import typer

from actors.clock import SystemClock
from bin.exit_codes import ExitCode
from bin.lock import holder
from bin.log_file import DEFAULT, DataDir
from bin.monitor_output import make_output
from bin.monitor_watch import Asked, StreamPorts, watch
from bin.venue_ports import VenuePorts
from exchange.alpha import paths
from exchange.alpha.session import Hosts
from exchange.alpha.transport import Timeouts
from exchange.quiet import Quiet

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

VenueUrl = Annotated[
    str | None, typer.Option("--venue", metavar="URL", help="A paper venue that runs, as bin/run venue prints it.")
]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _seconds(text: str) -> Decimal:
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number") from None
    if not seconds.is_finite() or seconds < 0:
        raise typer.BadParameter(f"{text} is not 0 or more seconds")
    return seconds


@app.command()
def monitor(
    *,
    user: Annotated[int, typer.Option(metavar="N", min=1, help="The account.")],
    duration: Annotated[
        Decimal, typer.Option(parser=_seconds, metavar="SECONDS", help="How long; 0: until Ctrl-C.")
    ] = Decimal(30),
    venue: VenueUrl = None,
    data_dir: DataDir = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Tell each order update that the account's user stream brings, and at the end how many there were, by status.

    Nothing is ordered or canceled. Where a supervisor runs on the data directory, what it receives is told from its
    log: asking the venue for another listen key could end the supervisor's stream. Otherwise the stream is opened here.
    Ctrl-C ends with the statistics. Exit code 4: the stream could not be had.
    """
    hosts = hosts_at(venue)
    if hosts is None and holder(data_dir) is None:
        raise typer.BadParameter(f"no supervisor runs on {data_dir}: name a running paper venue with --venue URL")

    @contextmanager
    def ports() -> Iterator[StreamPorts]:
        if hosts is None:
            raise typer.Exit(ExitCode.OK)
        found = VenuePorts(hosts, Timeouts())
        quiet = Quiet(SystemClock().now_ms)
        yield StreamPorts(hosts.rest_url, lambda: found.client(user, quiet), lambda: found.user_stream(user))

    asked = Asked(user, float(duration) or None, data_dir, ports)
    raise typer.Exit(watch(asked, sys.stdout, make_output(sys.stdout, as_json=as_json)))


def hosts_at(url: str | None) -> Hosts | None:
    """Of a paper venue, which is on this machine; None where none is named. Raises BadParameter."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path not in ("", "/"):
        raise typer.BadParameter(f"{url!r} is no paper venue's; its URL is like http://127.0.0.1:8080")
    return Hosts(rest_url=f"http://{parts.netloc}", stream_url=f"ws://{parts.netloc}{paths.USER_STREAM}")
