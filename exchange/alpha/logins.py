"""The accounts' sessions out of the vault: each one shared by all clients of its account, and saved when renewed."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock

from exchange.alpha.sealed_file import VaultError
from exchange.alpha.session import Credentials, Login
from exchange.alpha.vault import Vault

OnUnsaved = Callable[[int, VaultError], None]
"""Told of the account and the error when renewed cookies could not be saved; the next renewal saves them."""


class Logins:
    """Any thread. `of` makes an account's login once, from what the vault holds then."""

    def __init__(self, vault: Vault, on_unsaved: OnUnsaved) -> None:
        self._vault = vault
        self._on_unsaved = on_unsaved
        self._logins: dict[int, Login] = {}
        self._lock = Lock()

    def of(self, user_id: int) -> Login:
        """The one login of the account. Raises VaultError."""
        with self._lock:
            if user_id not in self._logins:
                kept = self._vault.kept(user_id)
                self._logins[user_id] = Login(kept.credentials, kept.login_id, partial(self._save, user_id))
            return self._logins[user_id]

    def twins(self) -> dict[int, int]:
        """Accounts whose session is another's, and whose. Raises VaultError."""
        return self._vault.twins()

    def reread(self, user_id: int) -> None:
        """Go on with what its owner has given meanwhile, when an account is resumed. Raises VaultError."""
        self.of(user_id).reread(partial(self._kept, user_id))

    def _kept(self, user_id: int) -> tuple[Credentials, str]:
        kept = self._vault.kept(user_id)
        return kept.credentials, kept.login_id

    def _save(self, user_id: int, cookies: Mapping[str, str], login_id: str) -> bool:
        try:
            self._vault.keep(user_id, cookies, login_id)
        except VaultError as error:
            self._on_unsaved(user_id, error)
            return False
        return True
