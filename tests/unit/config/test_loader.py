"""Files that load: the documents' examples, what overrides what, and the default file."""

from decimal import Decimal
from pathlib import Path

import pytest

from bin.paths import ROOT
from config.loader import load, load_with_origins
from config.schema import Settings, StartingVolume, StrategySpec, config_hash
from tests.support.settings import example, loaded, paper_of, settings_file, strategy

PREDECESSOR = """\
global_settings:
  default_volume_check_delay_seconds: 7
  max_concurrent_users: 4
  max_price_volatility_percentage: 5
  max_retry_attempts: 3
  retry_delay_seconds: 11
strategies:
  - strategy_id: s
    strategy_name: 刷量
    enabled: true
    target_token: AOP
    target_volume: 100
    user_ids: [1]
    volume_check_delay_seconds: 8
    max_concurrent_users: 2
    max_price_volatility_percentage: 6
    max_retry_attempts: 9
    retry_delay_seconds: 12.5
    buy_offset_percentage: 1.25
    sell_profit_percentage: 0
"""


def only(settings: Settings) -> StrategySpec:
    [spec] = settings.strategies
    return spec


def test_batch_example(tmp_path: Path) -> None:
    """The example of the batch execution logic loads unchanged."""
    spec = only(loaded(tmp_path, example("batch")))
    assert (spec.strategy_id, spec.token, spec.chain) == ("aop_volume_boost", "AOP", "BSC")
    assert (spec.target_volume, spec.amount, spec.user_ids) == (Decimal(10000), Decimal(30), (1, 2, 3))


def test_flow_examples(tmp_path: Path) -> None:
    """The two halves of the strategy execution flow's example load as one file."""
    spec = only(loaded(tmp_path, example("flow_global") + example("flow_strategy")))
    assert (spec.target_volume, spec.order_timeout_seconds) == (Decimal(16384), Decimal(300))


def test_global_example_alone(tmp_path: Path) -> None:
    """The global half loads by itself for those who only look: there is nothing to run in it."""
    settings = load_with_origins(settings_file(tmp_path, example("flow_global")), may_be_idle=True).settings
    assert settings.strategies == ()


def test_optimization_example(tmp_path: Path) -> None:
    """The example without a chain means BSC, and its own timeout overrides the global one."""
    spec = only(loaded(tmp_path, example("optimization")))
    assert (spec.chain, spec.order_timeout_seconds) == ("BSC", Decimal(180))


def test_built_in_defaults(tmp_path: Path) -> None:
    """Without any other word, the documents' defaults apply."""
    spec = only(loaded(tmp_path, "strategies:\n" + strategy()))
    assert (spec.buy_offset_percentage, spec.sell_discount_percentage) == (Decimal(10), Decimal(10))
    assert (spec.interval_seconds, spec.amount, spec.order_timeout_seconds) == (Decimal(1), Decimal(30), Decimal(300))
    assert (spec.volume_check_delay_seconds, spec.max_price_volatility_percentage) == (Decimal(5), Decimal(10))
    assert (spec.max_retry_attempts, spec.max_concurrent_users, spec.probe_trades) == (5, None, 0)


def test_built_in_limits(tmp_path: Path) -> None:
    """Leftover coins are sold within 2 %, nothing limits wear, and a strategy stops when its day is over."""
    spec = only(loaded(tmp_path, "strategies:\n" + strategy()))
    assert (spec.unwind_slippage_percentage, spec.unwind_attempts) == (Decimal(2), 5)
    assert (spec.unwind_timeout_seconds, spec.settle_seconds) == (Decimal(10), Decimal(10))
    assert (spec.max_wear_usdt, spec.max_wear_bps, spec.continue_after_midnight) == (None, None, False)


def test_limits_can_be_set_for_all_and_for_one(tmp_path: Path) -> None:
    """A strategy's own limit counts more than the default of all."""
    shared = "global_settings: {default_max_wear_usdt: 5, default_continue_after_midnight: true, settle_seconds: 3}"
    settings = loaded(tmp_path, f"{shared}\nstrategies:\n" + strategy("max_wear_usdt: 2.5, unwind_attempts: 1"))
    spec = only(settings)
    assert (spec.max_wear_usdt, spec.unwind_attempts) == (Decimal("2.5"), 1)
    assert (spec.continue_after_midnight, spec.settle_seconds) == (True, Decimal(3))


def test_predecessors_keys(tmp_path: Path) -> None:
    """Every other key of the predecessor is known, and the strategy's word counts more than the global one."""
    settings = loaded(tmp_path, PREDECESSOR)
    spec = only(settings)
    assert (spec.strategy_name, spec.volume_check_delay_seconds, spec.max_concurrent_users) == ("刷量", Decimal(8), 2)
    assert (spec.max_price_volatility_percentage, spec.max_retry_attempts) == (Decimal(6), 9)
    assert (spec.retry_delay_seconds, spec.buy_offset_percentage) == (Decimal("12.5"), Decimal("1.25"))
    assert (spec.sell_discount_percentage, settings.max_concurrent_users) == (Decimal(0), 4)


@pytest.mark.parametrize("key", ["volume_check_delay_seconds", "default_volume_check_delay_seconds"])
def test_both_forms_of_a_global_key(tmp_path: Path, key: str) -> None:
    """In `global_settings` a key counts the same with and without `default_`."""
    settings = loaded(tmp_path, f"global_settings: {{{key}: 7}}\nstrategies:\n" + strategy())
    assert only(settings).volume_check_delay_seconds == Decimal(7)


