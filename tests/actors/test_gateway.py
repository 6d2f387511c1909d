"""An account's REST commands: each performed once, each answered once, every outcome a message."""

from decimal import Decimal

import pytest

from actors.gateway import Gateway
from actors.messages.base import Command, Message, Request
from actors.messages.orders import (
    CancelDone,
    CancelOrder,
    ExecutedAbove,
    LookedUp,
    LookUpOrders,
    OrdersSeen,
    Reconciled,
    ReconcileOrders,
)
from actors.messages.placements import OtoAnswered, OtoFailed, OtoNotFound, PlaceOto, SearchOto
from actors.messages.prices import FetchQuote, QuoteNotSeen, QuoteSeen
from events.orders import OtoOrder
from exchange.errors import RateLimited, Rejected, Unauthorised, Unavailable, Unknown, VenueError
from tests.support.fake_venue import FakeVenue
from tests.support.listening import Listener, seat

# On KOGE, whose price at the venue in memory is 48.03.
ORDER = OtoOrder(
    symbol="ALPHA_22USDT",
    base_asset="ALPHA_22",
    quote_asset="USDT",
    working_price=Decimal("52.8"),
    quantity=Decimal("0.5"),
    amount=Decimal("26.4"),
    pending_price=Decimal("47.5"),
)
PLACE = PlaceOto(trade_id="t1", order=ORDER)
OUTCOMES = [
    Rejected("no", code="481020"),
    Unavailable("no host"),
    RateLimited("slow down", retry_after=Decimal("1.5")),
    Unknown("timeout"),
    Unauthorised("log in"),
]


