"""A run by the book on a venue whose books go wrong, and on a token whose price needs twelve decimals."""

import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.alpha.numbers import JsonText, encode
from exchange.paper import boards, tokens
from tests.support.audit import offences
from tests.support.cli import Result, events, run

SETTINGS = """
global_settings: {default_trade_interval_seconds: 0.05, default_volume_check_delay_seconds: 0.2,
                  default_retry_delay_seconds: 0.2}
strategies:
  - {strategy_id: book, target_token: AOP, target_volume: 60, user_ids: [1], single_trade_amount_usdt: 40,
     price_source: book, max_slippage_percentage: 0.5}
  - {strategy_id: tiny, target_token: TINY, target_volume: 60, user_ids: [2], single_trade_amount_usdt: 30,
     price_source: book}
venue: {tokens_file: tokens.json, symbols_file: symbols.json, faults_file: faults.yaml, volume_lag_seconds: 0}
"""
BAD_BOOKS = """
rules:
  - {when: {symbol: ALPHA_382USDT, nth: 1}, do: {fault: crossed_book}}
  - {when: {symbol: ALPHA_382USDT, nth: 3}, do: {fault: stale_book, seconds: 60}}
"""
TINY_PRICE = Decimal("0.00000000051234567891")
EXPONENT = re.compile(r"(?<![0-9A-Za-z-])-?\d+(?:\.\d+)?[eE][-+]?\d+(?![0-9A-Za-z-])")


def listed(directory: Path) -> None:
    """The paper venue's own tokens, and TINY with a tick of 1e-12 and prices with twenty decimals."""
    aop = next(row for row in tokens.own_tokens() if row.symbol == "AOP")
    tiny = replace(aop, alpha_id="ALPHA_777", symbol="TINY", name="TINY", price=TINY_PRICE, mul_point=1)
    symbol = tokens.own_symbols()[0]
    price, *others = symbol.filters
    tick = Decimal("0.000000000001")
    price = replace(price, tick_size=tick, min_price=tick)
    lot = replace(others[0], max_qty=Decimal(10) ** 12)
    named = replace(symbol, symbol="ALPHA_777USDT", base_asset="ALPHA_777", filters=(price, lot, *others[1:]))
    rows = [replace(row, price=JsonText(row.price)) for row in (*tokens.own_tokens(), tiny)]
    (directory / "tokens.json").write_bytes(encode(rows))
    (directory / "symbols.json").write_bytes(encode([boards._plain(one) for one in (*tokens.own_symbols(), named)]))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The run's directory, and how it ended; run once for this module."""
    directory = tmp_path_factory.mktemp("prices")
    listed(directory)
    (directory / "c.yaml").write_text(SETTINGS)
    (directory / "faults.yaml").write_text(BAD_BOOKS)
    config, data = directory / "c.yaml", directory / "data"
    return data, run("supervisor", "--config", config, "--data-dir", data, "--plain", "--log-level", "debug")


def test_bad_books_are_waited_out(ran: tuple[Path, Result]) -> None:
    """A crossed and a stale book are denied with their reasons, every order is the log's and the venue's, and both
    accounts reach their targets.
    """
    data, ended = ran
    assert ended.code == 0, ended.out + ended.err
    denied = [event["data"]["reason"] for event in events(data) if event["topic"] == "order.oto_denied.v1"]
    assert len(denied) == 2
    assert "the book is crossed" in denied[0]
    assert "the book is 60" in denied[1]
    assert offences(data) == []


def test_an_explained_trade_shows_the_book(ran: tuple[Path, Result]) -> None:
    """The best offers that it was decided on, or why it was not to be traded on."""
    first = run("replay", "explain", "1-000001", "--data-dir", ran[0]).out
    second = run("replay", "explain", "1-000002", "--data-dir", ran[0]).out
    assert "the book's best bid is 0.02" in first
    assert "refused" in first or "crossed" in first
    assert "its best ask 0.02" in second


def test_tiny_prices_are_never_in_exponent_notation(ran: tuple[Path, Result]) -> None:
    """Not on the screen, in logs, in the event log, in any view, report or replay, or in the venue's books."""
    data, ended = ran
    assert "0.0000000005" in "".join(log_states(data))
    told = {"the run": ended.out + ended.err, "logs": (data / "logs" / "otomat.log").read_text()}
    told["events"] = "\n".join(log_states(data))
    told["views"] = "\n".join(dump(data / "views.sqlite"))
    told["orders"] = run("query", "orders", "--user", "2", "--data-dir", data).out
    told["statement"] = run("query", "statement", "--user", "2", "--data-dir", data).out
    told["replay"] = run("replay", "--user", "2", "--data-dir", data, "--raw").out
    told["ledger"] = run("venue", "ledger", "--data-dir", data, "--format", "json").out
    blind = [name for name, text in told.items() if "0.0000000005" not in text]
    assert blind == ["the run", "logs", "statement"]  # no line of theirs tells a price
    found = {name: EXPONENT.findall(text)[:3] for name, text in told.items() if EXPONENT.search(text)}
    assert found == {}


def dump(file: Path) -> list[str]:
    """Everything in a database, as SQL."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
        return list(db.iterdump())


def log_states(data: Path) -> list[str]:
    """The event log's JSON, as it is stored."""
    with closing(sqlite3.connect(f"{(data / 'events.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        return [bytes(state).decode() for (state,) in db.execute("select state from stored_events")]
