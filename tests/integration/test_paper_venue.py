"""The paper venue as a process of its own, over HTTP (venue protocol notes, sections 2, 6, 7 and 9)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from exchange.alpha import paths
from exchange.paper.settings import PaperSettings
from tests.support.paper import OTO, RESTING, TIMEOUT, PaperAccount, PaperVenue, running_venue


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


def test_an_oto_comes_to_volume_and_history(venue: PaperVenue) -> None:
    """Ids are numbers in the reply and strings elsewhere; the credit is a JSON number."""
    account = PaperAccount(venue, "oto")
    with account.stream() as frames:
        placed = account.post(paths.OTO_PLACE, OTO)
        frames.until(str(placed["pendingOrderId"]), "FILLED")
    assert placed["pendingOrderId"] == placed["workingOrderId"] + 1
    rows = account.get(paths.ORDER_HISTORY, rows=10)
    assert [row["orderId"] for row in rows] == [str(placed["pendingOrderId"]), str(placed["workingOrderId"])]
    assert account.get(paths.USER_VOLUME) == {
        "totalVolume": 10,
        "tradeVolumeInfoList": [{"tokenName": "AOP", "volume": 10, "icon": "/images/ALPHA_382.png"}],
    }


def test_the_trades_of_an_order_add_up_to_it(venue: PaperVenue) -> None:
    """User trades, newest first, sum to the history row, in quantity, quote and commission."""
    account = PaperAccount(venue, "trades")
    venue.admin("market", symbol="ALPHA_373USDT", depth="15")
    with account.stream() as frames:
        sums = {"paymentDetails": [{"amount": "40", "paymentWalletType": "CARD"}], "baseAsset": "ALPHA_373"}
        placed = account.post(
            paths.OTO_PLACE, OTO | sums | {"workingPrice": 0.4, "workingQuantity": 100, "pendingPrice": 0.3}
        )
        frames.until(str(placed["workingOrderId"]), "FILLED")
    (row,) = account.get(paths.ORDER_HISTORY, side="BUY", rows=1)
    trades = account.get(paths.USER_TRADES, orderId=row["orderId"], symbol="ALPHA_373USDT")
    assert [trade["lastTrade"] for trade in trades] == [True] + [False] * (len(trades) - 1)
    assert len(trades) > 1
    for total, part in (("executedQty", "qty"), ("cumQuote", "quoteQty")):
        assert Decimal(row[total]) == sum(Decimal(trade[part]) for trade in trades)


def test_a_resting_order_is_open_until_it_is_canceled(venue: PaperVenue) -> None:
    """It locks its funds, is listed alone (its pending leg is not), and gives all back."""
    account = PaperAccount(venue, "rests")
    placed = account.post(paths.OTO_PLACE, RESTING)
    assert [row["orderId"] for row in account.get(paths.OPEN_ORDERS)] == [str(placed["workingOrderId"])]
    assert account.post(paths.FUNDING_WALLET)[0]["funding"]["locked"] == "1.00000000"
    account.post(paths.ORDER_CANCEL, {"orderId": str(placed["workingOrderId"]), "symbol": "ALPHA_382USDT"})
    assert account.get(paths.OPEN_ORDERS) == []
    assert account.post(paths.FUNDING_WALLET)[0]["funding"]["free"] == "100000.00000000"
    assert [row["status"] for row in account.get(paths.ORDER_HISTORY)] == ["EXPIRED", "CANCELED"]


def test_cancel_all_empties_the_account(venue: PaperVenue) -> None:
    """And only the account that asked."""
    mine, other = PaperAccount(venue, "all-1"), PaperAccount(venue, "all-2")
    for account in (mine, mine, other):
        account.post(paths.OTO_PLACE, RESTING)
    mine.post(paths.ORDER_CANCEL_ALL, {})
    assert mine.get(paths.OPEN_ORDERS) == []
    assert len(other.get(paths.OPEN_ORDERS, side="BUY")) == 1
    assert other.get(paths.OPEN_ORDERS, side="SELL") == []


def test_a_plain_buy_and_sell(venue: PaperVenue) -> None:
    """The reply's data is the order id, a string; what was bought is in the Alpha wallet under its alphaId."""
    account = PaperAccount(venue, "plain")
    order = {"baseAsset": "ALPHA_382", "quoteAsset": "USDT", "price": 0.0223, "quantity": 1793.72, "side": "BUY"}
    with account.stream() as frames:
        bought = account.post(paths.ORDER_PLACE, order | {"paymentDetails": OTO["paymentDetails"]})
        frames.until(bought, "FILLED")
        (holding,) = account.get(paths.ALPHA_WALLET)["list"]
        assert (holding["tokenId"], holding["free"]) == ("ALPHA_382", "1793.54062800")
        payment = [{"amount": 1793.54, "paymentWalletType": "ALPHA"}]
        sale = {"side": "SELL", "price": 0.0201, "quantity": 1793.54, "paymentDetails": payment}
        frames.until(account.post(paths.ORDER_PLACE, order | sale), "FILLED")
    assert account.get(paths.ALPHA_WALLET)["list"][0]["free"] == "0.00062800"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paymentDetails": [{"amount": "40", "paymentWalletType": "CARD"}]}, "000002"),
        ({"workingQuantity": 1, "paymentDetails": [{"amount": "0.0223", "paymentWalletType": "CARD"}]}, "481013"),
        ({"workingQuantity": 10000000.01}, "481011"),
        ({"workingPrice": 0.022300001}, "481099"),
        ({"workingPrice": "cheap"}, "481099"),
    ],
)
def test_a_refusal_is_an_envelope_with_http_200(venue: PaperVenue, change: dict[str, object], code: str) -> None:
    """Business errors have a code and a text, no data, and success false."""
    reply = PaperAccount(venue, "refused").raw("POST", paths.OTO_PLACE, OTO | change)
    assert (reply["code"], reply["data"], reply["success"]) == (code, None, False)


