"""One read model each: tables and one function per event. `VIEWS` is all of them."""

from projections.views.activity import ACTIVITY
from projections.views.base import View
from projections.views.failures import FAILURES
from projections.views.fills import FILLS
from projections.views.inventory import INVENTORY
from projections.views.orders import ORDERS
from projections.views.problems import PROBLEMS
from projections.views.progress import PROGRESS
from projections.views.runs import RUNS
from projections.views.strategies import STRATEGIES
from projections.views.streams import STREAMS
from projections.views.trades import TRADES
from projections.views.volume import VOLUME
from projections.views.wear import WEAR

VIEWS: tuple[View, ...] = (
    PROGRESS,
    ACTIVITY,
    STRATEGIES,
    TRADES,
    ORDERS,
    FILLS,
    VOLUME,
    WEAR,
    INVENTORY,
    STREAMS,
    FAILURES,
    PROBLEMS,
    RUNS,
)
