"""Sample events of runs, streams, actors and the operator."""

from decimal import Decimal

from events import control, system
from events.base import Event
from events.values import (
    Acknowledgement,
)
from tests.golden.values import OPERATOR

SYSTEM: tuple[Event, ...] = (
    control.OperatorCommanded(command="kill", by=OPERATOR, user_id=1, strategy_id="aop"),
    control.AccountPaused(user_id=1, by=OPERATOR, strategy_id="aop", trade_id="1-000001"),
    control.AccountResumed(user_id=1, by=OPERATOR, strategy_id="aop", unparked=True),
    system.RunStarted(
        run_id="run-1",
        pid=4711,
        code_version="8c97e90",
        python_version="3.11.2",
        dependencies=("msgspec==0.22.0", "pykka==4.5.0"),
        config_hash="9f86d081",
        venue="alpha",
        accounts=(1, 2, 3),
        previous_run_sealed=True,
        hosts=("venue.example",),
        acknowledgements=(Acknowledgement(user_id=1, by=OPERATOR, at=1763683200123, sha256="9f86d081"),),
    ),
    system.RunEnded(run_id="run-1", exit_code=0, reason="all targets reached"),
    system.StreamConnected(user_id=1, attempt=2),
    system.StreamLost(user_id=1, reason="closed by the venue", attempt=1, retry_in=Decimal("3.0")),
    system.StreamFailed(user_id=1, reason="connection refused", attempts=10),
    system.StreamRenewed(user_id=1, replaced=False),
    system.StreamClosed(user_id=1, reason="all strategies are over"),
    system.ActorFailed(actor="user-1", error="KeyError: 'aop'"),
    system.LogCut(
        first_position=118,
        events=3,
        reason="one of the events 118 to 120 is not as it was sealed",
        quarantine="quarantine-20251121T000000123Z",
    ),
    system.ActorRestarted(actor="user-1", restarts=1),
    system.AccountParked(user_id=1, reason="3 failed trades in a row", restricted=True),
)