class Counter:
    """A gateway of account 1 on a venue in memory."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self.venue = FakeVenue(clock=lambda: self.now)
        self.user, self.tracker = Listener("user-1"), Listener("orders-1")
        place = seat("gateway-1")
        self._address = place.address
        Gateway.start(place, self.venue.client(1), self.user, self.tracker)

    def asked(self, command: Command, cause: int | None = None) -> None:
        self._address.tell(Request(command=command, cause=cause))

    def places(self) -> OtoAnswered:
        self.asked(PLACE)
        return self.user.hears(OtoAnswered)

    def looks_up(self, *ids: str) -> OrdersSeen:
        command = LookUpOrders(
            trade_id="t1", symbol=ORDER.symbol, base_asset=ORDER.base_asset, venue_order_ids=ids, since=1_000_000
        )
        self.asked(command)
        return self.tracker.hears(OrdersSeen)

    def searches(self, trade_id: str = "t1", known: frozenset[str] = frozenset()) -> None:
        self.asked(SearchOto(trade_id=trade_id, order=ORDER, since=1_000_000, known_order_ids=known))

    def compares(self, since: int, above: int = 0) -> Reconciled:
        symbol, asset = ORDER.symbol, ORDER.base_asset
        executed = ExecutedAbove(symbol=symbol, base_asset=asset, above=above)
        self.asked(ReconcileOrders(number=1, symbols=(symbol,), executed=(executed,), since=since))
        told = self.tracker.hears(OrdersSeen).then
        assert isinstance(told, Reconciled)
        return told

    def searched_by_a_fresh_one(self, since: int, newest: int = 0) -> Message:
        """What a gateway that remembers no answers tells."""
        fresh = Listener()
        ref = Gateway.start(seat("gateway-1"), self.venue.client(1), fresh, self.tracker)
        ref.tell(Request(command=SearchOto(trade_id="t1", order=ORDER, since=since, newest_id=newest)))
        return fresh.hears(Message)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def looked_up(seen: OrdersSeen) -> LookedUp:
    assert isinstance(seen.then, LookedUp)
    return seen.then


def test_a_quote_is_answered_with_its_cause(counter: Counter) -> None:
    """What is decided from the answer can be traced to what asked for it."""
    counter.asked(FetchQuote(trade_id="t1", alpha_id="ALPHA_22"), cause=17)
    seen = counter.user.hears(QuoteSeen)
    assert (seen.trade_id, seen.mul_point, seen.cause) == ("t1", 1, 17)


def test_a_quote_that_cannot_be_had_is_answered(counter: Counter) -> None:
    """The outcome and the words arrive."""
    counter.venue.fail_next(1, "quote", Unavailable("no host"))
    counter.asked(FetchQuote(trade_id="t1", alpha_id="ALPHA_22"))
    not_seen = counter.user.hears(QuoteNotSeen)
    assert (not_seen.outcome, not_seen.message) == ("unavailable", "no host")


def test_a_placement_is_answered_with_both_ids(counter: Counter) -> None:
    """Working leg first, as strings."""
    answered = counter.places()
    legs = [counter.venue.orders[int(key)].side for key in (answered.working_order_id, answered.pending_order_id)]
    assert (legs, answered.found) == (["BUY", "SELL"], False)


@pytest.mark.parametrize("error", OUTCOMES, ids=lambda error: error.outcome)
def test_every_outcome_of_a_placement_is_told_and_nothing_is_sent_twice(counter: Counter, error: VenueError) -> None:
    """Silence is unknown, a refusal is definite: the gateway repeats neither."""
    counter.venue.fail_next(1, "place_oto", error)
    counter.asked(PLACE, cause=3)
    failed = counter.user.hears(OtoFailed)
    assert (failed.outcome, failed.code, failed.cause) == (error.outcome, error.code, 3)
    assert failed.retry_after_ms == (1_500 if error.outcome == "rate_limited" else 0)
    assert counter.venue.calls == [(1, "place_oto")]


def test_a_cancel_is_answered_however_it_ends(counter: Counter) -> None:
    """A cancel of an ended order is refused by the venue, which is an answer, too."""
    working = counter.places().working_order_id
    cancel = CancelOrder(trade_id="t1", symbol=ORDER.symbol, venue_order_id=working)
    counter.asked(cancel)
    assert counter.user.hears(CancelDone).outcome == "accepted"
    counter.asked(cancel)
    assert counter.user.hears(CancelDone).outcome == "rejected"


def test_a_look_shows_rows_and_fills_before_the_user_is_told(counter: Counter) -> None:
    """The answer for the user travels with the facts, through the tracker, and not beside them."""
    answered = counter.places()
    counter.venue.fill(answered.working_order_id)
    seen = counter.looks_up(answered.working_order_id)
    assert looked_up(seen).complete
    assert looked_up(seen).found == ((answered.working_order_id, "FILLED"),)
    assert sum(fill.last_qty for fill in seen.fills) == ORDER.quantity
    assert seen.fills_complete == {answered.working_order_id}
    assert counter.user.hears_nothing()


@pytest.mark.parametrize("call", ["open_orders", "order_history", "user_trades"])
def test_a_look_that_could_not_read_everything_says_so(counter: Counter, call: str) -> None:
    """What was read is still shown; nothing is concluded from what was not."""
    working = counter.places().working_order_id
    counter.venue.fail_next(1, call, Unknown("timeout"))
    told = looked_up(counter.looks_up(working))
    assert (told.complete, told.message) == (False, "timeout")


def test_fills_that_are_listed_late_make_a_look_incomplete(counter: Counter) -> None:
    """The venue may list an order as filled before it lists its fills (venue protocol notes, 7.6)."""
    working = counter.places().working_order_id
    counter.venue.fill(working)
    del counter.venue.fills[int(working)][:]
    seen = counter.looks_up(working)
    assert seen.fills_complete == frozenset()
    assert not looked_up(seen).complete


def test_an_order_in_no_list_is_absent_from_the_answer(counter: Counter) -> None:
    """The look was complete and the order is not there: that is for the user to judge."""
    told = looked_up(counter.looks_up("99999"))
    assert (told.complete, told.found) == (True, ())


def test_a_placement_whose_answer_was_lost_is_found_by_its_values(counter: Counter) -> None:
    """No row carries an id of ours: symbol, side, price, quantity and time tell (venue protocol notes, 14)."""
    counter.venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    counter.asked(PLACE)
    counter.user.hears(OtoFailed)
    counter.searches()
    found = counter.user.hears(OtoAnswered)
    legs = [str(order.order_id) for order in counter.venue.orders.values()]
    assert (found.found, [found.working_order_id, found.pending_order_id]) == (True, legs)


def test_a_finished_placement_is_found_in_history(counter: Counter) -> None:
    """Both legs may have ended before anybody looks."""
    counter.venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    counter.asked(PLACE)
    counter.user.hears(OtoFailed)
    working, pending = (str(order_id) for order_id in counter.venue.orders)
    counter.venue.fill(working)
    counter.venue.fill(pending)
    counter.searches()
    found = counter.user.hears(OtoAnswered)
    assert (found.working_order_id, found.pending_order_id) == (working, pending)


def test_money_that_is_locked_for_nothing_that_is_listed_leaves_a_doubt(counter: Counter) -> None:
    """The lists do not show the order, and the balance says that there may be one: absence is not proved."""
    counter.venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    counter.asked(PLACE)
    counter.user.hears(OtoFailed)
    counter.venue.orders.clear()
    counter.searches()
    told = counter.user.hears(OtoNotFound)
    assert (told.complete, told.outcome) == (False, "unknown")
    assert "USDT locked, for an order that no list shows" in told.message


def test_a_placement_that_never_arrived_is_not_found(counter: Counter) -> None:
    """Every read succeeded and none showed it."""
    counter.searches()
    assert counter.user.hears(OtoNotFound).complete


def test_an_earlier_trade_with_the_same_values_is_not_taken_for_it(counter: Counter) -> None:
    """Two trades in a row often have the same values; the first one's ids were answered before."""
    counter.places()
    counter.searches(trade_id="t2")
    assert counter.user.hears(OtoNotFound).complete


