"""The file of credentials that a command works on: where it is, how it is opened, and what goes wrong in words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from bin.credentials_key import KeyUnavailable, vault_key
from bin.exit_codes import ExitCode
from bin.lock import DataDirError
from config.schema import AlphaVenueSettings, VenueSettings
from exchange.alpha.logins import Logins
from exchange.alpha.sealed_file import VaultError, VaultUnwritable
from exchange.alpha.vault import Vault, open_vault

USUAL_NAME: Final = "credentials.json"
log = logging.getLogger("otomat.credentials")


def credentials_path(venue: VenueSettings, data_dir: Path) -> Path:
    """The file that the settings name, or the one of the usual name in the data directory."""
    named = venue.credentials_file if isinstance(venue, AlphaVenueSettings) else None
    return Path(named) if named is not None else data_dir / USUAL_NAME


def opened_vault(path: Path, key_fd: int | None = None) -> Vault:
    """With the key from wherever it is to be had, which may be a person. Raises KeyUnavailable, VaultError."""
    return open_vault(path, vault_key(path, key_fd))


def logins_of(vault: Vault) -> Logins:
    """The accounts' sessions, for the clients of a process; what cannot be saved is logged."""
    return Logins(vault, _log_unsaved)


@contextmanager
def told(*more: type[Exception]) -> Iterator[None]:
    """End the command with the reason where the credentials, or their key, cannot be had, or on errors of `more`."""
    errors: tuple[type[Exception], ...] = (VaultError, KeyUnavailable, DataDirError, *more)
    try:
        yield
    except errors as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(exit_code_of(error)) from None


def exit_code_of(error: Exception) -> ExitCode:
    """STORAGE where something cannot be written, CONFIGURATION for all that its owner has to put right."""
    if isinstance(error, DataDirError):
        return error.exit_code
    return ExitCode.STORAGE if isinstance(error, VaultUnwritable) else ExitCode.CONFIGURATION


def _log_unsaved(user_id: int, error: VaultError) -> None:
    extra = {"user_id": user_id, "why": str(error)}
    log.warning("renewed session not saved: its owner may have to log in again after this run", extra=extra)
