"""The self-match guard on a real run: who waits for whom is shown, also where an earlier run left an order open."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import ledger, start, wait_for_line
from tests.support.controls import control

SETTINGS = """
strategies:
  - {strategy_id: rest, target_token: AOP, target_volume: 100, user_ids: [USERS], single_trade_amount_usdt: 40}
venue: {kind: paper, never_fill_probability: 1, self_match_guard: true, match_accounts: true, calls_per_second: 20}
"""

Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begins a run with these users, and waits until one of them is kept from trading, and until all else was said."""
    begun: list[subprocess.Popen[str]] = []

    def with_users(users: str, *said: str) -> subprocess.Popen[str]:
        (tmp_path / "c.yaml").write_text(SETTINGS.replace("USERS", users))
        options = ("--config", tmp_path / "c.yaml", "--plain", "--log-level", "debug", "--data-dir", tmp_path / "data")
        begun.append(start("supervisor", *options))
        awaited = {"waits for its turn", *said}
        while awaited:
            line = wait_for_line(begun[-1], "", log=True)
            awaited -= {words for words in awaited if words in line}
        return begun[-1]

    yield with_users
    for process in begun:
        process.kill()
        process.communicate()


def states(data: Path) -> dict[int, str]:
    """What `status --json` says of each user."""
    told: list[Any] = [json.loads(line) for line in control(data, "status", "--json").out.splitlines()]
    return {one["user_id"]: one["state"] for one in told if one["type"] == "strategy"}


@pytest.mark.timeout(120)
def test_one_account_trades_a_symbol_and_the_others_are_shown_to_wait(begin: Begin, tmp_path: Path) -> None:
    """Only one has placed an order. After kill -9 a run without that account says whose order stands in its way."""
    data = tmp_path / "data"
    first = begin("1, 2", "OTO order placed")
    shown = states(data)
    (trading,) = [user for user, state in shown.items() if "waiting for its turn on" not in state]
    waiting = 3 - trading
    assert shown[waiting] == f"waiting for its turn on ALPHA_382USDT: user {trading} trades it"
    first.kill()
    first.communicate()
    begin(str(waiting))
    blocked = f"blocked: user {trading} is not part of this run, and an order of its trade {trading}-000001 may be open"
    assert states(data) == {waiting: blocked}
    assert {order["account"] for order in ledger(data)["orders"]} == {str(trading)}
