"""The venue changes a symbol's filters in the middle of a run."""

import json
from decimal import Decimal

from msgspec.structs import replace

from exchange.paper.faults_actions import SetRules
from exchange.paper.faults_plan import FaultPlan, Rule, When
from tests.simulation.run import run_scenario
from tests.simulation.scenario import Scenario, steady

CHANGE = SetRules(token="AOP", tick_size=Decimal("0.0001"), step_size=Decimal(1))


def scenario() -> Scenario:
    """Two accounts with a probe of two trades and then the rest, and other filters from the sixth second on."""
    calm = steady(7, hours=1)
    terms = tuple(replace(one, probe_trades=2, target_volume=Decimal(80)) for one in calm.terms)
    plan = FaultPlan(seed=7, rules=(Rule(do=CHANGE, when=When(after=Decimal(6))),))
    return replace(calm, terms=terms, plan=plan, horizon_ms=600_000)


def test_the_next_batch_goes_by_the_new_filters() -> None:
    """Each account records them and orders by them from then on, each decision comes out the same when it is made
    again, log and venue agree, and both accounts reach their targets.
    """
    written = bytearray()
    result = run_scenario(scenario(), write=written.extend)
    assert (result.offence, result.statuses["reached"]) == ("", 2)
    for user in ("user-1", "user-2"):
        told = _steps(bytes(written), user)
        assert told[:2] == ["0.01", "0.01"]
        assert told[2] == "new filters"
        assert len(told) > 5
        assert set(told[2:]) <= {"new filters", "1"}


def _steps(written: bytes, stream: str) -> list[str]:
    """In the order of the log: the step of each order's quantity, and where the account heard of the new filters."""
    told = []
    for line in written.splitlines():
        _, of, _, topic, state = line.decode().split(" ", 4)
        if of == stream and topic == "strategy.rules_changed.v1":
            told.append("new filters")
        elif of == stream and topic == "order.oto_requested.v1":
            quantity = Decimal(json.loads(state)["data"]["order"]["quantity"])
            told.append("1" if quantity == int(quantity) else "0.01")
    return told
