"""REST replies become the port's values, or are refused as unreadable (venue protocol notes, 4 to 10)."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from exchange.alpha import decode
from tests.support.real_data import TOKENS

HISTORY_ROW = """{"kind":"LIMIT","orderId":"7000002","symbol":"ALPHA_900USDT","status":"FILLED","price":"0.495",
"avgPrice":"0.4999","origQty":"199.98","executedQty":"199.98","cumQuote":"99.970002","type":"LIMIT","side":"SELL",
"stopPrice":"0","time":1790000000000,"updateTime":1790000002160,"orderListId":"8800001","baseAsset":"ALPHA_900",
"quoteAsset":"USDT","alphaId":"ALPHA_900","contingencyType":"OTO","contingencyOrderPosition":"OTO_PENDING",
"workingTime":1790000000850,"targetStrategy":null}"""

TRADE_ROW = """{"symbol":"ALPHA_900USDT","id":"310002","orderId":"7000002","tradeId":"310002","side":"SELL",
"price":"0.4999","qty":"50","quoteQty":"24.995","commission":"0.0024995","commissionAsset":"USDT",
"time":1790000002160,"pageId":"50000007850","buyer":false,"lastTrade":false}"""


def raw(text: str) -> msgspec.Raw:
    """JSON as it stands in an envelope."""
    return msgspec.Raw(text.encode())


def token_row(**change: object) -> dict[str, object]:
    """A row of the token list."""
    row = {"alphaId": "ALPHA_900", "symbol": "FOO", "chainId": "56", "chainName": "BSC", "price": "0.5", "mulPoint": 4}
    return {**row, "offline": False, "offsell": False, "stockState": False, "score": 7, **change}


def symbol_row(symbol: str, min_notional: str) -> dict[str, object]:
    """A symbol of exchange info."""
    filters = (
        {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "10", "tickSize": "0.1"},
        {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "10", "stepSize": "1"},
        {"filterType": "MIN_NOTIONAL", "minNotional": min_notional},
    )
    return {"symbol": symbol, "status": "TRADING", "baseAsset": "A", "quoteAsset": "USDT", "filters": filters}


def rows(*given: object) -> msgspec.Raw:
    """A listing."""
    return msgspec.Raw(msgspec.json.encode(given))


# --- listen key ---


@pytest.mark.parametrize("data", ['"abc"', '{"listenKey":"abc"}', '{"listenKey":"abc","validTime":3600}'])
def test_the_listen_key_is_read_in_every_form(data: str) -> None:
    """A string, or an object that carries it (section 4)."""
    assert decode.listen_key_of(raw(data)) == "abc"


@pytest.mark.parametrize("data", ["null", '""', "{}", "7"])
def test_no_listen_key_is_refused(data: str) -> None:
    """Rather than subscribed to."""
    with pytest.raises(decode.UNREADABLE):
        decode.listen_key_of(raw(data))


# --- placements ---


@pytest.mark.parametrize("ids", ["7000001,7000002", '"7000001","7000002"'])
def test_oto_ids_are_numbers_or_strings(ids: str) -> None:
    """Both become strings (section 6.4)."""
    first, second = ids.split(",")
    placed = decode.placed_of(raw(f'{{"workingOrderId":{first},"pendingOrderId":{second}}}'))
    assert (placed.working_order_id, placed.pending_order_id) == ("7000001", "7000002")


@pytest.mark.parametrize("data", ["null", "{}", '{"workingOrderId":1}', '{"workingOrderId":1,"pendingOrderId":null}'])
def test_a_placement_without_ids_is_refused(data: str) -> None:
    """It may well have been placed: the caller must look."""
    with pytest.raises(decode.UNREADABLE):
        decode.placed_of(raw(data))


@pytest.mark.parametrize("data", ['"7000009"', "7000009"])
def test_a_plain_order_s_id_is_a_string_or_a_number(data: str) -> None:
    """Section 7.1."""
    assert decode.order_id_of(raw(data)) == "7000009"


# --- volume ---


def test_volumes_are_read_exactly() -> None:
    """A JSON float is decimal text, and all of its digits count (section 9.1)."""
    volume = decode.volume_of(
        raw(
            '{"totalVolume":640.1234567890123456,"tradeVolumeInfoList":'
            '[{"icon":"/x.png","tokenName":"FOO","volume":640.1234567890123456}]}'
        )
    )
    assert volume.total == volume.tokens[0].volume == Decimal("640.1234567890123456")


def test_rows_of_one_ticker_are_added_up() -> None:
    """Order of first appearance; a missing total is their sum."""
    volume = decode.volume_of(
        raw(
            '{"tradeVolumeInfoList":[{"tokenName":"A","volume":1.5},{"tokenName":"B","volume":2},'
            '{"tokenName":"A","volume":0.25}]}'
        )
    )
    assert [(each.ticker, each.volume) for each in volume.tokens] == [("A", Decimal("1.75")), ("B", Decimal(2))]
    assert volume.total == Decimal("3.75")


@pytest.mark.parametrize("data", ["{}", '{"totalVolume":0,"tradeVolumeInfoList":null}'])
def test_nothing_traded_is_zero(data: str) -> None:
    """An account without volume has no rows."""
    volume = decode.volume_of(raw(data))
    assert (volume.total, volume.tokens) == (Decimal(0), ())


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "[]",
        '{"totalVolume":12.5}',
        '{"totalVolume":"NaN","tradeVolumeInfoList":[]}',
        '{"totalVolume":1e99999,"tradeVolumeInfoList":[]}',
        '{"tradeVolumeInfoList":[{"volume":1}]}',
        '{"totalVolume":-30,"tradeVolumeInfoList":[]}',
        '{"tradeVolumeInfoList":[{"tokenName":"A","volume":-30}]}',
    ],
)
def test_a_volume_that_makes_no_sense_is_refused(data: str) -> None:
    """It would be planned from."""
    with pytest.raises(decode.UNREADABLE):
        decode.volume_of(raw(data))


# --- tokens ---


def test_the_last_row_of_an_alpha_id_counts() -> None:
    """Superseded rows stay in the list (section 8.1)."""
    tokens = decode.tokens_of(rows(token_row(symbol="OLD"), token_row(alphaId="ALPHA_1"), token_row(symbol="NEW")))
    assert {token.alpha_id: token.ticker for token in tokens} == {"ALPHA_900": "NEW", "ALPHA_1": "FOO"}


@pytest.mark.parametrize("flag", ["offline", "offsell", "stockState"])
def test_any_flag_makes_a_token_untradable(flag: str) -> None:
    """Not offline, not offsell, not in stock state."""
    (token,) = decode.tokens_of(rows(token_row(**{flag: True})))
    assert not token.tradable
    quote = decode.quote_of(rows(token_row(**{flag: True})), "ALPHA_900")
    assert quote is not None
    assert not quote.tradable


@pytest.mark.parametrize(
    "bad",
    [
        {"price": None},
        {"price": ""},
        {"price": "NaN"},
        {"mulPoint": "x"},
        {"mulPoint": 0},
        {"mulPoint": 2**63},
        {"symbol": 7},
    ],
)
def test_an_odd_row_hides_no_other(bad: dict[str, object]) -> None:
    """It is left out, and has no quote."""
    listing = rows(token_row(alphaId="ALPHA_1", **bad), token_row())
    assert [token.alpha_id for token in decode.tokens_of(listing)] == ["ALPHA_900"]
    assert decode.quote_of(listing, "ALPHA_1") is None
    assert decode.quote_of(listing, "ALPHA_900") is not None


def test_a_quote_is_of_the_very_token() -> None:
    """Not of one whose id only contains the wanted one."""
    listing = rows(
        token_row(alphaId="ALPHA_22", price="48.02764722909907599956", mulPoint=1), token_row(alphaId="ALPHA_223")
    )
    quote = decode.quote_of(listing, "ALPHA_22")
    assert quote is not None
    assert (quote.price, quote.mul_point) == (Decimal("48.02764722909907599956"), 1)
    assert decode.quote_of(listing, "ALPHA_2") is None


def test_the_top_of_a_book_is_its_best_offers_in_any_order() -> None:
    """A crossed snapshot with levels of nothing and out of order (section 8.4); the offers at one price are added up,
    and the time is that of the snapshot.
    """
    book = {
        "bids": [["0.019", "5"], ["0.022", "7"], ["0.022", "1"], ["0.03", "0"]],
        "asks": [["0.021", "3"]],
        "E": 9,
        "T": 4,
    }
    data = msgspec.Raw(msgspec.json.encode(book))
    whole, top = decode.book_of(data), decode.top_of_book_of(data)
    assert [price for price, _ in whole.bids] == [Decimal("0.022"), Decimal("0.022"), Decimal("0.019")]
    assert (whole.ask, whole.at) == (Decimal("0.021"), 9)
    assert (top.bid, top.bid_size) == (Decimal("0.022"), Decimal(8))
    assert (top.ask, top.ask_size, top.at) == (Decimal("0.021"), Decimal(3), 9)


@pytest.mark.parametrize("bid", [["1", "NaN"], ["sNaN", "1"], ["1", "1E+999999"]])
def test_a_book_with_a_number_that_is_none_is_refused(bid: list[str]) -> None:
    """By whoever reads it: a sale must not be priced by it."""
    book = msgspec.Raw(msgspec.json.encode({"bids": [bid, ["0.5", "3"]], "asks": []}))
    for reader in (decode.book_of, decode.top_of_book_of):
        with pytest.raises(decode.UNREADABLE):
            reader(book)


def test_an_empty_side_of_a_book_has_no_offer() -> None:
    """Neither price nor size, and no time where none is told."""
    top = decode.top_of_book_of(msgspec.Raw(msgspec.json.encode({"bids": [], "asks": [["0.021", "0"]]})))
    assert (top.bid, top.bid_size, top.ask, top.ask_size, top.at) == (None, Decimal(0), None, Decimal(0), 0)


def test_an_odd_symbol_hides_no_other() -> None:
    """Rows whose filters hold no number are left out, as tokens are."""
    info = msgspec.json.encode({"symbols": [symbol_row("ALPHA_1USDT", "NaN"), symbol_row("ALPHA_2USDT", "0.1")]})
    assert list(decode.rules_of(msgspec.Raw(info))) == ["ALPHA_2USDT"]


def test_the_real_list_is_read() -> None:
    """All 402 tokens of the dump's 403 rows, where it is at hand."""
    if not TOKENS.is_file():
        return
    tokens = decode.tokens_of(msgspec.Raw(TOKENS.read_bytes()))
    assert len(tokens) == 402
    assert {token.ticker for token in tokens} > {"KOGE", "AOP", "ALEO", "MERL"}


