"""Between UserActor and Gateway: what a token costs."""

from decimal import Decimal

from actors.messages.base import Command, Message
from events.values import Outcome, TopOfBook


class FetchQuote(Command, frozen=True, kw_only=True):
    """Answered with QuoteSeen or QuoteNotSeen. With a `symbol` its book is read, too."""

    trade_id: str
    alpha_id: str
    symbol: str = ""


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


class FetchBook(Command, frozen=True, kw_only=True):
    """Answered with BookSeen or BookNotSeen."""

    trade_id: str
    symbol: str


class BookSeen(Message, frozen=True, kw_only=True):
    """The current book's bids, best first: price and quantity; its best ask, and its time (ms, 0: not told)."""

    trade_id: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    ask: Decimal | None = None
    at: int = 0


class BookNotSeen(Message, frozen=True, kw_only=True):
    trade_id: str
    outcome: Outcome
    message: str
    retry_after_ms: int = 0
