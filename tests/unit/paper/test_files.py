"""Dumps and tapes: what is read from them, and what is said about those that are no good."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from exchange.alpha.listings import ExchangeInfo
from exchange.alpha.numbers import encode
from exchange.paper.files import PaperFileError, load_symbols, load_tape, load_tokens
from exchange.paper.settings import PaperSettings
from exchange.paper.tokens import join, listings, own_symbols, own_tokens

HEAD = "time_ms,price,quantity,side\n"


def written(tmp_path: Path, content: bytes | str) -> str:
    file = tmp_path / "dump"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def test_tokens_come_bare_or_in_an_envelope(tmp_path: Path) -> None:
    """The same rows either way."""
    bare = encode(own_tokens())
    for content in (bare, b'{"code":"000000","data":' + bare + b"}"):
        assert load_tokens(written(tmp_path, content)) == own_tokens()


def test_symbols_come_bare_or_in_the_exchange_info(tmp_path: Path) -> None:
    """A list, an envelope around one, or the endpoint's whole reply."""
    bare, info = encode(own_symbols()), encode(ExchangeInfo(symbols=own_symbols()))
    for content in (bare, b'{"data":' + bare + b"}", b'{"data":' + info + b"}"):
        assert load_symbols(written(tmp_path, content)) == own_symbols()


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b'[{"symbol":"AOP"}]', b'{"rows":[]}', b"\xff\xfe["])
def test_a_file_that_is_no_dump_is_named(tmp_path: Path, content: bytes) -> None:
    """The error says which file and what was expected."""
    for load in (load_tokens, load_symbols):
        with pytest.raises(PaperFileError, match=r"dump: expected (token rows|symbol rules)"):
            load(written(tmp_path, content))


def test_a_missing_file_is_named() -> None:
    """And why it cannot be read."""
    with pytest.raises(PaperFileError, match="/nowhere: cannot be read: No such file"):
        load_tokens("/nowhere")


def test_a_tape_gives_its_prices(tmp_path: Path) -> None:
    """In the order of its rows."""
    tape = written(tmp_path, HEAD + "1,105433.60000,0.1,BUY\n2,105410.1,0.1,SELL\n")
    assert load_tape(tape) == (Decimal("105433.6"), Decimal("105410.1"))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "line 1: expected the columns time_ms, price, quantity, side"),
        ("time,price\n1,2\n", "line 1: expected the columns"),
        (HEAD, "the tape has no rows"),
        (HEAD + "1,105,1,BUY\n2,abc,1,BUY\n", "line 3: price 'abc' is not a positive number"),
        (HEAD + "1,-5,1,BUY\n", "line 2: price '-5' is not a positive number"),
        (HEAD + "1\n", "line 2: price None is not a positive number"),
        (HEAD + "1,NaN,1,BUY\n", "line 2: price 'NaN'"),
    ],
)
def test_a_bad_tape_is_told_by_line(tmp_path: Path, content: str, error: str) -> None:
    """The error names the file, the line and the value."""
    with pytest.raises(PaperFileError, match=f"dump: {error}"):
        load_tape(written(tmp_path, content))


def test_own_listings_hold_the_awkward_cases() -> None:
    """A token that is offline is listed and cannot be traded; tickers repeat over chains and within one."""
    listed = listings(PaperSettings())
    chains = {ticker: [row.chain_name for row in listed.rows if row.symbol == ticker] for ticker in ("SLX", "TWIN")}
    assert chains == {"SLX": ["BSC", "Solana"], "TWIN": ["BSC", "BSC"]}
    assert "ALPHA_118USDT" not in listed.rules
    assert {"ALPHA_382USDT", "ALPHA_22USDT", "ALPHA_410USDT"} <= set(listed.rules)


def test_rows_of_one_alpha_id_are_one_token() -> None:
    """All rows are shown, and the last of them counts."""
    older, newer = own_tokens()[0], msgspec.structs.replace(own_tokens()[0], mul_point=1)
    listed = join((older, newer), own_symbols())
    assert len(listed.rows) == 2
    assert listed.tokens["ALPHA_382"].mul_point == 1


@pytest.mark.parametrize(
    "change", [{"price": Decimal(0)}, {"offline": True}, {"offsell": True}, {"stock_state": True}, {"alpha_id": "X"}]
)
def test_symbols_of_untradable_tokens_have_no_rules(change: dict[str, object]) -> None:
    """A token without price, offline, stock or unknown makes its symbol untradable."""
    listed = join((msgspec.structs.replace(own_tokens()[0], **change),), own_symbols())
    assert listed.rules == {}


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"sed":1}',
        b'{"latency":"slow"}',
        b'{"market_step_ms":0}',
        b'{"starting_balance_usdt":"-1"}',
        b'{"volume_lag_seconds":"NaN"}',
        b'{"starting_volumes":{"1":{"AOP":"-1"}}}',
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: bytes) -> None:
    """Unknown keys, unknown words and impossible amounts are errors of the file."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(wrong, type=PaperSettings)
