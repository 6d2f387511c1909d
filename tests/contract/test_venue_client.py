"""What every VenueClient promises (`exchange.port`)."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from exchange.errors import Rejected, VenueError
from exchange.paper.rounding import floor_to, quote_amount
from tests.support.venues import Trader, Venue

ZERO = Decimal(0)


def test_tokens_are_listed_once_each(trader: Trader) -> None:
    """Alpha ids are unique though tickers are not, and what is offline is not tradable."""
    tokens = {token.alpha_id: token for token in trader.client.tokens()}
    assert len(tokens) == len(trader.client.tokens())
    assert (trader.token.chain_id, trader.token.chain_name) == ("56", "BSC")
    (gone,) = [token for token in tokens.values() if token.ticker == "GONE"]
    assert gone.offline
    assert not gone.tradable


def test_rules_hold_for_what_they_name(trader: Trader) -> None:
    """A symbol's rules carry its name, its assets and bounds that an order can meet."""
    rules = trader.rules
    assert (rules.symbol, rules.base_asset, rules.quote_asset) == ("ALPHA_382USDT", "ALPHA_382", "USDT")
    assert (rules.status, rules.tick_size, rules.step_size) == ("TRADING", Decimal("0.00000001"), Decimal("0.01"))
    assert ZERO < rules.min_qty < rules.max_qty
    assert ZERO < rules.multiplier_down < 1 < rules.multiplier_up


def test_a_quote_is_of_now(trader: Trader, venue: Venue) -> None:
    """Price and multiplier are the token's, and a changed multiplier shows."""
    venue.set_mul_point("MERL", 2)
    merl = next(token for token in trader.client.tokens() if token.ticker == "MERL")
    quote = trader.client.quote(merl.alpha_id)
    assert (quote.alpha_id, quote.mul_point, quote.tradable) == (merl.alpha_id, 2, True)
    assert quote.price > 0


def test_the_book_has_bids(trader: Trader) -> None:
    """Best first, each for some quantity, near the token's price; below the best ask, and of now."""
    book = trader.client.book(trader.rules.symbol)
    bids = book.bids
    price = trader.client.quote(trader.rules.base_asset).price
    assert [bid for bid, _ in bids] == sorted((bid for bid, _ in bids), reverse=True)
    assert all(quantity > 0 for _, quantity in bids)
    assert abs(bids[0][0] - price) < price / 20
    assert book.ask is not None
    assert bids[0][0] < book.ask
    assert book.at > 0


def test_the_top_of_the_book_is_of_now(trader: Trader) -> None:
    """Both sides have an offer near the token's price, the bid below the ask, and the book says of when it is."""
    top, price = trader.client.top_of_book(trader.rules.symbol), trader.client.quote(trader.rules.base_asset).price
    assert top.bid is not None
    assert top.ask is not None
    assert price / 20 * 19 < top.bid < top.ask < price / 20 * 21
    assert min(top.bid_size, top.ask_size) > 0
    assert top.at > 0


def test_a_token_that_is_not_listed_has_no_quote(trader: Trader) -> None:
    """The refusal is definite."""
    with pytest.raises(Rejected):
        trader.client.quote("ALPHA_999999")


def test_listen_keys_are_made_and_deleted(trader: Trader) -> None:
    """Each is a text, and deleting returns normally although the venue knows no such path."""
    key = trader.client.create_listen_key()
    assert key
    trader.client.delete_listen_key(key)


def test_a_crossing_oto_ends_as_two_linked_orders(trader: Trader) -> None:
    """Both legs show in the history, filled, and the sell is what was bought less the commission."""
    order = trader.oto("1.1")
    placed = trader.client.place_oto(order)
    trader.reports_until(placed.pending_order_id, "FILLED")
    sell, buy = trader.history()
    assert (buy.venue_order_id, sell.venue_order_id) == (placed.working_order_id, placed.pending_order_id)
    assert (buy.leg, sell.leg) == ("working", "pending")
    assert buy.order_list_id is not None
    assert buy.order_list_id == sell.order_list_id
    assert (buy.order_status, sell.order_status) == ("FILLED", "FILLED")
    assert buy.cum_qty == order.quantity
    assert sell.cum_qty == floor_to(order.quantity - fees(trader, placed.working_order_id), Decimal("0.01"))
    assert buy.price == order.working_price >= buy.avg_px > 0


def test_fills_add_up_to_their_order(trader: Trader) -> None:
    """Each fill has an id of its own; quantities and quotes sum to the order's; fees are in the received asset."""
    placed = trader.traded()
    by_id = {order.venue_order_id: order for order in trader.history()}
    for order_id, asset in ((placed.working_order_id, trader.token.alpha_id), (placed.pending_order_id, "USDT")):
        fills = trader.client.user_trades(trader.rules.symbol, order_id)
        assert len({fill.execution_id for fill in fills}) == len(fills) > 0
        assert sum(fill.last_qty for fill in fills) == by_id[order_id].cum_qty
        assert sum(fill.last_quote for fill in fills) == by_id[order_id].cum_quote
        assert {fill.commission_asset for fill in fills} == {asset}


