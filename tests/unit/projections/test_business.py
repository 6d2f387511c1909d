"""The business lines, in the vocabulary of the documents' log examples."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from msgspec.structs import replace

from events.accounts import AccountQuieted, StopRequested
from events.base import Event
from events.catalog import STORED_NAMES
from events.journal import InMemoryJournal
from events.orders import OtoUnresolved
from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.system import RunStarted
from events.trades import TradeStarted
from events.values import Acknowledgement, Operator, Outcome
from events.volumes import TargetReached
from projections.business import SAYINGS, BusinessLine, BusinessLines
from projections.sayings.saying import Running
from tests.support.example_log import (
    RUN,
    STRATEGY,
    LogWriter,
    batch_planned,
    example_events,
    example_terms,
    trade_abandoned,
    trade_completed,
    trade_partly_completed,
    volume_checked,
)

STARTED = StrategyStarted(run_id=RUN, terms=example_terms())


def lines(*events: Event) -> list[BusinessLine]:
    writer, making = LogWriter(InMemoryJournal()), BusinessLines()
    made = (making.line(writer.write("any", event)) for event in events)
    return [line for line in made if line is not None]


def last(*events: Event) -> tuple[str, str, Mapping[str, str | int]]:
    line = lines(*events)[-1]
    return line.level, line.text, line.fields


def test_a_volume_query_is_told_with_its_progress() -> None:
    """The volume that the venue told, against the target, with the percentage."""
    assert last(STARTED, volume_checked("50")) == (
        "info",
        "volume queried",
        {"token": "AOP", "volume": "50/200 USDT", "progress": "25.00%", "mul_point": 4},
    )


def test_a_resumed_strategy_goes_on_from_what_it_was() -> None:
    """Of the batch's size and of the credit that is on its way the new run has no event yet."""
    writer = LogWriter(InMemoryJournal())
    making = BusinessLines({(1, STRATEGY): Running("AOP", Decimal(200), Decimal(30), 20)})
    resumed = StrategyResumed(run_id="run-2", user_id=1, strategy_id=STRATEGY, terms=example_terms())
    making.line(writer.write("any", resumed))
    line = making.line(writer.write("any", trade_completed(4)))
    assert line is not None
    assert (line.fields["loop"], line.fields["volume"]) == ("4/20", "40/200 USDT")


def test_planned_loops_are_told_with_all_inputs() -> None:
    """Everything that the number of loops was computed from is in the line."""
    level, text, fields = last(STARTED, batch_planned(1, "0", 20))
    assert (level, text) == ("info", "loops planned")
    assert {**fields} == {
        "batch": 1,
        "current_volume": "0",
        "target_volume": "200",
        "remaining_volume": "200",
        "single_trade_amount": "40",
        "mul_point": 4,
        "single_real_volume": "10",
        "basis": "documented",
        "loop_count": 20,
    }


def test_a_trade_is_told_with_its_number_and_credit() -> None:
    """Trade k of N, what it counts, what it cost and how far the volume is."""
    level, text, fields = last(STARTED, batch_planned(1, "0", 20), trade_completed(1))
    assert (level, text, fields["loop"], fields["trade_volume"]) == ("info", "trade done", "1/20", "10")
    assert (fields["wear"], fields["volume"], fields["progress"]) == ("0.0843", "10/200 USDT", "5.00%")


def test_the_number_of_trades_is_learned_from_a_resumed_trade() -> None:
    """A run that goes on in the middle of a batch learns the batch's size from the trade that begins."""
    begun = TradeStarted(user_id=1, strategy_id=STRATEGY, trade_id="t", batch=1, number=12, planned_trades=20)
    assert last(STARTED, trade_completed(11))[2]["loop"] == "11/?"
    assert last(STARTED, begun, trade_completed(12))[2]["loop"] == "12/20"


def test_a_skipped_account_is_said_clearly() -> None:
    """The words are those that the documents ask for."""
    volumes = {"current_volume": Decimal("205.5"), "target_volume": Decimal(200)}
    reached = TargetReached(user_id=1, strategy_id=STRATEGY, skipped=True, **volumes)
    figures = {"token": "AOP", "current_volume": "205.5", "target_volume": "200"}
    assert last(STARTED, reached) == ("info", "Target already reached, skipped", figures)