@pytest.mark.parametrize(
    ("key", "run", "each"), [("max_concurrent_users", 4, None), ("default_max_concurrent_users", None, 4)]
)
def test_user_limits(tmp_path: Path, key: str, run: int | None, each: int | None) -> None:
    """The limit over all strategies and the default limit within each are two things."""
    settings = loaded(tmp_path, f"global_settings: {{{key}: 4}}\nstrategies:\n" + strategy())
    assert (settings.max_concurrent_users, only(settings).max_concurrent_users) == (run, each)


@pytest.mark.parametrize(
    ("shared", "own", "delay"),
    [
        ("", "", "20"),
        ("", "trade_interval_seconds: 0.3", "6"),
        ("retry_delay_seconds: 2", "", "2"),
        ("", "retry_delay_seconds: 0", "0"),
    ],
)
def test_retry_delay(tmp_path: Path, shared: str, own: str, delay: str) -> None:
    """A failed trade waits 20 times the strategy's own interval, unless somebody says otherwise."""
    settings = loaded(tmp_path, f"global_settings: {{{shared}}}\nstrategies:\n" + strategy(own))
    assert only(settings).retry_delay_seconds == Decimal(delay)


def test_nothing_after_a_key_is_no_value(tmp_path: Path) -> None:
    """An optional key with null, or with nothing after it, counts as not given."""
    text = "global_settings:\nvenue: ~\nstrategies:\n" + strategy("max_concurrent_users: null, target_chain: ")
    assert only(loaded(tmp_path, text)).chain == "BSC"


def test_words_stay_words(tmp_path: Path) -> None:
    """A ticker is text even where YAML would make it a number or a boolean, and may be in any script."""
    for ticker in ("4", "NO", "1e3", "币安人生", "0x10"):
        assert only(loaded(tmp_path, "strategies:\n" + strategy(ticker=ticker))).token == ticker


def test_disabled_strategies_are_left_out(tmp_path: Path) -> None:
    """A strategy that is not enabled is named, but is no part of the settings and takes no user away."""
    text = "strategies:\n" + strategy() + strategy("enabled: false", name="off")
    result = load_with_origins(settings_file(tmp_path, text))
    assert (only(result.settings).strategy_id, result.disabled) == ("s", ("off",))


def test_user_may_have_several_tokens(tmp_path: Path) -> None:
    """One user may trade different tokens in different strategies."""
    text = "strategies:\n" + strategy() + strategy(name="t", ticker="KOGE")
    assert [spec.user_ids for spec in loaded(tmp_path, text).strategies] == [(1,), (1,)]


def test_venue_options(tmp_path: Path) -> None:
    """Starting volumes come flat and sorted; files are found beside the settings, wherever we are called from."""
    (tmp_path / "tokens.json").write_text("[]")
    text = "venue: {starting_volumes: {2: {KOGE: 1.5, AOP: 120}, 1: {AOP: 3}}, tokens_file: tokens.json}\nstrategies:\n"
    venue = paper_of(loaded(tmp_path, text + strategy()))
    assert venue.tokens_file == str(tmp_path / "tokens.json")
    assert venue.starting_volumes == (
        StartingVolume(1, "AOP", Decimal(3)),
        StartingVolume(2, "AOP", Decimal(120)),
        StartingVolume(2, "KOGE", Decimal("1.5")),
    )


def test_options_replace_the_file(tmp_path: Path) -> None:
    """A venue option of the command line replaces the file's, before that is even looked at."""
    path = settings_file(tmp_path, "venue: {seed: wrong, latency: observed}\nstrategies:\n" + strategy())
    result = load_with_origins(path, {"seed": "7"})
    venue = paper_of(result.settings)
    assert (venue.seed, venue.latency) == (7, "observed")
    assert str(result.origins["venue.seed"]) == "--seed"


def test_origins(tmp_path: Path) -> None:
    """Each value knows where it came from."""
    path = settings_file(tmp_path, example("optimization"))
    origins = load_with_origins(path).origins
    assert str(origins["koge_volume_boost.order_timeout_seconds"]) == f"{path}:12:28"
    assert str(origins["koge_volume_boost.amount"]) == f"{path}:3:37 (global default)"
    assert str(origins["koge_volume_boost.chain"]) == "built-in default"
    assert str(origins["koge_volume_boost.retry_delay_seconds"]) == "derived: 20 x trade_interval_seconds"


def test_hash_is_of_the_values(tmp_path: Path) -> None:
    """Comments, order of keys and ways to write a number do not change the hash; another value does."""
    first = config_hash(loaded(tmp_path, "strategies:\n" + strategy("probe_trades: 0, buy_offset_percentage: 10")))
    same = config_hash(loaded(tmp_path, "# x\nstrategies:\n" + strategy('buy_offset_percentage: "10.0"')))
    other = config_hash(loaded(tmp_path, "strategies:\n" + strategy("buy_offset_percentage: 10.1")))
    assert (first == same, first == other, len(first)) == (True, False, 64)


def test_default_file() -> None:
    """The file that runs when none is named: three users on two tokens, one of them at the target already."""
    settings = load(ROOT / "config" / "trading_config.yaml")
    assert [(s.token, s.user_ids) for s in settings.strategies] == [("AOP", (1, 2)), ("KOGE", (3,))]
    [start] = paper_of(settings).starting_volumes
    assert (start.user_id, start.volume > settings.strategies[0].target_volume) == (2, True)
