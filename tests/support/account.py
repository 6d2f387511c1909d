"""The story of one account, told to the UserActor's decider: shorthand for the messages that it gets."""

from decimal import Decimal
from typing import Self

from msgspec.structs import replace

from actors.deciders import user
from actors.deciders.user_trade import order_ids
from actors.messages.base import Recovered, Tick
from actors.messages.orders import OrderEnded, Reconciled
from actors.messages.placements import OrderAnswered, OrderNotFound, OtoAnswered, OtoNotFound
from actors.messages.prices import BookSeen, QuoteSeen
from actors.messages.strategies import Admitted, PauseTrading, ResumeTrading, StartStrategies
from actors.messages.streams import StreamUp
from actors.messages.volumes import VolumeSeen
from events.executions import OrderClosed
from events.orders import OtoRequested
from events.reports import OrderSnapshot
from events.values import Commission, Operator, OrderStatus, Side, StrategyTerms, SymbolRules, TopOfBook
from projections.states.user import StrategyState, TradeState, UserState, evolve
from tests.support.story import Story
from tests.support.terms import TERMS

ALICE = Operator(name="alice", uid=1000, pid=4711)
WORKING, PENDING, SALE = "7000001", "7000002", "7000009"


class Account(Story):
    """A Story of one account with user id 1. `volume` and `mul_point` are what its venue says."""

    state: UserState

    def __init__(self, *strategies: StrategyTerms, run_id: str = "run-1") -> None:
        super().__init__(UserState(user_id=1), user.decide, evolve)
        self.strategies = strategies or (TERMS,)
        self.run_id = run_id

    def strategy(self, strategy_id: str = "aop") -> StrategyState:
        return self.state.strategies[strategy_id]

    @property
    def trade(self) -> TradeState:
        assert self.state.trade is not None
        return self.state.trade

    def starts(self, run_id: str = "run-1") -> Self:
        self.when(StartStrategies(run_id=run_id, terms=self.strategies))
        return self

    def reconciles(
        self, *open_orders: OrderSnapshot, executed: tuple[OrderSnapshot, ...] = (), complete: bool = True
    ) -> Self:
        """The venue's open orders are these, and it shows the orders in hand; nothing happens when nobody asked."""
        asked = self.state.reconciliation
        if asked.phase != "asked":
            return self
        hand = order_ids(self.state.trade) if self.state.trade is not None else ()
        shown = frozenset(hand) if complete else frozenset()
        answer = Reconciled(number=asked.number, complete=complete, open_orders=open_orders, asked=hand, shown=shown)
        self.when(replace(answer, executed=executed))
        return self

    def connects(self) -> Self:
        """The stream is up, and the open orders agree with the log."""
        self.when(StreamUp(position=self.position))
        return self.reconciles()

    def sees_volume(
        self,
        volume: str,
        mul_point: int = 4,
        *,
        strategy_id: str = "aop",
        after: int = 0,
        rules: SymbolRules | None = None,
    ) -> Self:
        self.reconciles()
        self.position += 1
        self.when(
            VolumeSeen(
                strategy_id=strategy_id,
                position=self.position,
                asked=self.position - 1,
                volume=Decimal(volume),
                mul_point=mul_point,
                rules=rules,
            ),
            after=after,
        )
        return self

    def sees_settled(self, volume: str, mul_point: int = 4) -> Self:
        """Reads after a batch, until the venue's figure has stood still for long enough to be believed."""
        self.time_passes(5_000)
        for _ in range(50):
            self.sees_volume(volume, mul_point)
            if self.strategy().phase != "settling":
                break
            self.time_passes(5_000)
        return self

    def trades_from(self, volume: str, mul_point: int = 4) -> Self:
        """Started, admitted and connected: the first trade of a batch asks for its price."""
        self.starts().sees_volume(volume, mul_point).when(Admitted(strategy_id="aop"))
        return self.connects()

    def sees_price(self, price: str = "0.02", mul_point: int = 4, *, tradable: bool = True) -> Self:
        self.when(QuoteSeen(trade_id=self.trade.trade_id, price=Decimal(price), mul_point=mul_point, tradable=tradable))
        return self

    def sees_price_and_book(self, book: TopOfBook | None, price: str = "0.02", *, asked_ago: int = 100) -> Self:
        """The price and the book were asked for so many ms ago."""
        quote = QuoteSeen(trade_id=self.trade.trade_id, price=Decimal(price), mul_point=4, tradable=True, book=book)
        self.when(replace(quote, asked_at=self.now - asked_ago))
        return self

    def places(self, price: str = "0.02", mul_point: int = 4) -> Self:
        return self.sees_price(price, mul_point).takes_the_order()

    def takes_the_order(self) -> Self:
        """The venue accepts the placement."""
        self.when(OtoAnswered(trade_id=self.trade.trade_id, working_order_id=WORKING, pending_order_id=PENDING))
        return self

    def leg_ends(
        self,
        venue_order_id: str = WORKING,
        status: OrderStatus = "FILLED",
        quantity: str | None = None,
        quote: str = "36",
    ) -> Self:
        """An order closes; by default the buy, filled with all that was ordered, or the sell with what was bought."""
        buying = venue_order_id in (WORKING, self.state.trade.working_order_id if self.state.trade else "")
        side: Side = "BUY" if buying else "SELL"
        order = self.state.trade.order if self.state.trade else None
        ordered = order.quantity if order else Decimal(0)
        cum_qty = ordered if quantity is None else Decimal(quantity)
        fee = (
            Commission(asset="ALPHA_900", amount=cum_qty / 10_000)
            if buying
            else Commission(asset="USDT", amount=Decimal(quote) / 10_000)
        )
        closed = OrderClosed(
            user_id=1,
            venue_order_id=venue_order_id,
            symbol="ALPHA_900USDT",
            side=side,
            order_status=status,
            cum_qty=cum_qty,
            cum_quote=Decimal(quote) if cum_qty else Decimal(0),
            avg_px=Decimal(quote) / cum_qty if cum_qty else Decimal(0),
            commissions=(fee,) if cum_qty else (),
        )
        self.position += 1
        self.when(OrderEnded(position=self.position, closed=closed))
        return self

    def sees_book(self, *bids: tuple[str, str], ask: str = "1000", age: int = 50) -> Self:
        """`age` ms old."""
        levels = tuple((Decimal(price), Decimal(size)) for price, size in bids or (("0.02", "1000000"),))
        at = self.now - age
        self.when(BookSeen(trade_id=self.trade.trade_id, bids=levels, ask=Decimal(ask), at=at))
        return self

    def sale_is_placed(self, venue_order_id: str = SALE) -> Self:
        attempt = self.trade.unwind_attempt
        self.when(OrderAnswered(trade_id=self.trade.trade_id, attempt=attempt, venue_order_id=venue_order_id))
        return self

    def sells_leftovers(self, quantity: str, quote: str) -> Self:
        """From the book to the plain sale's end, filled with `quantity` for `quote`."""
        self.sees_book().sale_is_placed()
        return self.leg_ends(SALE, quantity=quantity, quote=quote)

    def completes_trade(self) -> Self:
        """From the price to both legs filled."""
        self.places().leg_ends(WORKING).leg_ends(PENDING, quantity="1818", quote="35.9")
        return self

    def looks_in_vain(self, ms: int = 0, *, complete: bool = True) -> Self:
        """A look, and more of them at their times in the next `ms`, do not show the placement that is searched for."""
        until = self.now + ms
        self._not_found(complete=complete)
        while self.searching() and self.trade.look_at <= until:
            self.time_passes(self.trade.look_at - self.now)
            self._not_found(complete=complete)
        return self

    def searching(self) -> bool:
        return self.state.trade is not None and self.trade.phase in ("searching", "seeking")

    def _not_found(self, *, complete: bool) -> None:
        answer = OtoNotFound if self.trade.phase == "searching" else OrderNotFound
        self.when(answer(trade_id=self.trade.trade_id, complete=complete))

    def is_paused(self, strategy_id: str = "") -> Self:
        self.when(PauseTrading(by=ALICE, strategy_id=strategy_id))
        return self

    def resumes(self, strategy_id: str = "", *, unparks: bool = True) -> Self:
        self.when(ResumeTrading(by=ALICE, strategy_id=strategy_id, unparks=unparks))
        return self

    def time_passes(self, ms: int) -> Self:
        self.when(Tick(), after=ms)
        return self

    def dies_and_recovers(self) -> Self:
        """What was decided and recorded survives; a fresh actor folds it and takes up what was in hand."""
        self.state = UserState(user_id=1)
        for recorded in self.log:
            self.state = evolve(self.state, recorded)
        self.when(Recovered())
        return self


def requested(account: Account) -> OtoRequested:
    return account.event(OtoRequested)
