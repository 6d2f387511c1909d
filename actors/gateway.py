"""Gateway: performs one account's REST commands, one after the other, on its own thread.

Each command is performed at most once and ends in exactly one answer to the account's UserActor. A command that waits
behind others waits at most for their calls, each of which the client's timeouts bound.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from actors.address import Address
from actors.base import GuardedActor, Seat
from actors.looking import NOTHING_READ, executed_orders, find_order, find_oto, read_orders
from actors.messages.base import Command, Message, Request
from actors.messages.orders import (
    CancelDone,
    CancelOrder,
    LookedUp,
    LookUpOrders,
    OrdersSeen,
    Reconciled,
    ReconcileOrders,
)
from actors.messages.placements import (
    OrderAnswered,
    OrderFailed,
    OrderNotFound,
    OtoAnswered,
    OtoFailed,
    OtoNotFound,
    PlaceOrder,
    PlaceOto,
    SearchOrder,
    SearchOto,
)
from actors.messages.prices import BookNotSeen, BookSeen, FetchBook, FetchQuote, QuoteNotSeen, QuoteSeen
from exchange.errors import VenueError, retry_after_ms
from exchange.port import VenueClient

ANSWERS_KEPT = 64
"""Trades of an account follow one another, so only the last few placements can be mistaken for a later one."""


class Gateway(GuardedActor):
    """`tracker` hears what a look showed before the user does, because the look's answer goes through it."""

    def __init__(self, seat: Seat, client: VenueClient, user: Address, tracker: Address) -> None:
        super().__init__(seat)
        self._client = client
        self._user = user
        self._tracker = tracker
        self._answers: dict[str, tuple[str, str]] = {}
        self._performers: dict[type[Command], Callable[[Any, int | None], Message]] = {
            FetchQuote: self._fetch_quote,
            FetchBook: self._fetch_book,
            PlaceOto: self._place_oto,
            PlaceOrder: self._place_order,
            CancelOrder: self._cancel,
            LookUpOrders: self._look_up,
            ReconcileOrders: self._reconcile,
            SearchOto: self._search,
            SearchOrder: self._search_order,
        }

    def release(self) -> None:
        self._client.close()

    def handle(self, message: Message) -> None:
        if not isinstance(message, Request):
            raise TypeError(f"no request: {type(message).__name__}")
        perform = self._performers.get(type(message.command))
        if perform is None:
            raise TypeError(f"no command for a gateway: {type(message.command).__name__}")
        answer = perform(message.command, message.cause)
        (self._tracker if isinstance(answer, OrdersSeen) else self._user).tell(answer)

    def _fetch_quote(self, command: FetchQuote, cause: int | None) -> Message:
        asked_at = self.seat.clock.now_ms()
        try:
            quote = self._client.quote(command.alpha_id)
            book = self._client.top_of_book(command.symbol) if command.symbol else None
        except VenueError as error:
            return QuoteNotSeen(trade_id=command.trade_id, **_fields(error), cause=cause)
        return QuoteSeen(
            trade_id=command.trade_id,
            price=quote.price,
            mul_point=quote.mul_point,
            tradable=quote.tradable,
            asked_at=asked_at,
            book=book,
            cause=cause,
        )

    def _place_oto(self, command: PlaceOto, cause: int | None) -> Message:
        try:
            placed = self._client.place_oto(command.order)
        except VenueError as error:
            return OtoFailed(trade_id=command.trade_id, code=error.code, **_fields(error), cause=cause)
        legs = placed.working_order_id, placed.pending_order_id
        self._remember(command.trade_id, legs)
        return _answered(command.trade_id, legs, cause, found=False)

    def _remember(self, trade_id: str, legs: tuple[str, str]) -> None:
        self._answers[trade_id] = legs
        if len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]

    def _cancel(self, command: CancelOrder, cause: int | None) -> Message:
        ids: dict[str, Any] = {"trade_id": command.trade_id, "venue_order_id": command.venue_order_id}
        try:
            self._client.cancel_order(command.symbol, command.venue_order_id)
        except VenueError as error:
            return CancelDone(**ids, **_fields(error), cause=cause)
        return CancelDone(**ids, outcome="accepted", cause=cause)

    def _look_up(self, command: LookUpOrders, cause: int | None) -> Message:
        seen = read_orders(self._client, command, self.seat.clock.now_ms())
        statuses = tuple((row.venue_order_id, row.order_status) for row in seen.orders)
        told = LookedUp(
            trade_id=command.trade_id,
            complete=not seen.problem,
            found=statuses,
            **(_fields(seen.error) if seen.error else {}) | {"message": seen.problem},
            cause=cause,
        )
        return OrdersSeen(
            orders=seen.orders,
            fills=seen.fills,
            fills_complete=seen.fills_complete,
            expects_frames=command.expects_frames,
            then=told,
            cause=cause,
        )

    def _reconcile(self, command: ReconcileOrders, cause: int | None) -> Message:
        try:
            rows = tuple(row for symbol in command.symbols for row in self._client.open_orders(symbol))
            executed = executed_orders(self._client, command, self.seat.clock.now_ms())
        except VenueError as error:
            failed = Reconciled(number=command.number, complete=False, **_fields(error), cause=cause)
            return OrdersSeen(orders=(), fills=(), then=failed, cause=cause)
        look = command.in_hand
        seen = read_orders(self._client, look, self.seat.clock.now_ms()) if look else NOTHING_READ
        told = Reconciled(
            number=command.number,
            complete=not seen.problem,
            open_orders=rows,
            executed=executed,
            asked=look.venue_order_ids if look else (),
            shown=frozenset(row.venue_order_id for row in seen.orders),
            message=seen.problem,
            cause=cause,
        )
        return OrdersSeen(
            orders=seen.orders, fills=seen.fills, fills_complete=seen.fills_complete, then=told, cause=cause
        )

    def _search(self, command: SearchOto, cause: int | None) -> Message:
        """An answer that its asker never got, because it died meanwhile, is given again without asking the venue."""
        answered = self._answers.pop(command.trade_id, None)
        others = frozenset(leg for legs in self._answers.values() for leg in legs)
        command = replace(command, known_order_ids=command.known_order_ids | others)
        try:
            legs = answered or find_oto(self._client, command, self.seat.clock.now_ms())
        except VenueError as error:
            return OtoNotFound(trade_id=command.trade_id, complete=False, **_fields(error), cause=cause)
        if legs is None:
            return OtoNotFound(trade_id=command.trade_id, complete=True, cause=cause)
        self._remember(command.trade_id, legs)
        return _answered(command.trade_id, legs, cause, found=True)

    def _fetch_book(self, command: FetchBook, cause: int | None) -> Message:
        try:
            book = self._client.book(command.symbol)
        except VenueError as error:
            return BookNotSeen(trade_id=command.trade_id, **_fields(error), cause=cause)
        return BookSeen(trade_id=command.trade_id, bids=book.bids, ask=book.ask, at=book.at, cause=cause)

    def _place_order(self, command: PlaceOrder, cause: int | None) -> Message:
        ids: dict[str, Any] = {"trade_id": command.trade_id, "attempt": command.attempt}
        try:
            venue_order_id = self._client.place_order(command.order)
        except VenueError as error:
            return OrderFailed(**ids, code=error.code, **_fields(error), cause=cause)
        return OrderAnswered(**ids, venue_order_id=venue_order_id, cause=cause)

    def _search_order(self, command: SearchOrder, cause: int | None) -> Message:
        try:
            found = find_order(self._client, command, self.seat.clock.now_ms())
        except VenueError as error:
            return OrderNotFound(trade_id=command.trade_id, complete=False, **_fields(error), cause=cause)
        if found is None:
            return OrderNotFound(trade_id=command.trade_id, complete=True, cause=cause)
        ids: dict[str, Any] = {"trade_id": command.trade_id, "attempt": command.attempt}
        return OrderAnswered(**ids, venue_order_id=found, found=True, cause=cause)


def _fields(error: VenueError) -> dict[str, Any]:
    """What every message about a failed call says of it."""
    return {"outcome": error.outcome, "message": error.message, "retry_after_ms": retry_after_ms(error)}


def _answered(trade_id: str, legs: tuple[str, str], cause: int | None, *, found: bool) -> OtoAnswered:
    working, pending = legs
    return OtoAnswered(trade_id=trade_id, working_order_id=working, pending_order_id=pending, found=found, cause=cause)
