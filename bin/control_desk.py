"""Carries out the commands that come over the control socket, and tells what came of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Condition
from threading import Event as Flag
from typing import NamedTuple

import pykka

from actors.deciders.control import addressed
from actors.messages.supervision import Commanded
from actors.supervisor import RunPlan
from actors.system import System
from bin.control_wire import Asked, End, Happened, Reply, Running, Standing
from bin.exit_codes import ExitCode
from events.accounts import StopRequested
from events.base import Recorded
from events.catalog import STORED_NAMES
from events.control import AccountPaused, AccountResumed, OperatorCommanded
from events.journal import EventJournal
from events.numbers import plain
from events.strategies import StrategyEnded, StrategyResumed, StrategyStarted
from events.values import Operator
from exchange.pace import Pacer
from projections import query
from projections.runner import open_to_read
from projections.words import account_of, in_words

HEARD_WITHIN_S = 5.0
STOPPED_WITHIN_S = 30.0
SHOWN_WITHIN_S = 2.0
LOOK_EVERY_S = 0.005
KEPT = 10_000

Key = tuple[int, str]
TOLD = (OperatorCommanded, AccountPaused, AccountResumed, StopRequested, StrategyEnded)


class Watch:
    """What a journal has recorded of commands and their ends. Made before the run begins; any thread may look."""

    def __init__(self, journal: EventJournal) -> None:
        self._changed = Condition()
        self._told: list[Recorded] = []
        self._running: set[Key] = set()
        journal.subscribe(self._notice)

    def _notice(self, recorded: tuple[Recorded, ...]) -> None:
        """On the journal's thread."""
        for one in recorded:
            if isinstance(one.event, (*TOLD, StrategyStarted, StrategyResumed)):
                with self._changed:
                    self._note(one)
                    self._changed.notify_all()

    def _note(self, one: Recorded) -> None:
        match one.event:
            case StrategyStarted(terms=terms) | StrategyResumed(terms=terms):
                self._running.add((terms.user_id, terms.strategy_id))
                return
            case StrategyEnded(user_id=user_id, strategy_id=strategy_id):
                self._running.discard((user_id, strategy_id))
        self._told = [*self._told[-KEPT:], one]

    def running(self) -> frozenset[Key]:
        with self._changed:
            return frozenset(self._running)

    def ended(self, keys: frozenset[Key], timeout_s: float) -> frozenset[Key]:
        """Wait until all of them have ended; those that have not."""
        with self._changed:
            self._changed.wait_for(lambda: not keys & self._running, timeout_s)
            return keys & self._running

    def since(self, position: int) -> tuple[Recorded, ...]:
        with self._changed:
            return tuple(one for one in self._told if one.position > position)


