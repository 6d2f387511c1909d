"""The doctor's look at each account at the venue: its session, its money, its stream. Nothing is ordered."""

import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from bin.doctor_findings import Finding, failure, ok, skipped, warning
from bin.lock import holder
from bin.venue_ports import VenuePorts
from config.market_check import is_meant
from config.schema import Settings, StrategySpec
from events.catalog import EventUnreadable
from events.journal import SqliteJournal, StorageFailed
from events.numbers import plain
from events.system import RunStarted
from exchange.alpha.rest import AlphaClient
from exchange.errors import RateLimited, StreamClosed, Unauthorised, VenueError
from exchange.port import Token, UserStream, VenueClient
from exchange.quiet import Quiet
from projections.states.connection import ConnectionState, evolve

SESSION, BALANCE, KEY, STREAM = "session alive", "balance", "listen key", "stream acknowledged"
QUOTE = "USDT"
FEES = Decimal("0.0002")
"""Of what is traded, both sides together (venue protocol notes, fact 6): the least that a trade costs."""


class Bench(NamedTuple):
    """What the checks of the accounts share; `tokens` are those that the venue lists."""

    settings: Settings
    data_dir: Path
    ports: VenuePorts
    tokens: Sequence[Token]


def account_findings(bench: Bench, user: int) -> Iterator[Finding]:
    quiet = Quiet(lambda: time.time_ns() // 1_000_000)
    client = bench.ports.client(user, quiet)
    try:
        alive = session(client, user)
        yield alive
        if alive.verdict != "ok":
            return
        yield balance(bench, client, user)
        if (followed := beside_supervisor(bench.data_dir, user)) is not None:
            yield followed
        else:
            yield from stream(client, bench.ports.user_stream(user, quiet), user)
    finally:
        client.close()


def session(client: AlphaClient, user: int) -> Finding:
    """One reading request."""
    try:
        client.probe()
    except VenueError as error:
        return _refused(SESSION, error, user)
    return ok(SESSION, "the venue takes it", user)


def _refused(check: str, error: VenueError, user: int) -> Finding:
    mend = "try again; look at the network"
    if isinstance(error, Unauthorised):
        mend = f"see to the account at the venue, log in again, then: bin/run credentials add --user {user}"
    elif isinstance(error, RateLimited):
        mend = "leave the venue in peace for as long as it wants, and ask less"
    return failure(check, error.message, mend, user)


def balance(bench: Bench, client: VenueClient, user: int) -> Finding:
    """Enough for the largest trade, and for what the fees of all that is left to trade will take of it."""
    try:
        free = next((one.free for one in client.balances() if one.asset == QUOTE), Decimal(0))
        counted = {one.ticker: one.volume for one in client.user_volume().tokens}
    except VenueError as error:
        return _refused(BALANCE, error, user)
    specs = [spec for spec in bench.settings.strategies if user in spec.user_ids]
    trade = max((spec.amount for spec in specs), default=Decimal(0))
    fees = sum((_fees(bench, spec, counted.get(spec.token, Decimal(0))) for spec in specs), Decimal(0))
    words = f"{plain(free)} {QUOTE} are free; a trade takes {plain(trade)}, fees of what is left about {fees:.2f}"
    mend = f"move {QUOTE} into the funding wallet, or lower single_trade_amount_usdt"
    if free < trade:
        return failure(BALANCE, words, mend, user)
    return warning(BALANCE, words, mend, user) if free < trade + fees else ok(BALANCE, words, user)


def _fees(bench: Bench, spec: StrategySpec, counted: Decimal) -> Decimal:
    mul_point = next((one.mul_point for one in bench.tokens if is_meant(spec, one) and one.tradable), 1)
    return max(spec.target_volume - counted, Decimal(0)) * mul_point * FEES


def beside_supervisor(data_dir: Path, user: int) -> Finding | None:
    """What its log says of the stream, where a supervisor trades for the account: a key of ours could end its own."""
    if holder(data_dir) is None:
        return None
    try:
        accounts, connection = _logged(data_dir / "events.sqlite", user)
    except (StorageFailed, EventUnreadable) as error:
        words = f"a supervisor may have the stream, and its log does not tell: {error}"
        return warning(
            STREAM, words, "try again where it is just starting; otherwise see what is said of the log", user
        )
    if user not in accounts:
        return None
    if connection.phase in ("up", "closed"):
        return skipped(STREAM, f"the supervisor has the stream, which is {connection.phase}", user)
    mend = "bin/run query streams tells why; it is tried again by itself unless it was given up"
    return warning(STREAM, f"the supervisor's stream is {connection.phase}", mend, user)


def _logged(log: Path, user: int) -> tuple[tuple[int, ...], ConnectionState]:
    """Whom the newest run trades for, and how the account's stream is. Raises StorageFailed, EventUnreadable."""
    accounts: tuple[int, ...] = ()
    connection = ConnectionState(user_id=user)
    with SqliteJournal(log, read_only=True) as journal:
        for one in journal.read_stream("system"):
            accounts = one.event.accounts if isinstance(one.event, RunStarted) else accounts
        for one in journal.read_stream(f"connection-{user}"):
            connection = evolve(connection, one)
    return accounts, connection


def stream(client: VenueClient, user_stream: UserStream, user: int) -> Iterator[Finding]:
    """A key is asked for, subscribed to, and given back."""
    try:
        listen_key = client.create_listen_key()
    except VenueError as error:
        yield _refused(KEY, error, user)
        return
    yield ok(KEY, "obtained", user)
    try:
        user_stream.subscribe(listen_key)
        yield ok(STREAM, "the venue has acknowledged the subscription", user)
    except (VenueError, StreamClosed) as error:
        mend = "look at stream_url in the settings, and at the network"
        yield failure(STREAM, str(error), mend, user)
    finally:
        user_stream.close()
        _give_back(client, listen_key)


def _give_back(client: VenueClient, listen_key: str) -> None:
    try:
        client.delete_listen_key(listen_key)
    except VenueError:
        return  # it expires by itself
