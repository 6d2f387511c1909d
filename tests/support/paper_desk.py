"""A paper venue without sockets or waiting: the desk on a real state file, with the time in the test's hands."""

from decimal import Decimal
from pathlib import Path

from exchange.alpha.frames import OrderRequest, OtoRequest, PaymentDetail
from exchange.paper import desk, placing
from exchange.paper.faults_actions import FaultAction
from exchange.paper.faults_plan import FaultPlan, Rule, When
from exchange.paper.model import Order, Rejection
from exchange.paper.records import Outcome
from exchange.paper.rounding import quote_amount
from exchange.paper.settings import PaperSettings
from exchange.paper.venue import Venue, open_venue

NOON = 1760961600000
"""2025-10-20 12:00 UTC in ms."""
HOUR = 3_600_000


def oto_request(price: str = "0.0223", quantity: str = "1793.72", pending: str = "0.0201") -> OtoRequest:
    """Buy AOP for 40 USDT, unless told otherwise."""
    return OtoRequest(
        base_asset="ALPHA_382",
        quote_asset="USDT",
        working_side="BUY",
        working_price=Decimal(price),
        working_quantity=Decimal(quantity),
        payment_details=(PaymentDetail(quote_amount(Decimal(price), Decimal(quantity)), "CARD"),),
        pending_price=Decimal(pending),
    )


def order_request(side: str, price: str, quantity: str, base_asset: str = "ALPHA_382") -> OrderRequest:
    """A plain order, paid from the wallet that its side is paid from."""
    buying = side == "BUY"
    amount = quote_amount(Decimal(price), Decimal(quantity)) if buying else Decimal(quantity)
    payment = PaymentDetail(amount, "CARD" if buying else "ALPHA")
    return OrderRequest(base_asset, "USDT", side, Decimal(price), Decimal(quantity), (payment,))


class PaperDesk:
    """One venue on `data_dir`; `now` moves as the test says. Orders are matched at every `pass_time`."""

    def __init__(self, data_dir: Path, settings: PaperSettings | None = None, now: int = NOON) -> None:
        self.venue: Venue = open_venue(settings or PaperSettings(), data_dir)
        self.now = now

    def place(self, request: OtoRequest | OrderRequest | None = None, user_id: str = "1") -> Order:
        """The working leg or the plain order; fails the test when it is refused."""
        outcome = self.try_to_place(request or oto_request(), user_id)
        assert isinstance(outcome, Outcome), outcome
        return outcome.orders[0]

    def try_to_place(self, request: OtoRequest | OrderRequest, user_id: str = "1") -> Outcome | Rejection:
        self.venue.arrive(user_id, self.now)
        place = placing.place_oto if isinstance(request, OtoRequest) else placing.place
        return place(self.venue, user_id, request, self.now)  # type: ignore[arg-type]

    def statuses(self) -> list[str]:
        """Of the orders of account 1, the oldest first."""
        return [order.status for order in reversed(list(self.venue.orders.all_of("1")))]

    def follow(self, *rules: tuple[FaultAction, When]) -> None:
        """Let this go wrong from now on."""
        self.venue.follow(FaultPlan(rules=tuple(Rule(do=do, when=when) for do, when in rules)), self.now)

    def pass_time(self, milliseconds: int = 250) -> list[Outcome]:
        """Let the markets move and every open order meet its own."""
        self.now += milliseconds
        late = [key for key, fill in self.venue.faults.fills_after_end.items() if fill.at <= self.now]
        ids = [order.order_id for order in self.venue.orders.open()] + late
        return [desk.match(self.venue, order_id, self.now) for order_id in ids]

    def settle(self, steps: int = 20) -> None:
        """Until nothing is open, or for some steps of the market."""
        while self.venue.orders.open() and (steps := steps - 1):
            self.pass_time()

    def close(self) -> None:
        self.venue.store.close()