def test_orders_that_the_asker_knows_are_not_taken_for_it(counter: Counter) -> None:
    """After a restart only the asker remembers which orders belong to other trades."""
    counter.venue.fail_next(1, "place_oto", Unknown("timeout"), done=True)
    counter.asked(PLACE)
    counter.user.hears(OtoFailed)
    counter.searches(known=frozenset(str(order_id) for order_id in counter.venue.orders))
    assert counter.user.hears(OtoNotFound).complete


def test_an_answer_that_was_missed_is_given_again(counter: Counter) -> None:
    """Its asker died between asking and hearing; the fresh one searches, and the venue need not be asked."""
    answered = counter.places()
    counter.searches()
    assert counter.user.hears(OtoAnswered).working_order_id == answered.working_order_id
    assert counter.venue.calls == [(1, "place_oto")]


def test_an_order_from_before_the_placement_is_not_taken_for_it(counter: Counter) -> None:
    """An order of the same values with an id lower than a known one, created long before the request, is another's."""
    counter.places()
    told = counter.searched_by_a_fresh_one(since=1_002_001, newest=9)
    assert isinstance(told, OtoNotFound)
    assert told.complete


def test_a_comparison_shows_what_executed_since_the_last_one(counter: Counter) -> None:
    """Of the orders that ended, those that bought or sold something; none where there was no comparison before."""
    working = counter.places().working_order_id
    counter.venue.fill(working)
    told = [counter.compares(since) for since in (1_000_000, 1_000_001, 0)]
    assert [[row.venue_order_id for row in one.executed] for one in told] == [[working], [], []]


def test_executed_orders_whose_ids_are_forgotten_are_not_told_of(counter: Counter) -> None:
    """Of a long day they would be very many."""
    for answered in (counter.places(), counter.places()):
        counter.venue.fill(answered.working_order_id)
    older, newer = [row.venue_order_id for row in reversed(counter.compares(1_000_000).executed)]
    assert [row.venue_order_id for row in counter.compares(1_000_000, above=int(older)).executed] == [newer]


@pytest.mark.parametrize("wrong_ms", [-3_600_000, 60_000])
def test_a_placement_is_found_although_the_venues_clock_is_wrong(counter: Counter, wrong_ms: int) -> None:
    """Its id is higher than those of all orders before it, and its values are its own."""
    counter.places()
    assert isinstance(counter.searched_by_a_fresh_one(since=1_000_000 + wrong_ms), OtoAnswered)


def test_a_placement_that_seems_far_too_old_leaves_a_doubt(counter: Counter) -> None:
    """It may be somebody else's, from before, or ours by a wrong clock: nothing is guessed."""
    counter.places()
    told = counter.searched_by_a_fresh_one(since=1_000_000 + 90 * 60_000)
    assert isinstance(told, OtoNotFound)
    assert (told.complete, told.outcome, "5400 s too old" in told.message) == (False, "unknown", True)


def test_of_two_orders_with_the_same_values_the_nearer_in_time_is_taken(counter: Counter) -> None:
    """An older one is somebody else's."""
    counter.places()
    counter.now += 90 * 60_000
    answered = counter.places()
    found = counter.searched_by_a_fresh_one(since=1_000_000 + 90 * 60_000)
    assert isinstance(found, OtoAnswered)
    assert found.working_order_id == answered.working_order_id


@pytest.mark.parametrize("call", ["open_orders", "order_history"])
def test_a_search_that_could_not_read_everything_proves_nothing(counter: Counter, call: str) -> None:
    """Not found and not looked are different answers."""
    counter.venue.fail_next(1, call, Unavailable("no host"))
    counter.searches()
    assert not counter.user.hears(OtoNotFound).complete