@pytest.mark.parametrize(
    "headers", [{}, {"cookie": "p20t=paper-1"}, {"cookie": "p20t=real", "csrftoken": "x"}, {"csrftoken": "x"}]
)
def test_a_session_that_is_none_has_expired(venue: PaperVenue, headers: dict[str, str]) -> None:
    """Without the cookie of an account and a csrftoken the reply is the recorded one, which has no data."""
    reply = requests.get(venue.url + paths.USER_VOLUME, headers=headers, timeout=TIMEOUT)
    assert reply.status_code == 200
    assert reply.json() == {"code": "100002001", "message": "登录状态已经失效，请重新登录！", "success": False}  # noqa: RUF001


def test_the_listen_key_is_a_string_and_cannot_be_deleted(venue: PaperVenue) -> None:
    """32 hex digits in `data`; DELETE answers 404, as the venue does."""
    headers = {"cookie": "p20t=paper-key", "csrftoken": "x"}
    assert re.fullmatch("[0-9a-f]{32}", PaperAccount(venue, "key").post(paths.LISTEN_KEY))
    reply = requests.delete(f"{venue.url}{paths.USER_DATA_STREAM}?listenKey=x", headers=headers, timeout=TIMEOUT)
    assert reply.status_code == 404


def test_the_token_table_moves_with_the_market(venue: PaperVenue) -> None:
    """aggTicker24 and the token list have whole rows, whose price has more decimals than the tick."""
    venue.public(paths.FULL_DEPTH, symbol="ALPHA_22USDT")
    rows = {row["alphaId"]: row for row in venue.public(paths.AGG_TICKER, dataType="aggregate")}
    listed = {row["alphaId"]: row for row in venue.public(paths.TOKEN_LIST)}
    assert rows.keys() == listed.keys()
    assert Decimal(rows["ALPHA_22"]["price"]) % Decimal("0.00000001")
    assert (rows["ALPHA_382"]["mulPoint"], rows["ALPHA_118"]["offline"]) == (4, True)


def test_market_data_tells_of_one_market(venue: PaperVenue) -> None:
    """Depth, trades, ticker and table agree within a few basis points; the book is not crossed."""
    depth = venue.public(paths.FULL_DEPTH, symbol="ALPHA_195USDT", limit=5)
    ticker = venue.public(paths.TICKER, symbol="ALPHA_195USDT")
    # up to the ticker's moment: the market has gone on since
    trades = venue.public(paths.AGG_TRADES, symbol="ALPHA_195USDT", limit=3, endTime=ticker["closeTime"])
    bid, ask = Decimal(depth["bids"][0][0]), Decimal(depth["asks"][0][0])
    assert len(depth["bids"]) == len(depth["asks"]) == 5
    assert bid < ask < bid * Decimal("1.001")
    assert Decimal(ticker["lastPrice"]) == Decimal(trades[-1]["p"])
    assert abs(Decimal(trades[-1]["p"]) / bid - 1) < Decimal("0.002")