def test_trouble_is_a_warning() -> None:
    """Failed and partly completed trades warn, with the reason; one that was called off does not."""
    assert last(STARTED, trade_abandoned(1))[:2] == ("warning", "trade failed")
    assert last(STARTED, trade_abandoned(1, failed=False))[:2] == ("info", "trade called off")
    level, _, fields = last(STARTED, trade_partly_completed(1))
    assert (level, fields["left"]) == ("warning", "999.9")


def test_a_rate_limit_is_told_with_its_end() -> None:
    """Nothing happens until then, which is no fault of the program."""
    quieted = AccountQuieted(user_id=1, until=1_763_683_260_000, reason="HTTP 429")
    fields = {"until": "2025-11-21 00:01:00.000", "reason": "HTTP 429"}
    assert last(quieted) == ("warning", "the venue turned the account away", fields)


def test_a_stop_is_told_with_what_it_waits_for() -> None:
    """And with how long that may take, where it is known."""
    waits = StopRequested(user_id=1, now=False, waits_for="the buy of 1-000001", until=1_763_683_260_000)
    assert last(waits)[2] == {"waits_for": "the buy of 1-000001", "until": "2025-11-21 00:01:00.000"}
    assert last(StopRequested(user_id=1, now=True)) == ("info", "stop requested", {})


def test_the_end_tells_the_final_volume() -> None:
    """The last line of a strategy has its final volume, or says that it is not known."""
    reached = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="reached", current_volume=Decimal(200))
    failed = StrategyEnded(user_id=1, strategy_id=STRATEGY, status="failed", current_volume=None, reason="no stream")
    assert last(STARTED, reached)[2] == {"status": "reached", "volume": "200/200 USDT", "progress": "100.00%"}
    assert last(STARTED, failed)[2] == {"status": "failed", "volume": "not known", "reason": "no stream"}


def test_a_whole_run_reads_as_a_story() -> None:
    """The example run says each step in order, and nothing twice."""
    told = [line.text for line in lines(*(event for _, event in example_events())) if line.user_id == 1]
    kept = [text for text in told if text not in ("trade done", "OTO order placed", "buy closed", "sell closed")]
    assert kept == [
        "strategy started",
        "volume queried",
        "loops planned",
        "user stream connected",
        "placement rejected by the venue",
        "trade failed",
        "user stream lost",
        "trading paused",
        "user stream connected",
        "trading goes on",
        "trade partly done",
        "batch done",
        "volume queried",
        "loops planned",
        "batch done",
        "volume queried",
        "target reached",
        "strategy ended",
        "user stream closed",
    ]
    assert told.count("trade done") == 19


def test_accounts_do_not_share_their_progress() -> None:
    """A strategy that several accounts run is told for each with its own volume."""
    other = StrategyStarted(run_id=RUN, terms=example_terms(2))
    assert last(STARTED, other, volume_checked("50"), volume_checked("7", 2), trade_completed(1))[2]["volume"] == (
        "60/200 USDT"
    )


def test_only_events_of_the_catalogue_are_said() -> None:
    """The table of sayings has no class that is never recorded."""
    assert set(SAYINGS) <= set(STORED_NAMES)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ("unknown", "placement of unknown outcome"),
        ("rejected", "placement refused, believed after a look"),
        ("rate_limited", "placement turned away by a rate limit, believed after a look"),
    ],
)
def test_an_answer_that_is_certain_is_not_called_unknown(outcome: Outcome, text: str) -> None:
    """It is looked for all the same, which is another matter."""
    event = OtoUnresolved(user_id=1, strategy_id=STRATEGY, trade_id="t", message="no", outcome=outcome)
    assert last(STARTED, event)[1:] == (text, {"reason": "no"})


def test_a_live_run_is_told_plainly() -> None:
    """Where orders go, for whom, and who accepted it, as a warning; a run on paper says nothing of the kind."""
    given = Acknowledgement(user_id=1, by=Operator(name="alice", uid=1, pid=2), at=1, sha256="ab" * 32)
    run = RunStarted(
        run_id=RUN,
        pid=1,
        code_version="1",
        python_version="3",
        dependencies=(),
        config_hash="c",
        venue="alpha",
        accounts=(1,),
        previous_run_sealed=True,
        hosts=("venue.example", "stream.example"),
        acknowledgements=(given,),
    )
    level, text, _ = last(run)
    assert (level, text) == (
        "warning",
        (
            "run started; LIVE: real orders with real money at venue.example and stream.example, for accounts 1;"
            " acknowledged by alice (text abababababababab)"
        ),
    )
    assert last(replace(run, hosts=(), acknowledgements=()))[:2] == ("info", "run started")