def test_a_resting_oto_shows_its_working_leg_as_open(trader: Trader) -> None:
    """It is open until it is canceled; then the history holds both legs, unfilled, and nothing is open."""
    placed = trader.client.place_oto(trader.oto("0.5"))
    (resting,) = trader.client.open_orders(trader.rules.symbol)
    assert (resting.venue_order_id, resting.order_status) == (placed.working_order_id, "NEW")
    assert trader.client.user_trades(trader.rules.symbol, placed.working_order_id) == ()
    trader.client.cancel_order(trader.rules.symbol, placed.working_order_id)
    assert trader.client.open_orders(trader.rules.symbol) == ()
    ended = {order.venue_order_id: order for order in trader.history()}
    assert ended.keys() == {placed.working_order_id, placed.pending_order_id}
    assert ended[placed.working_order_id].order_status == "CANCELED"
    assert {(order.cum_qty, order.avg_px) for order in ended.values()} == {(ZERO, ZERO)}


def test_what_is_finished_cannot_be_canceled(trader: Trader) -> None:
    """Nor what never was: both refusals are definite."""
    placed = trader.traded()
    for order_id in (placed.working_order_id, "987654321"):
        with pytest.raises(Rejected):
            trader.client.cancel_order(trader.rules.symbol, order_id)


def test_cancel_all_leaves_nothing_open(trader: Trader) -> None:
    """It ends every open order of the account."""
    ids = {trader.client.place_order(trader.plain("BUY", factor)) for factor in ("0.5", "0.6")}
    trader.client.cancel_all()
    assert trader.client.open_orders(trader.rules.symbol) == ()
    assert {order.venue_order_id for order in trader.history()} == ids


def test_plain_orders_buy_and_sell(trader: Trader) -> None:
    """A plain order belongs to no list and is no leg; what was bought can be sold."""
    bought = trader.client.place_order(trader.plain("BUY", "1.1"))
    trader.reports_until(bought, "FILLED")
    quantity = floor_to(held(trader, trader.token.alpha_id), trader.rules.step_size)
    sold = trader.client.place_order(trader.plain("SELL", "0.9", quantity))
    trader.reports_until(sold, "FILLED")
    assert [(order.leg, order.order_list_id) for order in trader.history()] == [(None, None)] * 2


def test_balances_follow_orders(trader: Trader) -> None:
    """An open buy locks its amount, and its cancel gives it back."""
    before = held(trader, "USDT")
    order = trader.oto("0.5")
    placed = trader.client.place_oto(order)
    (usdt,) = [each for each in trader.client.balances() if each.asset == "USDT"]
    assert (usdt.free, usdt.locked) == (before - order.amount, order.amount)
    trader.client.cancel_order(order.symbol, placed.working_order_id)
    assert held(trader, "USDT") == before


def test_history_is_complete_and_newest_first(trader: Trader) -> None:
    """However many pages it takes; the time bounds and the asset select."""
    ids = [trader.client.place_order(trader.plain("BUY", factor)) for factor in ("0.5", "0.6", "0.55", "0.45", "0.4")]
    trader.client.cancel_all()
    history = trader.history()
    assert [order.venue_order_id for order in history] == ids[::-1]
    assert not list(trader.client.order_history("ALPHA_22", 0, 4_000_000_000_000))
    assert not list(trader.client.order_history(trader.token.alpha_id, 0, history[-1].created_time - 1))


def test_volume_counts_what_was_bought(trader: Trader) -> None:
    """Nothing at first; after a trade its token is listed, and the total is the sum of the tokens."""
    assert trader.client.user_volume().tokens == ()
    trader.traded()
    volume = trader.client.user_volume()
    assert [each.ticker for each in volume.tokens] == [trader.token.ticker]
    assert volume.total == volume.tokens[0].volume > 0


def test_accounts_are_apart(trader: Trader, venue: Venue) -> None:
    """What one account does, another does not see."""
    trader.client.place_oto(trader.oto("0.5"))
    other = Trader(venue)
    try:
        assert other.client.open_orders(trader.rules.symbol) == ()
    finally:
        other.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Decimal(21)}, "000002"),
        ({"quantity": Decimal("0.001")}, None),
        ({"working_price": Decimal("0.0200000001")}, None),
        ({"quantity": Decimal(1), "amount": None}, "481013"),
        ({"quantity": Decimal(9_000_000), "amount": None}, "481020"),
        ({"base_asset": "ALPHA_999999", "symbol": "ALPHA_999999USDT"}, None),
    ],
)
def test_a_bad_placement_is_refused(trader: Trader, change: dict[str, object], code: str | None) -> None:
    """The refusal is definite, carries the code where one is recorded, and leaves no order."""
    order = trader.oto("1.1")
    order = replace(order, **change)
    if change.get("amount", 0) is None:
        order = replace(order, amount=quote_amount(order.working_price, order.quantity))
    with pytest.raises(Rejected) as caught:
        trader.client.place_oto(order)
    assert code in {None, caught.value.code}
    assert trader.client.open_orders(trader.rules.symbol) == trader.history() == ()


def test_outcomes_are_of_one_tree(trader: Trader) -> None:
    """Whoever catches VenueError has caught a refusal, with words in it."""
    with pytest.raises(VenueError) as caught:
        trader.client.cancel_order(trader.rules.symbol, "987654321")
    assert (caught.value.outcome, bool(caught.value.message)) == ("rejected", True)


def fees(trader: Trader, venue_order_id: str) -> Decimal:
    """The commission of an order, over its fills."""
    fills = trader.client.user_trades(trader.rules.symbol, venue_order_id)
    return sum((fill.commission for fill in fills), ZERO)


def held(trader: Trader, asset: str) -> Decimal:
    """What is free of an asset."""
    return sum((each.free for each in trader.client.balances() if each.asset == asset), ZERO)
