"""The course of a run that has its plan: its actors, views, log and display, and what it comes to."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol

import typer

from actors.supervisor import RunPlan, RunResult
from actors.system import Knobs, System, start_system, stop_system
from bin.alert_process import Alerting
from bin.control_desk import Desk, Watch
from bin.control_socket import ControlSocket
from bin.display import Display, Ending, HeldCoins, Mode, make_display, meaning_of
from bin.exit_codes import ExitCode
from bin.fold_workers import help_along
from bin.hints import Where
from bin.live_venue import Leave
from bin.logs import BusinessLog
from bin.signals import StopSignals
from bin.venue_ports import VenuePorts
from bin.views import caught_up_views
from config.schema import Settings
from events.journal import EventJournal
from exchange.alpha.session import Hosts
from projections import query
from projections.business import NOTHING_BEFORE, Before, so_far
from projections.runner import Runner, ViewsUnwritable
from projections.snapshots import Snapshots
from projections.states.connection import ConnectionSettings

FEW_EVENTS = 5_000
"""So many are folded within a moment. A run that was killed leaves its views a few events behind."""
OVER = 0
"""What the queue of the main thread holds for the end of the run, beside the number of a stop signal."""


class VenueProcess(Protocol):
    """A venue that is there from `start` to `stop`."""

    def start(self) -> Hosts:
        """Returns when it answers. Raises VenueNotStarted, OSError."""

    def watch(self, lost: Callable[[int], object]) -> object:
        """Call `lost` with its exit code, on any thread, if it ends before it is stopped."""

    def stop(self) -> None: ...


class Run(NamedTuple):
    """What a run needs. `views` is the projections' file; `heard` gets each stop signal's number, OVER at the end."""

    plan: RunPlan
    journal: EventJournal
    ports: VenuePorts
    settings: Settings
    views: Path
    heard: "SimpleQueue[int]"
    signals: StopSignals
    venue: VenueProcess
    alerts: Alerting
    leave: Leave


def shown(run: Run, mode: Mode, where: Where) -> ExitCode:
    """Run the plan, with its views, its log and its display."""
    views = run.views
    runner = Runner(run.journal, views, help_along=partial(help_along, views.parent))
    before = lines_before(run.journal, runner)
    log = BusinessLog(run.journal, before)
    display = make_display(mode, run.journal, views, where=where, before=before)
    for part in (runner, log, display):
        part.start()
    code, halted = ExitCode.INTERNAL, ""
    try:
        code, halted = _run(run, display)
    finally:
        with _followed_by(halted), ExitStack() as stack:  # each is stopped, whatever the one before it says
            stack.callback(runner.close)
            stack.callback(lambda: display.stop(_ending(run, views, code)))
            stack.callback(runner.stop)
            stack.callback(log.stop)
    return code


def lines_before(journal: EventJournal, runner: Runner) -> Before:
    """What lines of resumed strategies go on from; nothing where views are so far behind that trading would wait, or
    cannot be read: what is wrong with them is told when they are folded.
    """
    try:
        if journal.head() - min(one.position for one in runner.states().values()) > FEW_EVENTS:
            return NOTHING_BEFORE
        runner.catch_up()
        return so_far(query.live(runner.db))
    except (ViewsUnwritable, sqlite3.Error):
        return NOTHING_BEFORE


@contextmanager
def _followed_by(halted: str) -> Iterator[None]:
    """Where a run was given up, what fails after that is told, and the reason comes last: the exit code is its."""
    try:
        yield
    except (ViewsUnwritable, OSError) as error:
        if not halted or isinstance(error, BrokenPipeError):
            raise
        typer.echo(str(error), err=True)
    if halted:
        typer.echo(f"the run was given up: {halted}", err=True)


def _ending(run: Run, views: Path, code: ExitCode) -> Ending:
    ours = {(one.user_id, one.strategy_id) for one in run.plan.terms}
    accounts, tokens = {one.user_id for one in run.plan.terms}, {t.rules.base_asset: t.ticker for t in run.plan.terms}
    with caught_up_views(run.journal, views) as found:
        for words in query.stopped(found.db):
            typer.echo(f"{words}; the figures may be older than the log", err=True)
        rows = [row for row in query.live(found.db) if (row.user_id, row.strategy_id) in ours]
        held = [one for one in query.held(found.db) if one.user_id in accounts]
    coins = [HeldCoins(one.user_id, tokens.get(one.asset, one.asset), one.quantity) for one in held]
    return Ending(rows, code, coins)


def _run(run: Run, display: Display) -> tuple[ExitCode, str]:
    """The exit code, and why the run was given up, empty where it was not."""
    connection = ConnectionSettings(renew_after_ms=run.plan.run.listen_key_renewal_ms)
    knobs = Knobs(connection=connection, parallel_volume_queries=run.settings.max_parallel_volume_queries)
    snapshots = Snapshots(run.views)
    snapshots.start()
    watch = Watch(run.journal)
    system = start_system(run.plan, run.journal, run.ports, knobs, snapshots)
    system.outcome.add_done_callback(lambda _: run.heard.put(OVER))
    ended: list[int] = []
    run.venue.watch(partial(_venue_lost, system, ended))
    with ControlSocket(run.views.parent, _desk(run, system, watch, display).answer):
        while (signals := run.heard.get()) != OVER:
            display.stopping(now=signals > 1)
            system.stop_trading(now=signals > 1)
    result = system.outcome.result()
    storage = result.venue_lost and ended == [ExitCode.STORAGE]
    code = ExitCode.STORAGE if storage else exit_code_of(result)
    if result.halted:
        logging.getLogger("otomat").error("the run was given up: %s", result.halted)
    if code == ExitCode.STORAGE:
        run.alerts.storage_failed(result.halted)
    meaning = meaning_of(code, [one.status for one in result.results])
    stop_system(system, code, result.halted or meaning)
    snapshots.stop()
    return code, result.halted


def _desk(run: Run, system: System, watch: Watch, display: Display) -> Desk:
    def stopping(now: bool) -> None:  # noqa: FBT001 - called by nobody else
        run.signals.asked_otherwise(now=now)
        display.stopping(now=now)

    return Desk(system, run.plan, run.journal, watch, run.views, stopping, run.leave.login_again, run.ports.pacer)


def _venue_lost(system: System, exit_codes: list[int], code: int) -> None:
    exit_codes.append(code)
    ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    if code == ExitCode.STORAGE:
        ended = "cannot write its state and has ended"
    reason = f"the paper venue {ended}; the same command starts it again and goes on"
    logging.getLogger("otomat").error("%s", reason)
    system.venue_lost(reason)


def exit_code_of(result: RunResult) -> ExitCode:
    """The worst of what its strategies came to."""
    statuses = {one.status for one in result.results}
    if result.halted and not result.venue_lost:
        return ExitCode.STORAGE if result.storage_failed else ExitCode.INTERNAL
    if result.venue_lost or statuses & {"failed", "parked", "worn", "day_over"}:
        return ExitCode.ACCOUNT_FAILED
    return ExitCode.STOPPED if "stopped" in statuses else ExitCode.OK
