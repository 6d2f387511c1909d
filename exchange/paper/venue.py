"""The paper venue's state: its parts, and how they are opened on a data directory.

The parts are used by one thread. What they write gathers in the store's transaction, and the engine commits
before it tells anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from exchange.paper.accounts import Accounts
from exchange.paper.faults import Faults
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.files import PaperFileError, load_tape
from exchange.paper.market import RandomWalk, Tape
from exchange.paper.markets import Markets
from exchange.paper.orders import Orders
from exchange.paper.settings import PaperSettings
from exchange.paper.store import Numbers, Store, open_store
from exchange.paper.tokens import Listings, listings
from exchange.paper.volumes import Volumes


@dataclass(frozen=True)
class Venue:
    settings: PaperSettings
    listings: Listings
    store: Store
    numbers: Numbers
    accounts: Accounts
    orders: Orders
    markets: Markets
    volumes: Volumes
    faults: Faults = field(default_factory=Faults)

    def arrive(self, user_id: str, now: int) -> None:
        """Open the account if this is the first that is seen of it, today or ever."""
        self.accounts.get(user_id)
        self.volumes.arrive(user_id, now)

    def follow(self, plan: FaultPlan, now: int, start: int = 0) -> None:
        """Let go wrong what the plan says, in place of any other plan; `start` varies what probabilities strike.

        Raises PaperFileError when it names a token that is not listed, or that is one of several.
        """
        check_plan(plan, self.listings)
        self.faults.start(plan, now, start)


def check_plan(plan: FaultPlan, listed: Listings) -> None:
    """Raise PaperFileError with every token of the plan that is not exactly one of those listed."""
    named = [(number, getattr(rule.do, "token", None)) for number, rule in enumerate(plan.rules, start=1)]
    found = [(number, token, len(listed.named(token))) for number, token in named if token is not None]
    wrong = [
        f"rule {number}: {count} tokens are called {token!r}: give the alphaId of one that is listed"
        for number, token, count in found
        if count != 1
    ]
    if wrong:
        raise PaperFileError("the fault plan: " + "; ".join(wrong))


def _check_starting_volumes(settings: PaperSettings, listed: Listings) -> None:
    known = {row.symbol for row in listed.tokens.values()}
    for user_id, volumes in settings.starting_volumes.items():
        for ticker in volumes:
            if ticker not in known:
                raise PaperFileError(f"starting_volumes: user {user_id}: no token {ticker!r} is listed")


def open_venue(settings: PaperSettings, data_dir: Path) -> Venue:
    """The venue on `data_dir`, going on where it stopped; `PaperFileError` when a file of the settings is no good."""
    return venue_on(lambda: open_store(data_dir), settings)


def venue_on(open_its_store: Callable[[], Store], settings: PaperSettings) -> Venue:
    """The venue on a store, which is opened once the settings are found to be good; otherwise as `open_venue`."""
    listed = listings(settings)
    _check_starting_volumes(settings, listed)
    if settings.faults:
        check_plan(settings.faults, listed)
    path = Tape(load_tape(settings.tape_file)) if settings.tape_file else RandomWalk()
    store = open_its_store()
    return Venue(
        settings=settings,
        listings=listed,
        store=store,
        numbers=Numbers(store),
        accounts=Accounts(store, settings.starting_balance_usdt),
        orders=Orders(store),
        markets=Markets(store, settings, listed, path),
        volumes=Volumes(store, settings, listed.tokens),
    )
