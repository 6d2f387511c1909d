"""The paper venue's state: its parts, and how they are opened on a data directory.

The parts are used by one thread. What they write gathers in the store's transaction, and the engine commits
before it tells anybody.
"""

from dataclasses import dataclass
from pathlib import Path

from exchange.paper.accounts import Accounts
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

    def arrive(self, user_id: str, now: int) -> None:
        """Open the account if this is the first that is seen of it, today or ever."""
        self.accounts.get(user_id)
        self.volumes.arrive(user_id, now)


def _check_starting_volumes(settings: PaperSettings, listed: Listings) -> None:
    known = {row.symbol for row in listed.tokens.values()}
    for user_id, volumes in settings.starting_volumes.items():
        for ticker in volumes:
            if ticker not in known:
                raise PaperFileError(f"starting_volumes: user {user_id}: no token {ticker!r} is listed")


def open_venue(settings: PaperSettings, data_dir: Path) -> Venue:
    """The venue on `data_dir`, going on where it stopped; `PaperFileError` when a file of the settings is no good."""
    listed = listings(settings)
    _check_starting_volumes(settings, listed)
    path = Tape(load_tape(settings.tape_file)) if settings.tape_file else RandomWalk()
    store = open_store(data_dir)
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
