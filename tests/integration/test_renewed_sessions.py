"""Sessions that the venue renews with every placement: each client sends the latest, and a restart finds it saved."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from exchange.alpha.logins import Logins
from exchange.alpha.rest import AlphaClient
from exchange.alpha.sealed_file import VaultError
from exchange.alpha.session import Credentials, Hosts, Login
from exchange.alpha.vault import Vault, open_vault
from exchange.errors import Unauthorised
from exchange.paper.settings import PaperSettings, Strictness
from tests.support.far_venue import ORDER, far_venue, hosts_of, logged_in
from tests.support.paper import PaperVenue
from tests.support.vaults import KEY, vault_of

USERS = range(1, 7)
PLACEMENTS = 4


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    """It turns nobody away, and what it has renewed is of no use from the moment that it sees the new."""
    strict = Strictness(rotation_grace_ms=0, calls_per_second=1_000, placements_per_second=1_000)
    with far_venue(tmp_path_factory.mktemp("far"), PaperSettings(strict=strict)) as running:
        yield running


@pytest.fixture(scope="module")
def hosts(venue: PaperVenue) -> Hosts:
    """Where it is, with the certificates read once."""
    return hosts_of(venue)


def refuse(user_id: int, error: VaultError) -> None:
    raise AssertionError((user_id, error))


def given_vault(venue: PaperVenue, path: Path) -> Vault:
    """A vault with what each account's owner copied from a browser."""
    vault = vault_of(path)
    for user in USERS:
        vault.save(user, logged_in(venue, user))
    return vault


def is_alive(hosts: Hosts, credentials: Credentials) -> bool:
    """Whether the venue takes these, asked by a client of their own."""
    with closing(AlphaClient(hosts, Login(credentials))) as client:
        try:
            client.probe()
        except Unauthorised:
            return False
        return True


def trade(hosts: Hosts, logins: Logins, user: int) -> None:
    """Placements, with another client of the account asking in between, as its other actors do."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(closing(AlphaClient(hosts, logins.of(user)))) for _ in range(2))
        for _ in range(PLACEMENTS):
            one.place_oto(ORDER)
            other.probe()


def test_renewed_sessions_of_many_accounts_outlive_the_run(venue: PaperVenue, hosts: Hosts, tmp_path: Path) -> None:
    """All trade at once; afterwards what the file holds is alive, and what it held at first is dead."""
    vault = given_vault(venue, tmp_path / "credentials.json")
    first = vault.accounts()
    logins = Logins(vault, refuse)
    threads = [threading.Thread(target=trade, args=(hosts, logins, user)) for user in USERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = open_vault(vault.path, KEY).accounts()
    assert [kept[user].renewed_at > 0 for user in USERS] == [True] * len(USERS)
    assert [is_alive(hosts, kept[user].credentials) for user in USERS] == [True] * len(USERS)
    assert [is_alive(hosts, first[user].credentials) for user in USERS] == [False] * len(USERS)


def test_a_login_given_during_a_run_is_used_when_it_is_read_again(
    venue: PaperVenue, hosts: Hosts, tmp_path: Path
) -> None:
    """The owner logs in again while a client of the account goes on: the same client is alive again with it."""
    vault = given_vault(venue, tmp_path / "credentials.json")
    logins = Logins(vault, refuse)
    with closing(AlphaClient(hosts, logins.of(1))) as client:
        again = logged_in(venue, 1)
        with pytest.raises(Unauthorised):
            client.probe()
        open_vault(vault.path, KEY).save(1, again)
        logins.reread(1)
        client.place_oto(ORDER)
    assert is_alive(hosts, open_vault(vault.path, KEY).credentials(1))
