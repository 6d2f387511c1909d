"""Vaults for tests, whose keys are quickly made."""

from pathlib import Path

from exchange.alpha.sealed_file import Cost, VaultKey
from exchange.alpha.session import Credentials
from exchange.alpha.vault import Vault, create_vault

KEY = VaultKey("correct horse battery staple")
CHEAP = Cost(memory_kib=128, iterations=1, lanes=1)


def vault_of(path: Path, *users: int) -> Vault:
    """A new vault with credentials of these users."""
    vault = create_vault(path, KEY, cost=CHEAP)
    for user in users:
        vault.save(user, credentials_of(user))
    return vault


def credentials_of(user: int, cookie: str = "first") -> Credentials:
    return Credentials(f"p20t={cookie}-{user}", f"{user:032x}")
