"""Filters of a symbol that change while a strategy goes on."""

from decimal import Decimal

from actors.messages.strategies import Admitted
from actors.messages.volumes import QueryVolume
from events.strategies import BatchPlanned, StrategyEnded, VolumeChecked, VolumeCheckRequested
from events.volumes import SymbolRulesChanged
from projections.words import in_words
from tests.support.account import Account, requested
from tests.support.terms import RULES, TERMS, rules

NEW = rules(tick_size="0.0001", step_size="1", min_notional="5")


def test_the_query_says_which_filters_are_known() -> None:
    """So that only others need to be told."""
    assert Account().starts().command(QueryVolume).rules == RULES


def test_new_filters_are_recorded_and_the_next_batch_goes_by_them() -> None:
    """Before what is concluded from the volume; the order's prices and quantity fit them."""
    account = Account().starts().sees_volume("0", rules=NEW)
    assert account.events[:2] == [SymbolRulesChanged, VolumeChecked]
    changed = account.event(SymbolRulesChanged)
    assert (changed.before, changed.after) == (RULES, NEW)
    account.when(Admitted(strategy_id="aop"))
    account.connects().sees_price("0.02")
    order = requested(account).order
    assert (order.working_price, order.pending_price, order.quantity) == (
        Decimal("0.022"),
        Decimal("0.0198"),
        Decimal(1818),
    )


def test_filters_that_are_as_known_are_not_recorded() -> None:
    """Another strategy's look may have brought them."""
    assert Account().starts().sees_volume("0", rules=RULES).events[0] == VolumeChecked


def test_they_stay_known_after_a_crash() -> None:
    """They are folded from the log."""
    account = Account().starts().sees_volume("0", rules=NEW).dies_and_recovers()
    assert account.strategy().terms.rules == NEW


def test_a_symbol_that_stops_trading_ends_its_strategy() -> None:
    """Nothing is planned that the venue would refuse."""
    account = Account().starts().sees_volume("0", rules=rules(status="BREAK"))
    ended = account.event(StrategyEnded)
    assert (ended.status, ended.reason) == ("failed", "ALPHA_900USDT is BREAK, not TRADING")


def test_a_turn_that_comes_late_looks_again_before_it_plans() -> None:
    """A minute in the queue: multiplier, volume and filters may be others by now."""
    account = Account().starts().sees_volume("0")
    account.when(Admitted(strategy_id="aop"), after=60_001)
    assert VolumeCheckRequested in account.events
    assert BatchPlanned not in account.events
    account.sees_volume("150", rules=NEW)
    assert account.event(BatchPlanned).remaining_volume == Decimal(50)


def test_a_turn_that_comes_soon_plans_at_once() -> None:
    """Within the minute."""
    account = Account().starts().sees_volume("0").when(Admitted(strategy_id="aop"), after=60_000)
    assert account.event(BatchPlanned).planned_trades == 20


def test_each_filter_that_changed_is_told() -> None:
    """By its name, without exponents."""
    changed = SymbolRulesChanged(
        user_id=1, strategy_id="aop", before=TERMS.rules, after=rules(tick_size="0.000000000001", status="BREAK")
    )
    assert in_words(changed) == (
        "aop: the filters of ALPHA_900USDT are others now: status from TRADING to BREAK,"
        " tick_size from 0.00000001 to 0.000000000001"
    )