class Desk(NamedTuple):
    """One run's. `stopping` is called when all of the run is to stop, with whether at once; `resuming` before an
    account goes on, and says what keeps it from that, empty where nothing does. No `pacer`: nothing is limited.
    """

    system: System
    plan: RunPlan
    journal: EventJournal
    watch: Watch
    views: Path
    stopping: Callable[[bool], object]
    resuming: Callable[[int], str] = lambda _: ""
    pacer: Pacer | None = None

    def answer(self, asked: Asked, by: Operator) -> Iterator[Reply]:
        """Runs on a thread of the socket's."""
        commanded = Commanded(command=asked.command, by=by, user_id=asked.user_id, strategy_id=asked.strategy_id)
        accounts = addressed(commanded, self.plan.terms)
        if not accounts:
            yield End(exit_code=ExitCode.USAGE, message=self._not_known(asked))
            return
        before, running = self.journal.head(), self.watch.running()
        trouble = [words for one in accounts if asked.command == "resume" and (words := self.resuming(one))]
        if trouble:
            yield End(exit_code=ExitCode.CONFIGURATION, message="; ".join(trouble))
            return
        try:
            self.system.command(commanded, HEARD_WITHIN_S)
        except (pykka.ActorDeadError, pykka.Timeout):
            yield End(exit_code=ExitCode.NO_SUPERVISOR, message="the run is ending, and takes no commands any more")
            return
        if asked.command == "status":
            yield from self._status(accounts, asked.strategy_id)
        else:
            concerned = frozenset(key for key in running if _concerns(asked, key))
            yield from self._carried_out(asked, accounts, before, concerned)

    def _carried_out(
        self, asked: Asked, accounts: tuple[int, ...], before: int, running: frozenset[Key]
    ) -> Iterator[Reply]:
        kill = asked.command == "kill"
        if asked.command in ("stop", "kill") and asked.user_id is None and not asked.strategy_id:
            self.stopping(kill)
        left = self.watch.ended(running, STOPPED_WITHIN_S) if kill else frozenset()
        heard = {account_of(one.event) for one in self._led_to(before, asked)}
        deaf = self.system.deaf([one for one in accounts if one not in heard], HEARD_WITHIN_S)
        came_of_it = self._led_to(before, asked)
        yield from map(_happened, came_of_it)
        yield _end(asked, deaf, left, came_of_it)

    def _led_to(self, before: int, asked: Asked) -> list[Recorded]:
        """What the accounts recorded of the command, and of a kill the ends of their strategies."""
        since = self.watch.since(before)
        mine = {one.position for one in since if isinstance(one.event, OperatorCommanded)}
        return [
            one
            for one in since
            if one.meta.causation in mine
            or (asked.command == "kill" and isinstance(one.event, StrategyEnded) and _concerns(asked, _key(one.event)))
        ]

    def _status(self, accounts: tuple[int, ...], strategy_id: str) -> Iterator[Reply]:
        run, head = self.plan.run, self.journal.head()
        with closing(open_to_read(self.views)) as db:
            waited, deadline = Flag(), time.monotonic() + SHOWN_WITHIN_S
            while query.position(db) < head and time.monotonic() < deadline:
                waited.wait(LOOK_EVERY_S)  # the views follow within milliseconds
            position = query.position(db)
            yield Running(run_id=run.run_id, pid=run.pid, venue=run.venue, hosts=run.hosts, position=position)
            streams = {one.user_id: one.state for one in query.streams(db)}
            waits = self._waits_ms()
            for row in query.live(db):
                if row.user_id in accounts and strategy_id in ("", row.strategy_id):
                    yield _standing(row, streams.get(row.user_id, "none"), waits.get(row.user_id, 0))
        yield End(exit_code=ExitCode.OK)

    def _waits_ms(self) -> dict[int | None, int]:
        """By account, the longest."""
        waiting = self.pacer.waiting() if self.pacer is not None else ()
        return {one.account: one.waited_ms for one in reversed(waiting)}

    def _not_known(self, asked: Asked) -> str:
        if asked.user_id is not None:
            users = sorted({str(one.user_id) for one in self.plan.terms})
            return f"this run has no user {asked.user_id}; it has {', '.join(users)}"
        strategies = sorted({one.strategy_id for one in self.plan.terms})
        return f"this run has no strategy {asked.strategy_id}; it has {', '.join(strategies)}"


def _concerns(asked: Asked, key: Key) -> bool:
    return asked.user_id in (None, key[0]) and asked.strategy_id in ("", key[1])


def _key(event: StrategyEnded) -> Key:
    return event.user_id, event.strategy_id


def _happened(one: Recorded) -> Happened:
    return Happened(
        position=one.position,
        at=one.meta.ts_init,
        event=STORED_NAMES[type(one.event)],
        user_id=account_of(one.event),
        strategy_id=getattr(one.event, "strategy_id", ""),
        text=in_words(one.event),
    )


def _standing(row: query.LiveRow, stream: str, call_waits_ms: int) -> Standing:
    return Standing(
        user_id=row.user_id,
        strategy_id=row.strategy_id,
        token=row.token,
        status=row.status,
        state=row.state,
        reason=row.reason,
        current_volume=None if row.current_volume is None else plain(row.current_volume),
        target_volume=plain(row.target_volume),
        completed_trades=row.completed_trades,
        failed_trades=row.failed_trades,
        wear=plain(row.wear),
        stream=stream,
        call_waits_ms=call_waits_ms,
    )


def _end(asked: Asked, deaf: list[int], left: frozenset[Key], came_of_it: list[Recorded]) -> End:
    """Not all is well where an account did not hear it, did not end in time, or left an order that may be open."""
    told = {account_of(one.event) for one in came_of_it}
    trouble = [f"user {one} has no actor that could hear it; start the run again" for one in deaf]
    trouble += [f"user {user_id} has not ended {strategy_id} yet" for user_id, strategy_id in sorted(left)]
    trouble += [
        f"user {one.event.user_id}: {one.event.reason}"
        for one in came_of_it
        if isinstance(one.event, StrategyEnded) and "left" in one.event.reason
    ]
    if trouble:
        return End(exit_code=ExitCode.ACCOUNT_FAILED, message="; ".join(trouble))
    return End(exit_code=ExitCode.OK, message="" if told else _nothing(asked))


def _nothing(asked: Asked) -> str:
    if asked.command != "resume":
        return f"nothing to {asked.command}"
    later = "what was stopped or killed begins again with the next run"
    if asked.user_id is None:
        return (
            f"nothing to resume: no pause to lift; an account that is parked takes bin/run resume --user N, and {later}"
        )
    return f"nothing to resume: neither paused nor parked; {later}"
