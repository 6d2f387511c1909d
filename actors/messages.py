"""What actors tell each other. All are frozen: a message is data, and the receiver may keep it.

A message that carries a recorded fact has `position`, that of the fact: receivers ignore what they have handled.
`cause` is the position that becomes the causation of what is decided from the message.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from events.base import Event
from events.orders import LimitOrder, OrderClosed, OtoOrder
from events.reports import ExecutionReport, Fill, OrderSnapshot, UnreadableFrame
from events.values import (
    Operator,
    OrderStatus,
    Outcome,
    Side,
    StrategyStatus,
    StrategyTerms,
    SymbolRules,
    TopOfBook,
)


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of messages. `cause` is None where the cause lies outside the log."""

    cause: int | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a decider wants done. The shell carries it out after the decision's events are durable."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a decider answers. `correlation_id` names the trade or strategy that the events belong to."""

    events: tuple[Event, ...] = ()
    commands: tuple[Command, ...] = ()
    correlation_id: str = ""


NOTHING = Decision()


# --- to every event-sourced actor -----------------------------------------------------------------------------------


class Recovered(Message, frozen=True, kw_only=True):
    """First message of an actor's life, after it has folded its stream: take up what was in hand."""


class Tick(Message, frozen=True, kw_only=True):
    """The earliest deadline of the actor's state has passed."""


# --- to UserActor ---------------------------------------------------------------------------------------------------


class StartStrategies(Message, frozen=True, kw_only=True):
    """Begin, or go on with, these strategies. From the supervisor, once per run."""

    run_id: str
    terms: tuple[StrategyTerms, ...]


class Admitted(Message, frozen=True, kw_only=True):
    """The supervisor grants a strategy its turn to trade (`max_concurrent_users`)."""

    strategy_id: str


class VolumeSeen(Message, frozen=True, kw_only=True):
    """The oracle's recorded answer to the QueryVolume that the event at `asked` led to. `rules` are those of the symbol
    where they are not the ones that it knew.
    """

    strategy_id: str
    position: int
    asked: int | None
    volume: Decimal
    mul_point: int
    rules: SymbolRules | None = None


class VolumeNotSeen(Message, frozen=True, kw_only=True):
    """The oracle could not answer QueryVolume."""

    strategy_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0


class StreamUp(Message, frozen=True, kw_only=True):
    """The account's user stream is acknowledged. `position` is that of StreamConnected."""

    position: int


class StreamDown(Message, frozen=True, kw_only=True):
    """The stream is lost and is being replaced, or, when `final`, given up. `outcome` is that of a failed call."""

    position: int
    reason: str
    final: bool
    outcome: Outcome | None = None
    retry_after_ms: int = 0


class QuoteSeen(Message, frozen=True, kw_only=True):
    """`asked_at` is when it was asked for (ms), 0 where that is not known; `book` is there if it was asked for, too."""

    trade_id: str
    price: Decimal
    mul_point: int
    tradable: bool
    asked_at: int = 0
    book: TopOfBook | None = None


class QuoteNotSeen(Message, frozen=True, kw_only=True):
    trade_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0


class OtoAnswered(Message, frozen=True, kw_only=True):
    """The venue took the placement."""

    trade_id: str
    working_order_id: str
    pending_order_id: str
    found: bool = False


class OtoFailed(Message, frozen=True, kw_only=True):
    """The placement ended in one of the other outcomes. `retry_after_ms` is 0 where the venue named no time."""

    trade_id: str
    outcome: Outcome
    code: str
    message: str
    retry_after_ms: int = 0


class OtoNotFound(Message, frozen=True, kw_only=True):
    """A search for an unresolved placement ended. `complete` says that every read succeeded and none showed it."""

    trade_id: str
    complete: bool
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


class OrderEnded(Message, frozen=True, kw_only=True):
    """The tracker's OrderClosed, recorded at `position`. Told when an order closes, and again on WatchOrders."""

    position: int
    closed: OrderClosed


class CancelDone(Message, frozen=True, kw_only=True):
    """A cancel call ended, in whatever way."""

    trade_id: str
    venue_order_id: str
    outcome: Literal["accepted"] | Outcome
    message: str = ""
    retry_after_ms: int = 0


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


class BookSeen(Message, frozen=True, kw_only=True):
    """The bids of the current book, best first: price and quantity."""

    trade_id: str
    bids: tuple[tuple[Decimal, Decimal], ...]


class BookNotSeen(Message, frozen=True, kw_only=True):
    trade_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0


class OrderAnswered(Message, frozen=True, kw_only=True):
    """The venue took a plain order."""

    trade_id: str
    attempt: int
    venue_order_id: str
    found: bool = False


class OrderFailed(Message, frozen=True, kw_only=True):
    """A plain order's placement ended in one of the other outcomes."""

    trade_id: str
    attempt: int
    outcome: Outcome
    code: str
    message: str
    retry_after_ms: int = 0


class OrderNotFound(Message, frozen=True, kw_only=True):
    """A search for an unresolved plain order ended. `complete` says that every read succeeded and none showed it."""

    trade_id: str
    complete: bool
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


