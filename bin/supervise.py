"""A run of the supervisor from the lock on the data directory to the exit code.

Everything that is started is stopped in the reverse order, whichever way the run ends.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import msgspec
import typer
from msgspec.structs import replace

from actors.supervisor import RunPlan
from bin.alert_process import alerting, storage_told
from bin.alert_services import AlertsMisconfigured
from bin.anchor_file import AnchorFile, AnchorUnusable, head_in_words
from bin.display import Mode
from bin.environment import drop_passphrases
from bin.exit_codes import ExitCode
from bin.hints import Where
from bin.live_terms import AcknowledgementsUnusable
from bin.live_venue import FarVenue, Leave, NoLeave, leave_to_trade, say_live
from bin.lock import DataDirError, DataDirLock
from bin.log_venue import OtherVenue, keep_to_venue
from bin.logs import LogLevel, set_up_logging
from bin.paper_market import paper_market
from bin.paper_process import PaperProcess, VenueNotStarted
from bin.patience import patiently
from bin.refusal import refused
from bin.run_plan import run_plan
from bin.running import Run, VenueProcess, shown
from bin.signals import stop_signals
from bin.sound_log import sound_log
from bin.venue_ports import VenuePorts, ports_of
from config.market_check import check_tokens
from config.origins import Loaded
from config.problems import ConfigError
from config.schema import AlphaVenueSettings, PaperVenueSettings, VenueSettings
from events.journal import EventJournal, StorageFailed
from events.seals import Head
from events.shapes import settle_shapes
from events.values import Acknowledgement
from exchange.errors import VenueError
from exchange.paper.files import PaperFileError
from projections.runner import ViewsUnwritable


class Place(NamedTuple):
    """Where a run writes: its data directory, and the file outside of it that gets the log's head seal at the end.

    `key_fd` is the file descriptor that the key to the credentials is read from, if it is. `config` is the settings
    file, for the commands that the operator is told to run.
    """

    data_dir: Path
    anchor: AnchorFile | None = None
    key_fd: int | None = None
    config: Path | None = None


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
        run = Run(
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
            code = shown(run, mode, Where(data_dir, place.config))
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
