"""About orders that were placed: between UserActor and Gateway, and to the tracker and from it."""

from typing import Literal

import msgspec

from actors.messages.base import Command, Message
from events.executions import OrderClosed
from events.reports import ExecutionReport, Fill, OrderSnapshot, UnreadableFrame
from events.values import OrderStatus, Outcome


class CancelOrder(Command, frozen=True, kw_only=True):
    """Answered with CancelDone."""

    trade_id: str
    symbol: str
    venue_order_id: str


class CancelDone(Message, frozen=True, kw_only=True):
    """A cancel call ended, in whatever way."""

    trade_id: str
    venue_order_id: str
    outcome: Literal["accepted"] | Outcome
    message: str = ""
    retry_after_ms: int = 0


class LookUpOrders(Command, frozen=True, kw_only=True):
    """Read these orders over REST (open orders, history since `since` ms, fills). Answered with OrdersSeen to the
    tracker and then LookedUp to the user.
    """

    trade_id: str
    symbol: str
    base_asset: str
    venue_order_ids: tuple[str, ...]
    since: int
    expects_frames: bool = False


class LookedUp(Message, frozen=True, kw_only=True):
    """A look at orders over REST ended; what it showed went to the tracker before this was told.

    `found` are the ids that the venue showed, with their statuses; an id that is absent was in no list.
    """

    trade_id: str
    complete: bool
    found: tuple[tuple[str, OrderStatus], ...] = ()
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


class ExecutedAbove(msgspec.Struct, frozen=True, kw_only=True):
    """Orders of a symbol that have ended and bought or sold something, with an id above this one."""

    symbol: str
    base_asset: str
    above: int


class ReconcileOrders(Command, frozen=True, kw_only=True):
    """Read all open orders of these symbols, those that have `executed` and were created since `since` (ms; 0: none),
    and the orders in hand. Answered with Reconciled of this number.
    """

    number: int
    symbols: tuple[str, ...]
    executed: tuple[ExecutedAbove, ...] = ()
    since: int = 0
    in_hand: LookUpOrders | None = None


class Reconciled(Message, frozen=True, kw_only=True):
    """ReconcileOrders ended; what it showed of the orders in hand went to the tracker before this was told.

    `open_orders` are all that could be read, `executed` those that have ended and bought or sold something; of the
    orders in hand, `asked`, any list showed `shown`.
    """

    number: int
    complete: bool
    open_orders: tuple[OrderSnapshot, ...] = ()
    executed: tuple[OrderSnapshot, ...] = ()
    asked: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


class ReportReceived(Message, frozen=True, kw_only=True):
    """A frame of the user stream. `ts_event` is the venue's time of it."""

    report: ExecutionReport
    ts_event: int


class FrameRefused(Message, frozen=True, kw_only=True):
    frame: UnreadableFrame


class OrdersSeen(Message, frozen=True, kw_only=True):
    """Order rows and fills read over REST. `fills` of an order are complete when its id is in `fills_complete`.

    `then` is told to the account's UserActor after what was concluded from them. `expects_frames` says that the stream
    should have brought before what they show.
    """

    orders: tuple[OrderSnapshot, ...]
    fills: tuple[Fill, ...]
    fills_complete: frozenset[str] = frozenset()
    expects_frames: bool = False
    then: Message | None = None


class Watch(Command, frozen=True, kw_only=True):
    """To the tracker: WatchOrders."""

    venue_order_ids: tuple[str, ...]


class WatchOrders(Message, frozen=True, kw_only=True):
    """Tell the account's UserActor OrderEnded for these orders, now if they have ended already."""

    venue_order_ids: tuple[str, ...]


class OrderEnded(Message, frozen=True, kw_only=True):
    """The tracker's OrderClosed, recorded at `position`. Told when an order closes, and again on WatchOrders."""

    position: int
    closed: OrderClosed