# --- orders ---


def test_a_history_row_is_read() -> None:
    """The example of section 7.5, with its text kept."""
    (order,) = decode.past_orders([raw(HISTORY_ROW)])
    assert (order.venue_order_id, order.order_list_id, order.leg) == ("7000002", "8800001", "pending")
    assert (order.side, order.order_status, order.symbol) == ("SELL", "FILLED", "ALPHA_900USDT")
    assert (order.price, order.quantity, order.cum_qty) == (Decimal("0.495"), Decimal("199.98"), Decimal("199.98"))
    assert (order.cum_quote, order.avg_px) == (Decimal("99.970002"), Decimal("0.4999"))
    assert (order.created_time, order.update_time, order.raw) == (1790000000000, 1790000002160, HISTORY_ROW)


def test_a_plain_order_is_in_no_list() -> None:
    """Its list id is -1 and its position null; ids may be numbers (section 7.5)."""
    text = HISTORY_ROW.replace('"8800001"', '"-1"').replace('"OTO_PENDING"', "null").replace('"7000002"', "7000002")
    (order,) = decode.past_orders([raw(text)])
    assert (order.venue_order_id, order.order_list_id, order.leg) == ("7000002", None, None)


def test_an_open_order_s_average_is_computed() -> None:
    """Its row names none: quote by quantity, truncated to 9 decimals (section 8.5)."""
    text = HISTORY_ROW.replace('"FILLED"', '"PARTIALLY_FILLED"').replace('"executedQty":"199.98"', '"executedQty":"3"')
    order = decode.open_order_of(raw(text.replace('"cumQuote":"99.970002"', '"cumQuote":"1"')))
    assert (order.avg_px, order.leg) == (Decimal("0.333333333"), None)


