"""Failures noticed in every way, fresh actors, parked accounts, turns, results."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace
from pykka import ActorRef

from actors.address import Address, DeadLetters
from actors.base import GuardedActor, Seat
from actors.deciders.admission import Limits
from actors.journal import JournalClient
from actors.liveness import HUNG_AFTER_CHECKS
from actors.mailbox import Mailbox
from actors.messages.base import Message, Recovered, Request
from actors.messages.strategies import Admitted, AskAdmission, ReportEnded, StartStrategies, StopTrading
from actors.messages.supervision import CheckChildren, RunEnds, StorageLost
from actors.messages.turns import AskTurn, ReturnTurn, TurnGranted, TurnNotYet
from actors.supervisor import ChildSpec, RunPlan, RunResult, Supervisor
from events.base import NewEvent
from events.journal import InMemoryJournal
from events.system import AccountParked, ActorFailed, ActorRestarted, RunEnded, RunStarted
from events.values import StrategyStatus
from tests.support.account import Account
from tests.support.house import RUN
from tests.support.journals import META
from tests.support.listening import TIMEOUT, Listener, Recordings
from tests.support.terms import TERMS
from tests.support.timekeeping import ManualTime

PLAN = RunPlan(run=RUN, terms=(TERMS, replace(TERMS, user_id=2)))


class Die(Message, frozen=True, kw_only=True):
    """Lets a child raise."""


class Hang(Message, frozen=True, kw_only=True):
    """Lets a child set `hanging`, and wait for `awake`."""

    hanging: Event
    awake: Event


class Child(GuardedActor):
    """Repeats what it is told to `heard`."""

    def __init__(self, seat: Seat, heard: Listener) -> None:
        super().__init__(seat)
        self._heard = heard

    def handle(self, message: Message) -> None:
        if isinstance(message, Die):
            raise ValueError("as the test wants it")  # noqa: TRY004 - stands for any defect
        if isinstance(message, Hang):
            message.hanging.set()
            message.awake.wait(TIMEOUT)
        self._heard.tell(message)


class Household:
    """A supervisor over an oracle, and a user and a gateway for each of two accounts."""

    def __init__(self, client: JournalClient, journal: InMemoryJournal, plan: RunPlan = PLAN) -> None:
        self.time = ManualTime()
        self.letters = DeadLetters()
        self.recordings = Recordings(journal)
        self.outcome: Future[RunResult] = Future()
        self.supervisor = Address("supervisor", self.letters)
        self.heard: dict[str, Listener] = {}
        self.addresses: dict[str, Address] = {}
        self.starts: dict[str, Callable[[], ActorRef[Any]]] = {}
        kinds = ((kind, account) for kind in ("gateway", "user") for account in (1, 2))
        specs = tuple(self.spec(f"{kind}-{account}", account) for kind, account in kinds)
        specs = (self.spec("oracle", None), *specs)
        Supervisor.start(self.seat(self.supervisor, None), client, plan, specs, self.outcome)
        self.recordings.until(RunStarted)

    def seat(self, address: Address, account: int | None) -> Seat:
        return Seat(address, account, self.time, self.time, self.supervisor, self.letters)

    def spec(self, name: str, account: int | None) -> ChildSpec:
        self.heard[name] = Listener(name)
        self.addresses[name] = Address(name, self.letters)
        place = self.seat(self.addresses[name], account)
        self.starts[name] = lambda: Child.start(place, self.heard[name])
        followers = (f"user-{account}",) if name.startswith("gateway") else ()
        return ChildSpec(name, account, self.addresses[name], lambda: self.starts[name](), followers)  # noqa: PLW0108 - a test may replace it later

    def ref(self, name: str) -> ActorRef[Any]:
        ref = self.addresses[name].ref
        assert ref is not None
        return ref

    def ends(self, user_id: int, status: StrategyStatus) -> None:
        ended = ReportEnded(
            user_id=user_id, strategy_id="aop", status=status, current_volume=None, reason="", idle=True
        )
        self.supervisor.tell(Request(command=ended))

    def asks_admission(self, user_id: int) -> None:
        self.supervisor.tell(Request(command=AskAdmission(user_id=user_id, strategy_id="aop")))


@pytest.fixture
def household(client: JournalClient, journal: InMemoryJournal) -> Household:
    household = Household(client, journal)
    for user in ("user-1", "user-2"):
        household.heard[user].hears(StartStrategies)
    return household


def test_every_user_hears_its_own_terms(client: JournalClient, journal: InMemoryJournal) -> None:
    """Each account gets the strategies of that account."""
    started = Household(client, journal).heard["user-2"].hears(StartStrategies)
    assert [one.user_id for one in started.terms] == [2]


def test_a_child_that_fails_is_recorded_and_replaced(household: Household) -> None:
    """A fresh actor takes its address, after the first backoff, and hears what it has to do once more."""
    before = household.ref("user-1")
    household.addresses["user-1"].tell(Die())
    failed = household.recordings.until(ActorFailed)
    assert (failed.actor, failed.error) == ("user-1", "ValueError: as the test wants it")
    household.time.ring(100)
    assert household.recordings.until(ActorRestarted).restarts == 1
    household.heard["user-1"].hears(StartStrategies)
    assert household.ref("user-1").actor_urn != before.actor_urn


def test_one_childs_failure_touches_no_other_account(household: Household) -> None:
    """Account 2 keeps its actors."""
    others = [household.ref(name).actor_urn for name in ("gateway-2", "user-2", "gateway-1")]
    household.addresses["user-1"].tell(Die())
    household.time.ring(100)
    household.heard["user-1"].hears(StartStrategies)
    assert [household.ref(name).actor_urn for name in ("gateway-2", "user-2", "gateway-1")] == others


def test_whoever_was_owed_an_answer_is_started_anew(household: Household) -> None:
    """A gateway that fails takes its commands with it, so its user recovers after it."""
    before = household.ref("user-1").actor_urn
    household.addresses["gateway-1"].tell(Die())
    household.time.ring(100)
    household.heard["user-1"].hears(StartStrategies)
    assert household.ref("user-1").actor_urn != before


def test_a_child_that_died_without_a_word_is_noticed(household: Household) -> None:
    """The liveness check finds what no notice told, at the second look: a notice may be on its way at the first."""
    household.ref("user-1").actor_stopped.set()
    household.supervisor.tell(CheckChildren())
    household.supervisor.tell(CheckChildren())
    assert household.recordings.until(ActorFailed).error == "it died without a word"


def test_a_child_that_hangs_is_replaced(household: Household) -> None:
    """Handling one message through 120 checks is hanging; what waited behind it becomes dead letters."""
    hang = Hang(hanging=Event(), awake=Event())
    household.addresses["user-1"].tell(hang)
    household.addresses["user-1"].tell(Admitted(strategy_id="behind"))
    assert hang.hanging.wait(TIMEOUT)
    for _ in range(HUNG_AFTER_CHECKS + 2):
        household.supervisor.tell(CheckChildren())
    assert household.recordings.until(ActorFailed).error == "it hangs"
    household.time.ring(100)
    household.recordings.until(ActorRestarted)
    hang.awake.set()
    assert Admitted(strategy_id="behind") in [letter.message for letter in household.letters.last()]


def test_a_child_that_missed_a_message_is_replaced(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox that overflowed has lost a fact: only recovery can make up for it."""
    inbox = household.ref("user-1").actor_inbox
    assert isinstance(inbox, Mailbox)
    monkeypatch.setattr(inbox, "_capacity", 0)
    assert not household.addresses["user-1"].tell(Admitted(strategy_id="lost"))
    household.supervisor.tell(CheckChildren())
    assert household.recordings.until(ActorFailed).error == "its mailbox overflowed"


