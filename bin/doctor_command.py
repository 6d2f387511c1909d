"""`bin/run doctor`: is all there that a run needs, and if not, how is it mended?"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from msgspec.structs import replace

from bin.credentials_file import credentials_path
from bin.credentials_key import KeyFd
from bin.doctor_accounts import Bench, account_findings
from bin.doctor_findings import Finding, exit_code_of, failure, for_machines, for_people, skipped
from bin.doctor_live import acknowledgement, sessions
from bin.doctor_log import log_findings, same_venue
from bin.doctor_place import place_findings
from bin.doctor_settings import CONFIGURATION, configuration, settings_findings, users_of
from bin.doctor_venue import REACHABLE, NoVenue, answers, market, venue_at
from bin.hints import Where, hinted
from bin.log_file import DEFAULT, DataDir
from bin.monitor_command import VenueUrl, hosts_at
from bin.paths import DEFAULT_CONFIG
from bin.venue_ports import LoginOf, paper_login, ports_of
from config.origins import Loaded
from config.schema import AlphaVenueSettings, VenueSettings
from exchange.alpha.session import Hosts

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Asked(NamedTuple):
    """`user` is None for all of the settings' accounts; `venue` names a paper venue that runs."""

    config: Path
    data_dir: Path
    user: int | None
    venue: Hosts | None
    key_fd: int | None


@app.command()
def doctor(
    *,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings; config/trading_config.yaml without it.")
    ] = None,
    data_dir: DataDir = DEFAULT,
    user: Annotated[int | None, typer.Option(metavar="N", min=1, help="This account only.")] = None,
    venue: VenueUrl = None,
    key_fd: KeyFd = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Check all that a run needs, and say how to mend what is amiss. Nothing is ordered, nothing of ours is changed.

    The settings, the data directory and its log, the venue and its clock, and each account's session, balance and
    stream. Exit code 0: all is well; 1: there are warnings; 2: there are failures.
    """
    asked = Asked(config or DEFAULT_CONFIG, data_dir, user, hosts_at(venue), key_fd)
    found: list[Finding] = []
    for each in examine(asked):
        finding = replace(each, mend=hinted(each.mend, Where(data_dir, config)))
        found.append(finding)
        typer.echo(for_machines(finding) if as_json else for_people(finding))
        sys.stdout.flush()
    raise typer.Exit(exit_code_of(found))


def examine(asked: Asked) -> Iterator[Finding]:
    """Every check in turn; what cannot be checked is said, and does not end the others."""
    loaded, findings = configuration(asked.config)
    yield from findings
    place = list(place_findings(asked.data_dir, _secrets(loaded, asked.data_dir)))
    yield from place
    usable = place[0].verdict != "failure"
    users = () if loaded is None else users_of(loaded.settings)
    users = tuple(one for one in users if asked.user in (None, one))
    if loaded is not None and not users:
        yield failure(CONFIGURATION, "it is in no strategy", f"name another --user, or edit {asked.config}", asked.user)
    if usable:
        yield from log_findings(asked.data_dir, users)
    if loaded is None:
        yield skipped(REACHABLE, "the settings do not say where the venue is")
        return
    if usable:
        yield from same_venue(asked.data_dir, loaded.settings.venue)
    yield from settings_findings(loaded.settings, asked.data_dir)
    venue = loaded.settings.venue
    if isinstance(venue, AlphaVenueSettings):
        yield from acknowledgement(venue, asked.data_dir, users)
    try:
        with venue_at(loaded.settings, asked.data_dir, asked.venue) as hosts:
            yield from _at_venue(asked, loaded, hosts, users)
    except NoVenue as error:
        yield failure(REACHABLE, str(error), "put that right; the paper venue says why above")


def _secrets(loaded: Loaded | None, data_dir: Path) -> tuple[Path, ...]:
    if loaded is None:
        return ()
    venue, named = loaded.settings.venue, loaded.settings.alerts.urls_file
    urls = (Path(named),) if named is not None else ()
    return (*urls, credentials_path(venue, data_dir)) if isinstance(venue, AlphaVenueSettings) else urls


def _at_venue(asked: Asked, loaded: Loaded, hosts: Hosts, users: tuple[int, ...]) -> Iterator[Finding]:
    reached = answers(hosts, loaded.settings)
    yield from reached
    if reached[0].verdict == "failure":
        return
    findings, tokens = market(ports_of(hosts, loaded.settings), loaded)
    yield from findings
    login_of, findings, users = _sessions(asked, loaded.settings.venue, users)
    yield from findings
    ports = ports_of(hosts, loaded.settings, login_of)
    bench = Bench(loaded.settings, asked.data_dir, ports, tokens)
    for user in users:
        yield from account_findings(bench, user)


def _sessions(
    asked: Asked, venue: VenueSettings, users: tuple[int, ...]
) -> tuple[LoginOf, list[Finding], tuple[int, ...]]:
    """The accounts that have a session are looked at further; on the paper venue all have."""
    if not isinstance(venue, AlphaVenueSettings) or asked.venue is not None:
        return paper_login, [], users
    logins, findings = sessions(venue, asked.data_dir, users, asked.key_fd)
    lacking = {one.user_id for one in findings if one.verdict == "failure"}
    if logins is None:
        return paper_login, findings, ()
    return logins.of, findings, tuple(user for user in users if user not in lacking)
