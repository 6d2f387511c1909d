"""Supervisor: starts the actors, hears of every failure, and starts fresh ones; grants turns; collects results.

It learns of failure three ways: the failure notice, a liveness check of every child, and the heartbeat of children that
hang. What follows is decided by `actors.deciders.supervision`. A fresh actor recovers from its stream; those that
depended on the one before are started anew after it, because what they were owed is lost.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from pykka import ActorRef

from actors.address import Address
from actors.base import Decider, EventSourcedActor, Seat
from actors.deciders import admission, control
from actors.deciders import supervision as decider
from actors.deciders.admission import Admission, Limits
from actors.journal import JournalClient
from actors.liveness import Vitals, mailbox_of
from actors.messages.base import Command, Message, Request
from actors.messages.strategies import Admitted, AskAdmission, ReportEnded, ResumeTrading, StartStrategies, StopTrading
from actors.messages.supervision import (
    CheckChildren,
    ChildFailed,
    ChildStopped,
    Commanded,
    Halt,
    RunBegins,
    StartChild,
    StopAccount,
    TellAccounts,
)
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn
from actors.turns import SymbolTurns
from events.journal import StorageFailed
from events.system import RunStarted
from events.values import StrategyStatus, StrategyTerms
from projections.states.supervision import RestartPolicy, SupervisionState, evolve

CHECK_EVERY_MS = 1_000


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to start an actor, which then takes `address`, and whose life depends on it."""

    name: str
    account: int | None
    address: Address
    start: Callable[[], ActorRef[Any]]
    followers: tuple[str, ...] = ()


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What this run is to do."""

    run: RunStarted
    terms: tuple[StrategyTerms, ...]
    limits: Limits = Limits()
    policy: RestartPolicy = RestartPolicy()


class StrategyResult(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    strategy_id: str
    status: StrategyStatus
    current_volume: Decimal | None
    reason: str


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the run came to. `halted` says why it was given up, empty when every strategy is over; then `storage_failed`
    or `venue_lost` says whether that was why, and not a defect of ours.
    """

    results: tuple[StrategyResult, ...]
    halted: str = ""
    storage_failed: bool = False
    venue_lost: bool = False


def pure(policy: RestartPolicy) -> Decider[SupervisionState]:
    return Decider(SupervisionState(policy=policy), decider.decide, evolve, decider.next_deadline)


