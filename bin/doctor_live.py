"""The doctor's look at what only the real venue asks for: sessions in the encrypted file, and acknowledgements."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bin.credentials_file import credentials_path, logins_of, opened_vault
from bin.credentials_key import KeyUnavailable
from bin.doctor_findings import Finding, failure, ok
from bin.live_terms import AcknowledgementsUnusable, acknowledgements, file_of, terms, valid
from config.schema import AlphaVenueSettings
from exchange.alpha.logins import Logins
from exchange.alpha.sealed_file import VaultError
from exchange.alpha.vault import session_taken
from projections.figures import utc

CREDENTIALS, ACKNOWLEDGEMENT = "credentials", "acknowledgement"
HOW_TO_OPEN = "bin/run credentials add makes the file; OTOMAT_PASSPHRASE, --key-fd, the keyring or a terminal open it"


def sessions(
    venue: AlphaVenueSettings, data_dir: Path, users: Iterable[int], key_fd: int | None
) -> tuple[Logins | None, list[Finding]]:
    """The accounts' sessions, None where the file cannot be opened. May ask for its key at the terminal."""
    path = credentials_path(venue, data_dir)
    try:
        vault = opened_vault(path, key_fd)
        held, twins = vault.users(), vault.twins()
    except (VaultError, KeyUnavailable) as error:
        return None, [failure(CREDENTIALS, str(error), HOW_TO_OPEN)]
    return logins_of(vault), list(_present(path, users, held, twins))


def _present(path: Path, users: Iterable[int], held: tuple[int, ...], twins: dict[int, int]) -> Iterator[Finding]:
    for user in users:
        if user in twins:
            yield failure(CREDENTIALS, session_taken(user, twins[user]), f"bin/run credentials add --user {user}", user)
        elif user in held:
            yield ok(CREDENTIALS, f"in {path}", user)
        else:
            yield failure(CREDENTIALS, f"none in {path}", f"bin/run credentials add --user {user}", user)


def acknowledgement(venue: AlphaVenueSettings, data_dir: Path, users: Iterable[int]) -> Iterator[Finding]:
    """Of the text as it is now."""
    file, now = file_of(venue, data_dir), terms()
    try:
        entries = acknowledgements(file)
    except AcknowledgementsUnusable as error:
        yield failure(ACKNOWLEDGEMENT, str(error), "put that right, and acknowledge again")
        return
    for user in users:
        given = valid(entries, user, now.sha256)
        if given is None:
            older = "only an older text is" if any(one.user_id == user for one in entries) else "nothing is"
            words = f"{older} acknowledged in {file}; the account does not trade live"
            yield failure(ACKNOWLEDGEMENT, words, f"bin/run live acknowledge --user {user} --file {file}", user)
        else:
            yield ok(ACKNOWLEDGEMENT, f"by {given.by} on {utc(given.at)[:10]}", user)
