"""`bin/run monitor`: what an account's order stream brings."""

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from actors.clock import SystemClock
from bin.credentials_file import credentials_path, logins_of, opened_vault, told
from bin.credentials_key import KeyFd
from bin.lock import holder
from bin.log_file import DEFAULT, DataDir
from bin.monitor_output import make_output
from bin.monitor_watch import Asked, StreamPorts, watch
from bin.paths import DEFAULT_CONFIG
from bin.refusal import refused
from bin.venue_ports import VenuePorts, far_hosts, ports_of
from config.loader import load_with_origins
from config.problems import ConfigError
from config.schema import AlphaVenueSettings, Settings
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
def monitor(  # noqa: PLR0913 - one parameter per option
    *,
    user: Annotated[int, typer.Option(metavar="N", min=1, help="The account.")],
    duration: Annotated[
        Decimal, typer.Option(parser=_seconds, metavar="SECONDS", help="How long; 0: until Ctrl-C.")
    ] = Decimal(30),
    venue: VenueUrl = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings that name the real venue; trading_config.yaml.")
    ] = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Tell each order update that the account's user stream brings, and at the end how many there were, by status.

    Nothing is ordered or canceled. Where a supervisor runs on the data directory, what it receives is told from its
    log: asking the venue for another listen key could end the supervisor's stream. Otherwise the stream is opened here.
    Ctrl-C ends with the statistics. Exit code 4: the stream could not be had.
    """
    hosts = hosts_at(venue)
    ports = None
    if holder(data_dir) is None:
        with told(OSError):
            ports = _paper(hosts, user) if hosts is not None else _far(_settings(config), data_dir, user, key_fd)
    asked = Asked(user, float(duration) or None, data_dir, ports)
    raise typer.Exit(watch(asked, sys.stdout, make_output(sys.stdout, as_json=as_json)))


def _paper(hosts: Hosts, user: int) -> StreamPorts:
    return _ports(hosts.rest_url, VenuePorts(hosts, Timeouts()), user)


def _far(settings: Settings, data_dir: Path, user: int, key_fd: int | None) -> StreamPorts:
    """Of the venue that the settings name. Raises BadParameter, VaultError, KeyUnavailable, OSError."""
    if not isinstance(settings.venue, AlphaVenueSettings):
        raise typer.BadParameter(f"no supervisor runs on {data_dir}: name a running paper venue with --venue URL")
    logins = logins_of(opened_vault(credentials_path(settings.venue, data_dir), key_fd))
    logins.of(user)
    return _ports(settings.venue.rest_url, ports_of(far_hosts(settings.venue), settings, logins.of), user)


def _ports(where: str, found: VenuePorts, user: int) -> StreamPorts:
    quiet = Quiet(SystemClock().now_ms)
    return StreamPorts(where, lambda: found.client(user, quiet), lambda: found.user_stream(user, quiet))


def _settings(config: Path | None) -> Settings:
    try:
        return load_with_origins(config or DEFAULT_CONFIG, may_be_idle=True).settings
    except ConfigError as error:
        raise refused(error) from None


def hosts_at(url: str | None) -> Hosts | None:
    """Of a paper venue, which is on this machine; None where none is named. Raises BadParameter."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path not in ("", "/"):
        raise typer.BadParameter(f"{url!r} is no paper venue's; its URL is like http://127.0.0.1:8080")
    return Hosts(rest_url=f"http://{parts.netloc}", stream_url=f"ws://{parts.netloc}{paths.USER_STREAM}")
