"""The check of the settings against what a venue lists."""

from decimal import Decimal
from pathlib import Path

import pytest

from bin.paper_market import paper_market
from config.loader import load_with_origins
from config.market_check import check_tokens
from config.problems import ConfigError, Problem
from config.schema import PaperVenueSettings
from events.values import SymbolRules
from exchange.port import Token
from tests.support.settings import settings_file, strategy


def token(ticker: str, number: int, chain: str = "BSC", *, offline: bool = False, tradable: bool = True) -> Token:
    return Token(
        ticker=ticker,
        chain_id=chain,
        chain_name=chain,
        alpha_id=f"ALPHA_{number}",
        mul_point=1,
        price=Decimal(1),
        offline=offline,
        tradable=tradable and not offline,
    )


def rules(number: int, *, status: str = "TRADING", low: str = "0.1", high: str = "1000") -> SymbolRules:
    one = Decimal(1)
    return SymbolRules(
        symbol=f"ALPHA_{number}USDT",
        base_asset=f"ALPHA_{number}",
        quote_asset="USDT",
        status=status,
        tick_size=one,
        step_size=one,
        min_price=one,
        max_price=one,
        min_qty=one,
        max_qty=one,
        min_notional=Decimal(low),
        max_notional=Decimal(high),
        multiplier_down=one,
        multiplier_up=one,
    )


TOKENS = (
    token("AOP", 1),
    token("KOGE", 2, "Base"),
    token("GONE", 3, offline=True),
    token("SHUT", 4, tradable=False),
    token("TWIN", 5),
    token("TWIN", 6, "Base"),
    token("OLD", 7, offline=True),
    token("OLD", 8),
    token("AOP", 1),
)


def found(directory: Path, entry: str, symbols: list[SymbolRules] | None = None) -> list[Problem]:
    """What is wrong with a file that has this one strategy."""
    loaded = load_with_origins(settings_file(directory, "strategies:\n" + entry))
    return check_tokens(loaded.settings, TOKENS, symbols, loaded.origins)


@pytest.mark.parametrize("ticker", ["AOP", "OLD"])
def test_live_tokens_pass(tmp_path: Path, ticker: str) -> None:
    """A token listed twice under one id is one token, and an offline namesake does not matter."""
    assert found(tmp_path, strategy(ticker=ticker)) == []


@pytest.mark.parametrize(
    ("ticker", "chain", "key", "said"),
    [
        ("AOPP", "BSC", "target_token", '"AOPP", expected a ticker that the venue lists; did you mean AOP?'),
        ("aop", "BSC", "target_token", "did you mean AOP?"),
        ("AOP", "bsc", "target_chain", '"bsc", expected one of BSC, Base; did you mean BSC?'),
        ("KOGE", "BSC", "target_chain", '"BSC", expected Base, where the venue lists KOGE'),
        ("GONE", "BSC", "target_token", "GONE, which is offline"),
        ("SHUT", "BSC", "target_token", "SHUT, which is closed for trading"),
        ("TWIN", "BSC", "target_token", "TWIN, which is ALPHA_5 on BSC and ALPHA_6 on Base"),
    ],
)
def test_tokens_that_cannot_trade(tmp_path: Path, ticker: str, chain: str, key: str, said: str) -> None:
    """A token that is unknown, elsewhere, offline, closed or ambiguous is told at its line in the file."""
    [problem] = found(tmp_path, strategy(f"target_chain: {chain}", ticker=ticker))
    assert (problem.place.line, problem.key_path) == (2, f"strategies[0].{key}")
    assert said in str(problem)


@pytest.mark.parametrize(("ticker", "alpha_id"), [("AOP", "ALPHA_1"), ("OLD", "ALPHA_8")])
def test_a_token_may_be_named_by_its_alpha_id(tmp_path: Path, ticker: str, alpha_id: str) -> None:
    """Beside its ticker and chain, so that no other token of that name is ever traded in its place."""
    assert found(tmp_path, strategy(f"alpha_id: {alpha_id}", ticker=ticker)) == []


