"""The doctor's look at what only the real venue asks for: sessions in the encrypted file, and acknowledgements."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bin.credentials_file import credentials_path, logins_of, opened_vault
from bin.credentials_key import KeyUnavailable
from bin.doctor_findings import Finding, failure, ok
from config.schema import AlphaVenueSettings
from exchange.alpha.logins import Logins
from exchange.alpha.sealed_file import VaultError

CREDENTIALS, ACKNOWLEDGEMENT = "credentials", "acknowledgement"
HOW_TO_OPEN = "bin/run credentials add makes the file; OTOMAT_PASSPHRASE, --key-fd, the keyring or a terminal open it"


def sessions(
    venue: AlphaVenueSettings, data_dir: Path, users: Iterable[int], key_fd: int | None
) -> tuple[Logins | None, list[Finding]]:
    """The accounts' sessions, None where the file cannot be opened. May ask for its key at the terminal."""
    path = credentials_path(venue, data_dir)
    try:
        vault = opened_vault(path, key_fd)
        held = vault.users()
    except (VaultError, KeyUnavailable) as error:
        return None, [failure(CREDENTIALS, str(error), HOW_TO_OPEN)]
    return logins_of(vault), list(_present(path, users, held))


def _present(path: Path, users: Iterable[int], held: tuple[int, ...]) -> Iterator[Finding]:
    for user in users:
        if user in held:
            yield ok(CREDENTIALS, f"in {path}", user)
        else:
            yield failure(CREDENTIALS, f"none in {path}", f"bin/run credentials add --user {user}", user)
