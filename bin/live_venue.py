"""What a run on the real venue needs before it begins: leave to trade there, sessions, and plain words about it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer

from bin.credentials_file import credentials_path, logins_of, opened_vault
from bin.credentials_key import KeyUnavailable
from bin.display import Mode
from bin.exit_codes import ExitCode
from bin.live_terms import acknowledged
from bin.paper_process import VenueNotStarted
from bin.venue_ports import LoginOf, far_hosts, paper_login
from config.origins import Loaded
from config.schema import AlphaVenueSettings
from events.system import RunStarted
from events.values import Acknowledgement
from exchange.alpha.logins import Logins
from exchange.alpha.sealed_file import NoCredentials, VaultError
from exchange.alpha.session import Hosts
from exchange.alpha.vault import session_taken
from projections.words.system import live_words


class NoLeave(Exception):
    """The run may not begin: an account's session cannot be had. The message says why, and how to mend it."""


class Leave(NamedTuple):
    """To trade: what allows it, none on the paper venue, and the accounts' sessions.

    `login_again` takes up what an account's owner has given meanwhile, and says what keeps it from that, if anything.
    """

    acknowledgements: tuple[Acknowledgement, ...]
    login_of: LoginOf
    login_again: Callable[[int], str] = lambda _: ""


class FarVenue:
    """The real venue: it runs without us."""

    def __init__(self, settings: AlphaVenueSettings) -> None:
        self._settings = settings

    def start(self) -> Hosts:
        """Contacts nobody. Raises VenueNotStarted when the file of certificates is none."""
        try:
            return far_hosts(self._settings)
        except OSError as error:
            words = f"{self._settings.ca_file}: no certificates (PEM) can be read: {error.strerror or error}"
            raise VenueNotStarted(words, ExitCode.CONFIGURATION) from None

    def watch(self, lost: Callable[[int], object]) -> None:
        """It has no exit code; that it does not answer is told call by call."""

    def stop(self) -> None:
        """Not ours to stop."""


def leave_to_trade(loaded: Loaded, data_dir: Path, key_fd: int | None = None) -> Leave:
    """Contacts nobody. May ask for the key at the terminal, but only once all else is in order.

    Raises ConfigError where an account has no acknowledgement, AcknowledgementsUnusable, NoLeave.
    """
    venue = loaded.settings.venue
    if not isinstance(venue, AlphaVenueSettings):
        return Leave((), paper_login)
    given = acknowledged(loaded, data_dir)
    logins = open_logins(venue, data_dir, key_fd)
    twins = _twins(logins)
    shared = [session_taken(user, twins[user]) for user in (one.user_id for one in given) if user in twins]
    if shared:
        raise NoLeave("\n".join(shared))
    missing = [words for one in given if (words := _lacking(logins, one.user_id))]
    if missing:
        raise NoLeave("\n".join(missing))
    return Leave(given, logins.of, partial(_login_again, logins))


def open_logins(venue: AlphaVenueSettings, data_dir: Path, key_fd: int | None = None) -> Logins:
    """The accounts' sessions, out of the encrypted file. Raises NoLeave."""
    try:
        return logins_of(opened_vault(credentials_path(venue, data_dir), key_fd))
    except (VaultError, KeyUnavailable) as error:
        raise NoLeave(str(error)) from None


def say_live(run: RunStarted, mode: Mode) -> None:
    """Tell plainly that this run is no simulation; nothing of one that is."""
    if not run.hosts:
        return
    machines = {"type": "live", "hosts": run.hosts, "accounts": run.accounts, "acknowledged": run.acknowledgements}
    typer.echo(msgspec.json.encode(machines).decode() if mode == "json" else f"*** {live_words(run)} ***")


def _login_again(logins: Logins, user_id: int) -> str:
    try:
        logins.reread(user_id)
    except VaultError as error:
        return str(error)
    return ""


def _twins(logins: Logins) -> dict[int, int]:
    try:
        return logins.twins()
    except VaultError as error:
        raise NoLeave(str(error)) from None


def _lacking(logins: Logins, user_id: int) -> str:
    try:
        logins.of(user_id)
    except NoCredentials as error:
        return str(error)
    except VaultError as error:
        raise NoLeave(str(error)) from None
    return ""
