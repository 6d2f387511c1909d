"""From the settings and the venue's listings to what each account is to do."""

import subprocess
from decimal import Decimal

import pytest
from msgspec.structs import replace

from actors.deciders.admission import Limits
from actors.supervisor import RunPlan
from bin.paper_market import paper_market
from bin.paths import ROOT
from bin.run_plan import run_plan, strategy_terms
from config.quick_start import QuickStart, quick_start
from config.schema import PaperVenueSettings, config_hash
from tests.support.terms import terms

LOADED = quick_start(QuickStart(token="AOP", chain="BSC", volume="200", amount="40", user=("1", "2"), interval="0.25"))


@pytest.fixture(scope="module")
def plan() -> RunPlan:
    return run_plan(LOADED.settings, *paper_market(PaperVenueSettings()))


def test_every_user_of_a_strategy_gets_its_terms(plan: RunPlan) -> None:
    """One entry for each account, otherwise equal."""
    assert [one.user_id for one in plan.terms] == [1, 2]
    assert {one.strategy_id for one in plan.terms} == {"quick_aop"}


def test_seconds_become_milliseconds(plan: RunPlan) -> None:
    """A failed trade waits 20 times the interval (worked examples, waiting)."""
    terms = plan.terms[0]
    assert (terms.interval_ms, terms.retry_delay_ms, terms.order_timeout_ms) == (250, 5_000, 300_000)


def test_limits_and_unwinding_are_part_of_the_terms() -> None:
    """What is set for leftover coins, wear and the day's end reaches the account."""
    (spec,) = LOADED.settings.strategies
    spec = replace(spec, unwind_timeout_seconds=Decimal("2.5"), settle_seconds=Decimal(3), max_wear_bps=Decimal(25))
    one = strategy_terms(replace(spec, max_wear_usdt=Decimal(5), continue_after_midnight=True), 1, terms().rules)
    assert (one.unwind_slippage_percentage, one.unwind_attempts) == (Decimal(2), 5)
    assert (one.unwind_timeout_ms, one.settle_ms) == (2_500, 3_000)
    assert (one.max_wear_usdt, one.max_wear_bps, one.continue_after_midnight) == (Decimal(5), Decimal(25), True)


def test_prices_and_books_are_part_of_the_terms() -> None:
    """Where prices come from, how far limits may be from the book, and how old either may be."""
    (spec,) = LOADED.settings.strategies
    spec = replace(spec, price_source="book", max_price_age_seconds=Decimal("1.5"), max_book_share=Decimal("0.5"))
    one = strategy_terms(replace(spec, max_slippage_percentage=Decimal(3)), 1, terms().rules)
    assert (one.price_source, one.max_price_age_ms) == ("book", 1_500)
    assert (one.max_book_share, one.max_slippage_percentage) == (Decimal("0.5"), Decimal(3))


def test_of_two_tokens_with_a_ticker_the_one_with_the_alpha_id_is_traded() -> None:
    """Both are on the chain; without an id it is the one that is not offline."""
    tokens, rules = paper_market(PaperVenueSettings())
    (aop,) = [one for one in tokens if one.ticker == "AOP"]
    older = replace(aop, alpha_id="ALPHA_22", offline=True, tradable=False)
    (spec,) = LOADED.settings.strategies
    for meant in (spec, replace(spec, alpha_id="ALPHA_382")):
        settings = replace(LOADED.settings, strategies=(meant,))
        assert run_plan(settings, (older, *tokens), rules).terms[0].rules.base_asset == "ALPHA_382"


def test_the_symbol_is_that_of_the_token_on_its_chain(plan: RunPlan) -> None:
    """The ticker leads to the venue's own id of the token, and that to the symbol's rules."""
    rules = plan.terms[0].rules
    assert (rules.symbol, rules.quote_asset) == ("ALPHA_382USDT", "USDT")


def test_money_stays_as_it_was_written(plan: RunPlan) -> None:
    """No float comes in between."""
    assert (plan.terms[0].target_volume, plan.terms[0].amount) == (Decimal(200), Decimal(40))


def test_the_log_will_say_what_ran(plan: RunPlan) -> None:
    """Version, dependencies with their versions, accounts, and the hash of the effective settings."""
    assert plan.run.accounts == (1, 2)
    assert plan.run.config_hash == config_hash(LOADED.settings)
    assert any(name.startswith("pykka 4.") for name in plan.run.dependencies)
    assert plan.limits == Limits()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_the_record_of_a_run_names_the_commit_that_decides(plan: RunPlan) -> None:
    """The version says what was meant to run, the commit what ran."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    version, _, commit = plan.run.code_version.partition("+")
    assert version == "0.1.0"
    assert head.startswith(commit.removesuffix(".dirty"))
    assert len(commit) >= 12
