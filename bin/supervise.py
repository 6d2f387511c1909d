"""A run of the supervisor from the lock on the data directory to the exit code.

Everything that is started is stopped in the reverse order, whichever way the run ends.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol

import msgspec
import typer
from msgspec.structs import replace

from actors.supervisor import RunPlan, RunResult
from actors.system import Knobs, System, start_system, stop_system
from bin.alert_process import Alerting, alerting, storage_told
from bin.alert_services import AlertsMisconfigured
from bin.anchor_file import AnchorFile, AnchorUnusable, head_in_words
from bin.control_desk import Desk, Watch
from bin.control_socket import ControlSocket
from bin.display import Display, Ending, HeldCoins, Mode, make_display, meaning_of
from bin.environment import drop_passphrases
from bin.exit_codes import ExitCode
from bin.fold_workers import help_along
from bin.hints import Where
from bin.live_terms import AcknowledgementsUnusable
from bin.live_venue import FarVenue, Leave, NoLeave, leave_to_trade, say_live
from bin.lock import DataDirError, DataDirLock
from bin.log_venue import OtherVenue, keep_to_venue
from bin.logs import BusinessLog, LogLevel, set_up_logging
from bin.paper_market import paper_market
from bin.paper_process import PaperProcess, VenueNotStarted
from bin.patience import patiently
from bin.refusal import refused
from bin.run_plan import run_plan
from bin.signals import StopSignals, stop_signals
from bin.sound_log import sound_log
from bin.venue_ports import VenuePorts, ports_of
from bin.views import caught_up_views
from config.market_check import check_tokens
from config.origins import Loaded
from config.problems import ConfigError
from config.schema import AlphaVenueSettings, PaperVenueSettings, Settings, VenueSettings
from events.journal import EventJournal, StorageFailed
from events.seals import Head
from events.shapes import settle_shapes
from events.values import Acknowledgement
from exchange.alpha.session import Hosts
from exchange.errors import VenueError
from exchange.paper.files import PaperFileError
from projections import query
from projections.runner import Runner, ViewsUnwritable
from projections.snapshots import Snapshots
from projections.states.connection import ConnectionSettings

OVER = 0
"""What the queue of the main thread holds for the end of the run, beside the number of a stop signal."""


class Place(NamedTuple):
    """Where a run writes: its data directory, and the file outside of it that gets the log's head seal at the end.

    `key_fd` is the file descriptor that the key to the credentials is read from, if it is. `config` is the settings
    file, for the commands that the operator is told to run.
    """

    data_dir: Path
    anchor: AnchorFile | None = None
    key_fd: int | None = None
    config: Path | None = None


class VenueProcess(Protocol):
    """A venue that is there from `start` to `stop`."""

    def start(self) -> Hosts:
        """Returns when it answers. Raises VenueNotStarted, OSError."""

    def watch(self, lost: Callable[[int], object]) -> object:
        """Call `lost` with its exit code, on any thread, if it ends before it is stopped."""

    def stop(self) -> None: ...


def venue_of(settings: VenueSettings, data_dir: Path) -> VenueProcess:
    if isinstance(settings, AlphaVenueSettings):
        return FarVenue(settings)
    drop_passphrases()  # a machine's environment may hold one all the same
    return PaperProcess(settings, data_dir)


def supervise(
    loaded: Loaded,
    place: Place,
    mode: Mode,
    log_level: LogLevel | None,
    make_venue: Callable[[VenueSettings, Path], VenueProcess] = venue_of,
    change: Callable[[RunPlan], RunPlan] = lambda plan: plan,
) -> ExitCode:
    """Run until every strategy is over or the operator stops it, and return what it came to; tells what went wrong.

    `change` may make another plan of that of the settings.
    """
    settle_shapes()
    try:
        _check_listings(loaded)
        leave = leave_to_trade(loaded, place.data_dir, place.key_fd)
        starting = _Starting(loaded, leave, mode, log_level)
        return _supervise(starting, place, make_venue, change)
    except ConfigError as error:
        raise refused(error) from None
    except (PaperFileError, AcknowledgementsUnusable, NoLeave, OtherVenue) as error:
        return _told(str(error), ExitCode.CONFIGURATION)
    except (DataDirError, AnchorUnusable, AlertsMisconfigured) as error:
        return _told(str(error), error.exit_code)
    except VenueNotStarted as error:
        known = {ExitCode.CONFIGURATION.value, ExitCode.STORAGE.value}
        return _told(str(error), ExitCode(error.exit_code) if error.exit_code in known else ExitCode.INTERNAL)
    except VenueError as error:
        return _told(f"the venue does not list its tokens: {error.message}", ExitCode.ACCOUNT_FAILED)
    except (StorageFailed, ViewsUnwritable, OSError) as error:
        words = "cannot write what belongs to a run: " if isinstance(error, OSError) else ""
        return _told(f"{words}{error}", ExitCode.STORAGE)


class _Starting(NamedTuple):
    """A run that may begin."""

    loaded: Loaded
    leave: Leave
    mode: Mode
    log_level: LogLevel | None


class _Run(NamedTuple):
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


def _told(message: str, code: ExitCode) -> ExitCode:
    typer.echo(message, err=True)
    return code


def _check_listings(loaded: Loaded) -> None:
    """Compare the settings with what the paper venue will list, before anything is started or written.

    Raises ConfigError, PaperFileError.
    """
    if not isinstance(loaded.settings.venue, PaperVenueSettings):
        return
    tokens, rules = paper_market(loaded.settings.venue)
    problems = check_tokens(loaded.settings, tokens, rules.values(), loaded.origins)
    if problems:
        raise ConfigError(problems)


def _supervise(
    starting: _Starting,
    place: Place,
    make_venue: Callable[[VenueSettings, Path], VenueProcess],
    change: Callable[[RunPlan], RunPlan],
) -> ExitCode:
    heard: SimpleQueue[int] = SimpleQueue()
    loaded, leave, mode, log_level = starting
    data_dir, anchor = place.data_dir, place.anchor
    with ExitStack() as stack:
        stack.enter_context(DataDirLock(data_dir))
        if anchor is not None:
            anchor.keep_outside(data_dir)
        stack.callback(set_up_logging(data_dir, log_level))
        signals = stack.enter_context(stop_signals(heard))
        journal = stack.enter_context(sound_log(data_dir))
        keep_to_venue(journal, loaded.settings.venue)
        alerts = stack.enter_context(alerting(loaded.settings.alerts, data_dir, journal))
        process = make_venue(loaded.settings.venue, data_dir)
        hosts = process.start()
        stack.callback(process.stop)
        ports = ports_of(hosts, loaded.settings, leave.login_of)
        plan = _after(journal, change(_checked_plan(loaded, ports, heard)), leave.acknowledgements)
        say_live(plan.run, mode)
        run = _Run(
            plan,
            journal,
            ports,
            loaded.settings,
            data_dir / "views.sqlite",
            heard,
            signals,
            process,
            alerts,
            leave,
        )
        with storage_told(alerts):
            code = _shown(run, mode, Where(data_dir, place.config))
        if code not in (ExitCode.STORAGE, ExitCode.INTERNAL):
            _keep_seal(journal.sealed(), mode, anchor)
        return code


def _keep_seal(head: Head, mode: Mode, anchor: AnchorFile | None) -> None:
    """Tell the head seal, so that it can be kept elsewhere, and note it there where a file was named."""
    machines = {"type": "seal", "position": head.position, "seal": head.seal.hex()}
    typer.echo(msgspec.json.encode(machines).decode() if mode == "json" else f"The log is {head_in_words(head)}")
    if anchor is not None:
        anchor.add(head)


def _after(journal: EventJournal, plan: RunPlan, given: tuple[Acknowledgement, ...]) -> RunPlan:
    """The plan, with the time of what was recorded last and what allows its accounts to trade."""
    last = next(journal.read(max(journal.head() - 1, 0)), None)
    at = last.meta.ts_init if last is not None else None
    given = tuple(one for one in given if one.user_id in plan.run.accounts)
    return replace(plan, run=replace(plan.run, previous_event_at=at, acknowledgements=given))


def _checked_plan(loaded: Loaded, ports: VenuePorts, heard: "SimpleQueue[int]") -> RunPlan:
    """Raises ConfigError when the venue lists nothing that fits the settings, VenueError when it does not answer."""
    market = ports.market()
    try:
        tokens, rules = patiently(market.tokens, heard), patiently(market.symbol_rules, heard)
    finally:
        market.close()
    problems = check_tokens(loaded.settings, tokens, rules.values(), loaded.origins)
    if problems:
        raise ConfigError(problems)
    return run_plan(loaded.settings, tokens, rules)


def _shown(run: _Run, mode: Mode, where: Where) -> ExitCode:
    """Run the plan, with its views, its log and its display."""
    views = run.views
    runner = Runner(run.journal, views, help_along=partial(help_along, views.parent))
    log, display = BusinessLog(run.journal), make_display(mode, run.journal, views, where=where)
    for shown in (runner, log, display):
        shown.start()
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


def _ending(run: _Run, views: Path, code: ExitCode) -> Ending:
    ours = {(one.user_id, one.strategy_id) for one in run.plan.terms}
    accounts, tokens = {one.user_id for one in run.plan.terms}, {t.rules.base_asset: t.ticker for t in run.plan.terms}
    with caught_up_views(run.journal, views) as found:
        for words in query.stopped(found.db):
            typer.echo(f"{words}; the figures may be older than the log", err=True)
        rows = [row for row in query.live(found.db) if (row.user_id, row.strategy_id) in ours]
        held = [one for one in query.held(found.db) if one.user_id in accounts]
    coins = [HeldCoins(one.user_id, tokens.get(one.asset, one.asset), one.quantity) for one in held]
    return Ending(rows, code, coins)


def _run(run: _Run, display: Display) -> tuple[ExitCode, str]:
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


def _desk(run: _Run, system: System, watch: Watch, display: Display) -> Desk:
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