def test_a_child_that_cannot_be_started_is_tried_again(household: Household) -> None:
    """A constructor that raises is a failure like any other."""
    start, household.starts["user-1"] = household.starts["user-1"], lambda: 1 // 0  # type: ignore[assignment,return-value]
    household.addresses["user-1"].tell(Die())
    household.time.ring(100)
    household.recordings.until(ActorRestarted)
    assert household.recordings.until(ActorFailed).error.startswith("ZeroDivisionError")
    household.starts["user-1"] = start
    household.time.ring(200)
    household.heard["user-1"].hears(StartStrategies)


def fail_repeatedly(household: Household) -> None:
    for wait in (100, 200, 400, 800, 1_600):
        household.addresses["user-1"].tell(Die())
        household.time.ring(wait)
        household.heard["user-1"].hears(StartStrategies)
    household.addresses["user-1"].tell(Die())


def test_an_account_that_keeps_failing_is_parked_and_the_rest_go_on(household: Household) -> None:
    """Its strategies are over; the run ends when those of the others are."""
    fail_repeatedly(household)
    assert household.recordings.until(AccountParked).user_id == 1
    household.ends(2, "reached")
    result = household.outcome.result(TIMEOUT)
    assert {one.user_id: one.status for one in result.results} == {1: "parked", 2: "reached"}


def test_an_actor_that_serves_all_and_keeps_failing_ends_the_run_without_open_orders(household: Household) -> None:
    """Every account cancels what is open; the run is given up when all have."""
    start = household.starts["oracle"]
    started = Listener()
    household.starts["oracle"] = lambda: (start(), started.tell(Recovered()))[0]
    for wait in (100, 200, 400, 800, 1_600):
        household.addresses["oracle"].tell(Die())
        household.time.ring(wait)
        started.hears(Recovered)
    household.addresses["oracle"].tell(Die())
    for account in (1, 2):
        assert household.heard[f"user-{account}"].hears(StopTrading).now
        household.ends(account, "stopped")
    assert household.outcome.result(TIMEOUT).halted.startswith("oracle failed 6 times within 60 s")