def test_the_rules_and_fees_are_public(venue: PaperVenue) -> None:
    """Filters are written without exponents; 100 millionths are 0.01 percent."""
    rules = {row["symbol"]: row for row in venue.public(paths.EXCHANGE_INFO)["symbols"]}
    price, lot = rules["ALPHA_382USDT"]["filters"][:2]
    assert (price["tickSize"], lot["stepSize"]) == ("0.00000001", "0.01000000")
    assert venue.public(paths.FEE_RATE, symbol="ALPHA_382USDT") == {"buyerCommission": 100, "sellerCommission": 100}


def test_a_mul_point_may_change_while_it_runs(venue: PaperVenue) -> None:
    """The next table shows it, and the next buy counts by it."""
    venue.admin("mul-point", token="MERL", mul_point=2)
    rows = {row["symbol"]: row for row in venue.public(paths.AGG_TICKER)}
    assert rows["MERL"]["mulPoint"] == 2
    account = PaperAccount(venue, "mul")
    order = {"baseAsset": "ALPHA_195", "quoteAsset": "USDT", "side": "BUY", "price": "0.4", "quantity": "100"}
    with account.stream() as frames:
        payment = [{"amount": "40", "paymentWalletType": "CARD"}]
        frames.until(account.post(paths.ORDER_PLACE, order | {"paymentDetails": payment}), "FILLED")
    assert account.get(paths.USER_VOLUME)["totalVolume"] == 20


@pytest.mark.parametrize(
    ("knob", "body"),
    [
        ("mul-point", {"token": "SLX", "mul_point": 1}),
        ("mul-point", {"token": "AOP", "mul_point": 0}),
        ("market", {"symbol": "AOP"}),
        ("market", {"symbol": "ALPHA_382USDT", "price": "-1"}),
        ("volume", {"account": "1", "token": "AOP"}),
        ("close-streams", {"acount": "1"}),
    ],
)
def test_a_knob_turned_the_wrong_way_says_so(venue: PaperVenue, knob: str, body: dict[str, object]) -> None:
    """HTTP 400 and what is wrong: an ambiguous ticker, an impossible value, a missing or unknown field."""
    reply = requests.post(f"{venue.url}/admin/{knob}", json=body, timeout=TIMEOUT)
    assert reply.status_code == 400
    assert len(reply.json()["error"]) > 10


def test_the_ledger_tells_all(venue: PaperVenue) -> None:
    """Orders to the last decimal, calls by account and endpoint, credits by account and token."""
    account = PaperAccount(venue, "ledger")
    venue.admin("volume", account="ledger", token="AOP", volume="8500")
    with account.stream() as frames:
        placed = account.post(paths.OTO_PLACE, OTO)
        last = frames.until(str(placed["pendingOrderId"]), "FILLED")[-1]
    ledger = venue.ledger()
    order = next(row for row in ledger["orders"] if row["venue_order_id"] == last["i"])
    assert (order["account"], order["status"], order["order_list_id"]) == ("ledger", "FILLED", last["il"])
    assert Decimal(order["cum_quote"]) == Decimal(last["Z"])
    assert ledger["requests"]["ledger"] == {"get-listen-key": 1, "oto-order/place": 1}
    assert {row["account"]: row["volume"] for row in ledger["credits"]}["ledger"] == "10.00000000"
    assert account.get(paths.USER_VOLUME)["totalVolume"] == 8510


def test_settings_reach_the_venue(tmp_path: Path) -> None:
    """Starting volumes and lag of a settings file: what was just bought does not show yet."""
    settings = PaperSettings(starting_volumes={"1": {"KOGE": Decimal("199.97")}}, volume_lag_seconds=Decimal(3600))
    with running_venue(tmp_path, settings) as venue:
        account = PaperAccount(venue)
        with account.stream() as frames:
            frames.until(str(account.post(paths.OTO_PLACE, OTO)["workingOrderId"]), "FILLED")
        assert account.raw("GET", paths.USER_VOLUME)["data"]["totalVolume"] == 199.97
