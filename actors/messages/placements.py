"""Between UserActor and Gateway, or the tracker: orders to place, and to look for where it is not known what became of
them.
"""

from decimal import Decimal

from actors.messages.base import Command, Message
from events.orders import LimitOrder, OtoOrder
from events.values import Outcome, Side


class PlaceOto(Command, frozen=True, kw_only=True):
    """Answered with OtoAnswered or OtoFailed. Never sent twice."""

    trade_id: str
    order: OtoOrder


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


class SearchOto(Command, frozen=True, kw_only=True):
    """Look for a placement by its values among open orders and history since `since` ms.

    Answered with OtoAnswered(found=True) or OtoNotFound. Orders of `known_order_ids` belong to other trades: trades in
    a row may have equal values. An order with an id above `newest_id` is not from before the placement.
    """

    trade_id: str
    order: OtoOrder
    since: int
    newest_id: int = 0
    known_order_ids: frozenset[str] = frozenset()


class OtoNotFound(Message, frozen=True, kw_only=True):
    """A search for an unresolved placement ended. `complete` says that every read succeeded and none showed it."""

    trade_id: str
    complete: bool
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Answered with OrderAnswered or OrderFailed. Never sent twice."""

    trade_id: str
    attempt: int
    order: LimitOrder


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


class SearchOrder(Command, frozen=True, kw_only=True):
    """Look for a plain order as SearchOto does. Answered with OrderAnswered(found=True) or OrderNotFound."""

    trade_id: str
    attempt: int
    order: LimitOrder
    since: int
    newest_id: int = 0
    known_order_ids: frozenset[str] = frozenset()


class OrderNotFound(Message, frozen=True, kw_only=True):
    """A search for an unresolved plain order ended. `complete` says that every read succeeded and none showed it."""

    trade_id: str
    complete: bool
    outcome: Outcome | None = None
    message: str = ""
    retry_after_ms: int = 0


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