class Supervisor(EventSourcedActor[SupervisionState]):
    """`children` are in the order in which they start. `outcome` is set once, when the run is over or given up."""

    def __init__(
        self,
        seat: Seat,
        journal: JournalClient,
        plan: RunPlan,
        children: tuple[ChildSpec, ...],
        outcome: Future[RunResult],
    ) -> None:
        super().__init__(seat, "system", pure(plan.policy), journal)
        self._journal = journal
        self._plan = plan
        self._children = {spec.name: spec for spec in children}
        self._outcome = outcome
        self._admission = Admission(limits=plan.limits)
        self._asked: dict[tuple[int, str], int | None] = {}
        self._results: dict[tuple[int, str], StrategyResult] = {}
        self._orders: dict[int, tuple[Message, ...]] = {}
        self._replacing: set[str] = set()
        self._vitals = Vitals()
        self._halted = ""
        self._venue_lost = False
        self._turns = SymbolTurns(self._tell_account)

    def begin(self) -> None:
        self.ledger.recover()
        if any(one.self_match_guard for one in self._plan.terms):
            ours = frozenset(one.user_id for one in self._plan.terms)
            self._turns.take_up(self._journal, ours, self.ledger.state.accounts)
        self.take_steps(self.ledger, RunBegins(run=self._plan.run))
        for spec in self._children.values():
            self._start(spec)
        self._check_later()

    def handle(self, message: Message) -> None:
        match message:
            case Request(command=AskAdmission(user_id=user_id, strategy_id=strategy_id)):
                self._asked[user_id, strategy_id] = message.cause
                self._admit(*admission.ask(self._admission, user_id, strategy_id))
            case Request(command=ReportEnded() as ended):
                self._strategy_over(_result(ended))
            case Request(command=AskTurn() | ReturnTurn() | BlockTurn() as command):
                self._turns.handle(command, message.cause)
            case StopTrading():
                self._stop_trading(message)
            case ChildStopped():
                self._child_stopped(message)
            case CheckChildren():
                self._check_children()
            case ChildFailed():
                if not self._outcome.done() and self._is_current(message):
                    self._give_up(message.name)
                    super().handle(message)
            case _:
                super().handle(message)

    def carry_out(self, command: Command, cause: int | None) -> None:
        match command:
            case StartChild(name=name):
                self._start_again(self._children[name])
            case StopAccount(user_id=user_id, reason=reason):
                self._stop_account(user_id, reason)
            case TellAccounts(commanded=commanded):
                self._tell_accounts(commanded, cause)
            case Halt(reason=reason, storage=True):
                self._conclude(halted=reason, storage_failed=True)
            case Halt(reason=reason, venue=True):
                # Nobody is left to cancel anything: what is in hand stays in hand, for the next start to take up.
                self._venue_lost = True
                self._conclude(halted=reason)
            case Halt(reason=reason):
                self._halted = reason
                self._stop_trading(StopTrading(now=True, reason=reason))  # leave no order open that nobody watches

    def die(self, error: BaseException) -> None:
        super().die(error)
        self._conclude(halted=f"the supervisor failed: {error}", storage_failed=isinstance(error, StorageFailed))

    # --- children ---

    def _start(self, spec: ChildSpec) -> None:
        try:
            spec.start()
        except Exception as error:
            self.log.exception("%s could not be started", spec.name)
            spec.address.swap(None)
            text = f"{type(error).__name__}: {error}"
            self.actor_ref.tell(ChildFailed(name=spec.name, account=spec.account, urn="", error=text))
            return
        if spec.name == user_name(spec.account):
            self._brief(spec)

    def _brief(self, spec: ChildSpec) -> None:
        """A UserActor that is started anew hears what it has to do once more; it goes on where it was."""
        terms = tuple(one for one in self._plan.terms if one.user_id == spec.account)
        spec.address.tell(StartStrategies(run_id=self._plan.run.run_id, terms=terms))
        for message in self._orders.get(spec.account or 0, ()):
            spec.address.tell(message)

    def _start_again(self, spec: ChildSpec) -> None:
        self._start(spec)
        for name in spec.followers:
            ref = self._children[name].address.ref
            if ref is not None and ref.is_alive():
                self._replacing.add(name)
                ref.stop(block=False)

    def _child_stopped(self, stopped: ChildStopped) -> None:
        spec = self._children.get(stopped.name)
        if spec is None or stopped.name not in self._replacing or _urn(spec) != stopped.urn:
            return
        self._replacing.discard(stopped.name)
        if not self._outcome.done():
            self._start(spec)

    def _is_current(self, failed: ChildFailed) -> bool:
        spec = self._children.get(failed.name)
        return spec is not None and _urn(spec) == failed.urn

    def _give_up(self, name: str) -> None:
        """Whatever the actor still does, nobody hears of it, and the versions of its stream refuse it."""
        address = self._children[name].address
        ref = address.ref
        self._replacing.discard(name)
        self._vitals.forget(name)
        address.swap(None)
        if ref is not None and ref.is_alive():
            ref.actor_stopped.set()
            mailbox_of(ref).close(lambda message: self.seat.dead_letters.add(name, message, "its actor was given up"))

    def _stop_account(self, user_id: int, reason: str) -> None:
        for spec in self._children.values():
            if spec.account == user_id:
                ref = spec.address.ref
                spec.address.swap(None)
                if ref is not None and ref.is_alive():
                    ref.stop(block=False)
        self._turns.account_stopped(user_id, reason)
        for one in self._plan.terms:
            if one.user_id == user_id and (user_id, one.strategy_id) not in self._results:
                self._strategy_over(_parked(one, reason))

    # --- liveness ---

    def _check_later(self) -> None:
        at = self.seat.clock.now_ms() + CHECK_EVERY_MS
        self.seat.scheduler.schedule(at, lambda: self.seat.supervisor.tell(CheckChildren()))

    def _check_children(self) -> None:
        if self._outcome.done():
            return
        for spec in self._children.values():
            trouble = self._vitals.trouble(spec.address)
            if trouble:
                notice = ChildFailed(name=spec.name, account=spec.account, urn=_urn(spec), error=trouble)
                self.handle(notice)
        self._check_later()

    # --- turns, results, the end ---

    def _admit(self, after: Admission, begun: tuple[admission.Ask, ...]) -> None:
        self._admission = after
        for one in begun:
            admitted = Admitted(strategy_id=one.strategy_id, cause=self._asked.get((one.user_id, one.strategy_id)))
            self._tell_account(one.user_id, admitted)

    def _tell_account(self, user_id: int, message: Message) -> None:
        self._children[user_name(user_id)].address.tell(message)

    def _strategy_over(self, result: StrategyResult) -> None:
        self._results[result.user_id, result.strategy_id] = result
        self._admit(*admission.leave(self._admission, result.user_id, result.strategy_id))
        if len(self._results) == len(self._plan.terms):
            self._conclude(halted=self._halted)

    def _stop_trading(self, message: StopTrading) -> None:
        for user_id in sorted({one.user_id for one in self._plan.terms}):
            self._order(user_id, message)

    def _order(self, user_id: int, message: Message) -> None:
        """Whoever takes the account's place hears of stops and pauses, too: the one before may not have recorded it."""
        kept = self._orders.get(user_id, ())
        if isinstance(message, ResumeTrading):
            self._orders[user_id] = tuple(one for one in kept if isinstance(one, StopTrading))
        else:
            self._orders[user_id] = (*kept, message)
        self._tell_account(user_id, message)

    def _tell_accounts(self, commanded: Commanded, cause: int | None) -> None:
        message = control.told(commanded, cause)
        if message is None:
            return
        for user_id in control.addressed(commanded, self._plan.terms):
            if isinstance(message, ResumeTrading) and message.unparks:
                self._await_again(user_id)
            self._order(user_id, message)

    def _await_again(self, user_id: int) -> None:
        """What was parked may go on, and the account says anew what is over. Not where its actors have been stopped."""
        if user_id in self.ledger.state.parked:
            return
        for key in [key for key, one in self._results.items() if key[0] == user_id and one.status == "parked"]:
            del self._results[key]

    def _conclude(self, *, halted: str, storage_failed: bool = False) -> None:
        if not self._outcome.done():
            results = tuple(self._results.values())
            lost = self._venue_lost
            self._outcome.set_result(
                RunResult(results=results, halted=halted, storage_failed=storage_failed, venue_lost=lost)
            )


def user_name(account: int | None) -> str:
    return f"user-{account}"


def _urn(spec: ChildSpec) -> str:
    ref = spec.address.ref
    return ref.actor_urn if ref is not None else ""


def _parked(terms: StrategyTerms, reason: str) -> StrategyResult:
    return StrategyResult(
        user_id=terms.user_id, strategy_id=terms.strategy_id, status="parked", current_volume=None, reason=reason
    )


def _result(ended: ReportEnded) -> StrategyResult:
    return StrategyResult(
        user_id=ended.user_id,
        strategy_id=ended.strategy_id,
        status=ended.status,
        current_volume=ended.current_volume,
        reason=ended.reason,
    )
