"""The doctor's look at the venue: whether it answers, with a sound certificate and clock, and trades our tokens.

A paper venue runs only with its supervisor. So where none is named, one is started for the checks on a copy of the
state in the data directory, in a place of its own.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bin.doctor_findings import Finding, failure, ok, warning
from bin.paper_process import PaperProcess, VenueNotStarted
from bin.venue_ports import VenuePorts, far_hosts, timeouts_of
from config.market_check import check_tokens
from config.origins import Loaded
from config.schema import AlphaVenueSettings, PaperVenueSettings, Settings
from events.recorder import read_only_uri
from exchange.alpha import paths
from exchange.alpha.outcomes import TURNED_AWAY, Answer, retry_after
from exchange.alpha.session import Hosts
from exchange.alpha.transport import Transport
from exchange.errors import VenueError
from exchange.paper.store import FILE_NAME
from exchange.port import Token

REACHABLE, CLOCK, MARKET, LIMIT = "reachable", "clock", "tokens and symbols", "rate limit"
APART_S, TOO_FAR_APART_S = 2.0, 30.0
HTTP_OK, HTTP_BROKEN = 200, 500

Now = Callable[[], float]


class NoVenue(Exception):
    """There is no venue to be looked at; the message says why."""


@contextmanager
def venue_at(settings: Settings, data_dir: Path, named: Hosts | None) -> Iterator[Hosts]:
    """`named` is a paper venue that runs. Raises NoVenue."""
    if named is not None:
        yield named
    elif isinstance(settings.venue, AlphaVenueSettings):
        yield _far(settings.venue)
    else:
        with TemporaryDirectory(prefix="otomat-") as scratch:
            yield from _copied(settings.venue, data_dir, Path(scratch))


def _far(venue: AlphaVenueSettings) -> Hosts:
    try:
        return far_hosts(venue)
    except OSError as error:
        raise NoVenue(f"{venue.ca_file}: no certificates (PEM) can be read: {error.strerror or error}") from None


def _copied(venue: PaperVenueSettings, data_dir: Path, scratch: Path) -> Iterator[Hosts]:
    try:
        _copy_state(data_dir / FILE_NAME, scratch / FILE_NAME)
        process = PaperProcess(venue, scratch)
        hosts = process.start()
    except (VenueNotStarted, OSError, sqlite3.Error) as error:
        raise NoVenue(str(error)) from None
    try:
        yield hosts
    finally:
        process.stop()


def _copy_state(source: Path, target: Path) -> None:
    if source.is_file():
        with closing(sqlite3.connect(read_only_uri(source), uri=True)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)


def answers(hosts: Hosts, settings: Settings, now: Now = time.time) -> list[Finding]:
    """One public request, and what its answer shows; the first is a failure where the venue cannot be used."""
    transport = Transport(hosts, None, timeouts_of(settings))
    began = now()
    try:
        answer = transport.exchange("GET", paths.TOKEN_LIST)
    except VenueError as error:
        return [_unreachable(hosts, error)]
    finally:
        transport.close()
    return [_reached(hosts, answer, now), clock(answer, (began + now()) / 2)]


def _unreachable(hosts: Hosts, error: VenueError) -> Finding:
    mend = "look at the network, and at the venue's rest_url in the settings"
    if "SSL" in error.message or "ertificate" in error.message:
        mend = "who answers cannot prove to be the venue: look at rest_url and ca_file, and at who is in between"
    return failure(REACHABLE, f"{hosts.rest_url}: {error.message}", mend)


def _reached(hosts: Hosts, answer: Answer, now: Now) -> Finding:
    if answer.status in TURNED_AWAY:
        wait = retry_after(answer.headers, now())
        until = f" for {wait} s" if wait is not None else ""
        words = f"{hosts.rest_url} turns us away{until}: HTTP {answer.status}"
        return failure(LIMIT, words, "leave it in peace until then, and ask less: fewer accounts, longer intervals")
    if answer.status != HTTP_OK:
        words = f"{hosts.rest_url} answers with HTTP {answer.status}"
        return failure(REACHABLE, words, "is it the venue's host? Otherwise wait until it is well again")
    how = "its certificate is sound" if hosts.rest_url.startswith("https:") else "without TLS, on this machine"
    return ok(REACHABLE, f"{hosts.rest_url} answers; {how}")


def clock(answer: Answer, ours: float) -> Finding:
    """Answers are dated in whole seconds, so half of one is to be expected."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() + 0.5
    except (ValueError, TypeError, OverflowError):
        return warning(CLOCK, "the venue's answer has no date", "compare the machine's clock by hand")
    apart = ours - theirs
    side = "ahead of" if apart > 0 else "behind"
    words = f"ours is {abs(apart):.1f} s {side} the venue's"
    mend = "set the machine's clock: orders are recognised and days are closed by time; an NTP service keeps it right"
    if abs(apart) > TOO_FAR_APART_S:
        return failure(CLOCK, words, mend)
    return warning(CLOCK, words, mend) if abs(apart) > APART_S else ok(CLOCK, words)


def market(ports: VenuePorts, loaded: Loaded) -> tuple[list[Finding], Sequence[Token]]:
    """What is listed, and whether the settings' tokens are among it and can be traded."""
    client = ports.market()
    try:
        tokens, rules = client.tokens(), client.symbol_rules()
    except VenueError as error:
        return [failure(MARKET, f"they cannot be read: {error.message}", "try again; is it the venue's host?")], ()
    finally:
        client.close()
    problems = check_tokens(loaded.settings, tokens, rules.values(), loaded.origins)
    if problems:
        mend = "name a token that the venue trades, and amounts that it takes"
        return [failure(MARKET, str(one), mend) for one in problems], tokens
    names = ", ".join(sorted({spec.token for spec in loaded.settings.strategies}))
    return [ok(MARKET, f"{names}: listed and traded")], tokens