class StopTrading(Message, frozen=True, kw_only=True):
    """Finish the trade in hand and stop; with `now`, cancel what is open and leave. All, or one strategy alone."""

    now: bool = False
    reason: str = "stopped by the operator"
    strategy_id: str = ""
    by: Operator | None = None


class PauseTrading(Message, frozen=True, kw_only=True):
    """Finish the trade in hand and begin no further one until ResumeTrading: none, or none of one strategy."""

    by: Operator
    strategy_id: str = ""


class ResumeTrading(Message, frozen=True, kw_only=True):
    """Begin trades again; with `unparks` also where the account is parked, for whatever reason."""

    by: Operator
    strategy_id: str = ""
    unparks: bool = False


# --- to OrderTracker ------------------------------------------------------------------------------------------------


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


class WatchOrders(Message, frozen=True, kw_only=True):
    """Tell the account's UserActor OrderEnded for these orders, now if they have ended already."""

    venue_order_ids: tuple[str, ...]


# --- to Gateway: an account's REST commands ---------------------------------------------------------------------------


class FetchQuote(Command, frozen=True, kw_only=True):
    """Answered with QuoteSeen or QuoteNotSeen. With a `symbol` its book is read, too."""

    trade_id: str
    alpha_id: str
    symbol: str = ""


class PlaceOto(Command, frozen=True, kw_only=True):
    """Answered with OtoAnswered or OtoFailed. Never sent twice."""

    trade_id: str
    order: OtoOrder


class CancelOrder(Command, frozen=True, kw_only=True):
    """Answered with CancelDone."""

    trade_id: str
    symbol: str
    venue_order_id: str


class FetchBook(Command, frozen=True, kw_only=True):
    """Answered with BookSeen or BookNotSeen."""

    trade_id: str
    symbol: str


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Answered with OrderAnswered or OrderFailed. Never sent twice."""

    trade_id: str
    attempt: int
    order: LimitOrder


class SearchOrder(Command, frozen=True, kw_only=True):
    """Look for a plain order by its values. Answered with OrderAnswered(found=True) or OrderNotFound."""

    trade_id: str
    attempt: int
    order: LimitOrder
    since: int
    known_order_ids: frozenset[str] = frozenset()


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


class ReconcileOrders(Command, frozen=True, kw_only=True):
    """Read all open orders of these symbols, those of their base assets that have executed since `since` (ms; 0: none),
    and the orders in hand. Answered with Reconciled of this number.
    """

    number: int
    symbols: tuple[str, ...]
    base_assets: tuple[str, ...] = ()
    since: int = 0
    in_hand: LookUpOrders | None = None


class SearchOto(Command, frozen=True, kw_only=True):
    """Look for a placement by its values among open orders and history since `since` ms.

    Answered with OtoAnswered(found=True) or OtoNotFound. Orders of `known_order_ids` belong to other trades: trades in
    a row may have equal values.
    """

    trade_id: str
    order: OtoOrder
    since: int
    known_order_ids: frozenset[str] = frozenset()


# --- to other actors -------------------------------------------------------------------------------------------------


class QueryVolume(Command, frozen=True, kw_only=True):
    """To the oracle: answered with VolumeSeen or VolumeNotSeen. `rules` are those of the symbol that are known."""

    user_id: int
    strategy_id: str
    ticker: str
    base_asset: str
    rules: SymbolRules | None = None


class EnsureStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: connect if not connected; answered with StreamUp or StreamDown."""


class CloseStream(Command, frozen=True, kw_only=True):
    """To WebSocketActor: unsubscribe and delete the listen key."""

    reason: str


class FindInFrames(Command, frozen=True, kw_only=True):
    """To the tracker: whether the stream has brought a placement of these values. Answered with OtoAnswered or, with an
    `attempt`, OrderAnswered (found=True) when it has, and not at all when it has not. An order that was heard of before
    the position `after`, that of the intent, is another: nothing is sent before its intent is recorded.
    """

    trade_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    after: int
    attempt: int | None = None
    known_order_ids: frozenset[str] = frozenset()


class FindOrder(Message, frozen=True, kw_only=True):
    """FindInFrames, as the tracker gets it."""

    wanted: FindInFrames


class Watch(Command, frozen=True, kw_only=True):
    """To the tracker: WatchOrders."""

    venue_order_ids: tuple[str, ...]


class AskAdmission(Command, frozen=True, kw_only=True):
    """To the supervisor: this strategy wants to trade. Answered with Admitted, perhaps much later."""

    user_id: int
    strategy_id: str


class ReportEnded(Command, frozen=True, kw_only=True):
    """To the supervisor: a strategy of this account is over. `idle` says that no other strategy or trade is left."""

    user_id: int
    strategy_id: str
    status: StrategyStatus
    current_volume: Decimal | None
    reason: str
    idle: bool


class TellUser(Command, frozen=True, kw_only=True):
    """To the account's UserActor."""

    message: Message