@pytest.mark.parametrize(
    ("ticker", "alpha_id", "key", "said"),
    [
        ("AOP", "ALPHA_2", "alpha_id", "ALPHA_2, expected one that is AOP: ALPHA_1 on BSC"),
        ("OLD", "ALPHA_9", "alpha_id", "one that is OLD: ALPHA_7 on BSC (offline) and ALPHA_8 on BSC"),
        ("TWIN", "ALPHA_6", "alpha_id", "one that is TWIN: ALPHA_5 on BSC and ALPHA_6 on Base"),
        ("OLD", "ALPHA_7", "target_token", "OLD, which is offline"),
        ("TWIN", "ALPHA_5", "target_token", "TWIN, which is ALPHA_5 on BSC and ALPHA_6 on Base"),
        ("AOP", "AOP", "alpha_id", "expected ALPHA_ and digits"),
    ],
)
def test_an_alpha_id_that_does_not_fit(tmp_path: Path, ticker: str, alpha_id: str, key: str, said: str) -> None:
    """The candidates are named; an alphaId does not help where volumes would be ambiguous."""
    try:
        [problem] = found(tmp_path, strategy(f"alpha_id: {alpha_id}", ticker=ticker))
    except ConfigError as error:
        [problem] = error.problems
    assert problem.key_path == f"strategies[0].{key}"
    assert said in str(problem)


def test_unknown_token_and_chain_are_both_told(tmp_path: Path) -> None:
    """Two mistakes in one strategy are two problems."""
    problems = found(tmp_path, strategy("target_chain: Mars", ticker="XYZ"))
    assert [p.key_path for p in problems] == ["strategies[0].target_chain", "strategies[0].target_token"]


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ([], "ALPHA_1USDT is not listed, or with filters that cannot be read"),
        ([rules(1, status="DELISTED")], "ALPHA_1USDT is DELISTED"),
    ],
)
def test_symbol_must_be_trading(tmp_path: Path, symbols: list[SymbolRules], said: str) -> None:
    """A token without a symbol in TRADING cannot be traded."""
    [problem] = found(tmp_path, strategy(), symbols)
    assert said in problem.found


@pytest.mark.parametrize(("amount", "count"), [("10", 1), ("11.11", 1), ("11.12", 0), ("50", 0), ("50.01", 1)])
def test_both_legs_within_the_notional_bounds(tmp_path: Path, amount: str, count: int) -> None:
    """With 10 % discount the pending leg of 11.11 is worth less than the least notional of 10."""
    entry = strategy(f"single_trade_amount_usdt: {amount}")
    problems = found(tmp_path, entry, [rules(1, low="10.001", high="50")])
    assert [p.key_path for p in problems] == ["strategies[0].single_trade_amount_usdt"] * count


def test_default_origin_is_where_the_key_would_be(tmp_path: Path) -> None:
    """A default that does not fit is told at the strategy that did not say otherwise."""
    [problem] = found(tmp_path, strategy(), [rules(1, low="100")])
    assert (problem.place.line, problem.key_path) == (2, "strategies[0].single_trade_amount_usdt")


def test_without_origins_the_strategy_is_named(tmp_path: Path) -> None:
    """Settings that come from no file are told by the strategy's name."""
    loaded = load_with_origins(settings_file(tmp_path, "strategies:\n" + strategy(ticker="GONE")))
    [problem] = check_tokens(loaded.settings, TOKENS)
    assert str(problem).startswith("strategy s: token: found GONE")


def test_paper_venue_lists_what_the_default_file_trades() -> None:
    """The paper venue's own table has AOP with mulPoint 4 and KOGE, both tradable, with their symbols."""
    tokens, symbols = paper_market(PaperVenueSettings())
    listed = {each.ticker: each for each in tokens}
    assert (listed["AOP"].mul_point, listed["AOP"].tradable, listed["KOGE"].tradable) == (4, True, True)
    assert {f"{listed[name].alpha_id}USDT" for name in ("AOP", "KOGE")} <= symbols.keys()