def test_a_lost_store_gives_the_run_up(household: Household) -> None:
    """Never trade unrecorded."""
    household.supervisor.tell(StorageLost(error="disk full"))
    result = household.outcome.result(TIMEOUT)
    assert (result.halted, result.storage_failed) == ("disk full", True)


def test_the_run_is_over_when_every_strategy_is(household: Household) -> None:
    """A strategy that is reported twice counts once."""
    household.ends(1, "reached")
    household.ends(1, "reached")
    assert not household.outcome.done()
    household.ends(2, "skipped")
    assert [one.status for one in household.outcome.result(TIMEOUT).results] == ["reached", "skipped"]


def test_turns_are_granted_within_the_limit(client: JournalClient, journal: InMemoryJournal) -> None:
    """The second user begins when the first is over."""
    household = Household(client, journal, replace(PLAN, limits=Limits(overall=1)))
    for account in (1, 2):
        household.heard[f"user-{account}"].hears(StartStrategies)
        household.asks_admission(account)
    household.heard["user-1"].hears(Admitted)
    assert household.heard["user-2"].hears_nothing()
    household.ends(1, "reached")
    household.heard["user-2"].hears(Admitted)


def test_a_stop_reaches_every_user_and_those_started_later(household: Household) -> None:
    """A user that is started anew while the run stops does not begin to trade."""
    household.supervisor.tell(StopTrading())
    household.heard["user-1"].hears(StopTrading)
    household.heard["user-2"].hears(StopTrading)
    household.addresses["user-1"].tell(Die())
    household.time.ring(100)
    assert {type(household.heard["user-1"].hears(Message)) for _ in range(2)} == {StartStrategies, StopTrading}


def test_the_end_of_the_run_is_recorded(household: Household) -> None:
    """The last event of a run that ended in order."""
    household.supervisor.tell(RunEnds(exit_code=0, reason="done"))
    assert household.recordings.until(RunEnded).exit_code == 0


def test_a_supervisor_that_fails_gives_the_run_up(household: Household) -> None:
    """Nobody watches the watcher, so its end is the end of the run."""
    household.supervisor.tell(Request(command=AskAdmission(user_id=99, strategy_id="ghost")))
    assert household.outcome.result(TIMEOUT).halted.startswith("the supervisor failed")


def test_turns_on_a_symbol_are_granted_and_returned(household: Household) -> None:
    """The second account hears who trades the symbol, and then that it may."""
    for user_id in (1, 2):
        household.supervisor.tell(Request(command=AskTurn(user_id=user_id, strategy_id="aop", symbol="A")))
    assert household.heard["user-1"].hears(TurnGranted).symbol == "A"
    assert household.heard["user-2"].hears(TurnNotYet).holder == 1
    household.supervisor.tell(Request(command=ReturnTurn(user_id=1, strategy_id="aop")))
    assert household.heard["user-2"].hears(TurnGranted).symbol == "A"


def test_a_turn_outlives_the_actor_that_had_it(household: Household) -> None:
    """Its trade may have an order open: nobody else may trade before the fresh actor has said what became of it."""
    household.supervisor.tell(Request(command=AskTurn(user_id=1, strategy_id="aop", symbol="A")))
    household.heard["user-1"].hears(TurnGranted)
    household.addresses["user-1"].tell(Die())
    household.time.ring(100)
    household.heard["user-1"].hears(StartStrategies)
    household.supervisor.tell(Request(command=AskTurn(user_id=2, strategy_id="aop", symbol="A")))
    assert household.heard["user-2"].hears(TurnNotYet).holder == 1


def test_a_run_with_the_guard_begins_with_the_trades_in_hand(client: JournalClient, journal: InMemoryJournal) -> None:
    """Also those of an account that only an earlier run knew."""
    earlier = replace(RUN, accounts=(3,))
    client.append("system", 0, [NewEvent(event=earlier, meta=META)])
    story = Account().trades_from("0").places()
    client.append("user-3", 0, [NewEvent(event=one.event, meta=META) for one in story.log])
    guarded = tuple(replace(one, self_match_guard=True) for one in PLAN.terms)
    household = Household(client, journal, replace(PLAN, terms=guarded))
    symbol = TERMS.rules.symbol
    household.heard["user-1"].hears(StartStrategies)
    household.supervisor.tell(Request(command=AskTurn(user_id=1, strategy_id="aop", symbol=symbol)))
    assert "user 3 is not part of this run" in household.heard["user-1"].hears(TurnNotYet).blocked
