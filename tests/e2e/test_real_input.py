"""The venue's real token list, symbol rules and a real trade tape, where they stand beside the checkout."""

from pathlib import Path

import pytest

from tests.support import real_data
from tests.support.books import counted_volumes, logged_orders, observed_volumes, venue_orders
from tests.support.cli import events, ledger, progress, run

pytestmark = pytest.mark.skipif(not real_data.at_hand(), reason="the venue's dumps are not at hand")

CONFIG = f"""
global_settings: {{default_trade_interval_seconds: 0.02, default_volume_check_delay_seconds: 0.2}}
strategies:
  - {{strategy_id: koge, target_token: KOGE, target_volume: 150, user_ids: [1, 2], single_trade_amount_usdt: 30}}
  - {{strategy_id: aop, target_token: AOP, target_volume: 200, user_ids: [3], single_trade_amount_usdt: 40}}
  - {{strategy_id: aleo, target_token: ALEO, target_volume: 60, user_ids: [4], single_trade_amount_usdt: 25}}
  - {{strategy_id: merl, target_token: MERL, target_volume: 50, user_ids: [5, 1], single_trade_amount_usdt: 40}}
venue:
  tokens_file: {real_data.TOKENS}
  symbols_file: {real_data.SYMBOLS}
  tape_file: {real_data.TAPE}
"""


@pytest.fixture(scope="module")
def real_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five users on four real tokens, run once for this module."""
    directory = tmp_path_factory.mktemp("real")
    (directory / "c.yaml").write_text(CONFIG)
    result = run("supervisor", "--config", directory / "c.yaml", "--data-dir", directory / "data")
    assert result.code == 0, result.err
    return directory / "data"


def test_five_users_on_four_real_tokens_reach_their_targets(real_run: Path) -> None:
    """Every strategy of every user ends as reached."""
    rows = progress(real_run)
    assert {user for user, _ in rows} == {1, 2, 3, 4, 5}
    assert {row["status"] for row in rows.values()} == {"reached"}


def test_no_placement_is_rejected(real_run: Path) -> None:
    """The real symbols' rules are kept by every order that was sent."""
    topics = {event["topic"].rsplit(".", 1)[0] for event in events(real_run)}
    assert topics & {"order.oto_rejected", "order.oto_denied", "order.oto_unresolved"} == set()


def test_the_log_equals_the_ledger(real_run: Path) -> None:
    """Every order, quantity, fee and credit, to the last decimal."""
    log, books = events(real_run), ledger(real_run)
    assert logged_orders(log) == venue_orders(books)
    assert observed_volumes(log) == counted_volumes(books)
