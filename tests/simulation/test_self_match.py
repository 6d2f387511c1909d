"""Accounts of one operator that trade one symbol at once, at a venue where their orders can meet."""

from decimal import Decimal

import msgspec
import pytest

from actors.deciders import self_match
from exchange.paper.settings import PaperSettings
from tests.simulation.run import run_scenario
from tests.simulation.scenario import Scenario, draw, guarded, steady

ACCOUNTS = (1, 2, 3, 4)


def crowded(trades: int) -> Scenario:
    """Four accounts that trade the same token without a pause, so many times together."""
    scenario = steady(seed=5, hours=1)
    target = Decimal(10) * (trades // len(ACCOUNTS))
    one = msgspec.structs.replace(scenario.terms[0], interval_ms=0, target_volume=target)
    return msgspec.structs.replace(
        scenario,
        terms=tuple(msgspec.structs.replace(one, user_id=user_id) for user_id in ACCOUNTS),
        settings=PaperSettings(seed=5, match_accounts=True, level_notional_usdt=Decimal(5000)),
    )


def test_without_the_guard_our_accounts_trade_with_each_other() -> None:
    """In 60 trades already, so the next test would notice."""
    result = run_scenario(crowded(60))
    assert (result.offence, result.trades) == ("", 60)
    assert result.matches > 10


def test_with_the_guard_they_never_do() -> None:
    """In 1,000 trades not once, and every account reaches its target."""
    result = run_scenario(guarded(crowded(1_000)))
    assert (result.offence, result.trades) == ("", 1_000)
    assert result.statuses["reached"] == len(ACCOUNTS)
    assert result.matches == 0


def test_a_guard_that_fails_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a symbol's turn is granted to a second account, the simulation says so at the first order."""
    monkeypatch.setattr(self_match, "_taken", lambda *_: False)
    assert "have orders open on ALPHA_382USDT at the same time" in run_scenario(guarded(crowded(40))).offence


@pytest.mark.parametrize("seed", [14, 32, 36])
def test_the_guard_holds_whatever_goes_wrong(seed: int) -> None:
    """Through kills, lost answers, late fills and failing actors no two accounts have an order open on a symbol, and
    every run still comes to its end.
    """
    scenario = guarded(draw(seed))
    assert len({one.user_id for one in scenario.terms}) > 1
    result = run_scenario(scenario)
    assert (result.offence, result.matches) == ("", 0)