@pytest.mark.parametrize(
    "change",
    [
        ('"SELL"', '"HOLD"'),
        ('"FILLED"', '"ODD"'),
        ('"0.495"', '"NaN"'),
        ('"0.495"', "null"),
        ("1790000002160", str(2**64 - 1)),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(change: tuple[str, str]) -> None:
    """An unknown side or status, a price that is no number, or a time beyond the year 9999."""
    with pytest.raises(decode.UNREADABLE):
        decode.past_orders([raw(HISTORY_ROW.replace(*change))])


def test_a_fill_is_keyed_by_its_page_id() -> None:
    """Section 7.6: rows may share `id` and `tradeId`."""
    fill = decode.fill_of(raw(TRADE_ROW))
    assert (fill.execution_id, fill.match_id, fill.venue_order_id) == (50000007850, "310002", "7000002")
    assert (fill.last_qty, fill.last_px, fill.last_quote) == (Decimal(50), Decimal("0.4999"), Decimal("24.995"))
    assert (fill.commission, fill.commission_asset, fill.transact_time) == (Decimal("0.0024995"), "USDT", 1790000002160)


@pytest.mark.parametrize("change", [("1790000002160", str(2**64 - 1)), ('"50000007850"', str(2**63))])
def test_a_fill_beyond_what_tables_hold_is_refused(change: tuple[str, str]) -> None:
    """A time or a key of more than 63 bits would stop the views."""
    with pytest.raises(decode.UNREADABLE):
        decode.fill_of(raw(TRADE_ROW.replace(*change)))


# --- wallets ---


def test_wallets_are_read_by_what_names_the_asset() -> None:
    """The Alpha wallet by alphaId, the funding bucket by asset; what is frozen counts as locked (section 10)."""
    (token,) = decode.alpha_balances(
        raw(
            '{"totalValuation":"1","list":[{"tokenId":"ALPHA_900","symbol":"FOO","free":"1.5","freeze":"1","locked":"2"}]}'
        )
    )
    assert (token.asset, token.free, token.locked) == ("ALPHA_900", Decimal("1.5"), Decimal(3))
    (usdt,) = decode.funding_balances(
        raw('[{"asset":"USDT","spot":null,"funding":{"free":"10","locked":"1"}},{"asset":"BNB","funding":null}]')
    )
    assert (usdt.asset, usdt.free, usdt.locked) == ("USDT", Decimal(10), Decimal(1))


@pytest.mark.parametrize("reader", [decode.placed_of, decode.rows, decode.alpha_balances, decode.rules_of])
def test_nesting_beyond_reason_is_refused(reader: Callable[[msgspec.Raw], object]) -> None:
    """Not answered with a crash of another kind."""
    with pytest.raises(decode.UNREADABLE):
        reader(raw("[" * 100_000))
