"""The environment that our children get: the secrets that services give us in variables are for none of them."""

import os
from typing import Final

KEY: Final = "OTOMAT_PASSPHRASE"
NEW_KEY: Final = "OTOMAT_NEW_PASSPHRASE"
ALERT_URLS: Final = "OTOMAT_ALERT_URLS"
_SECRETS: Final = frozenset({KEY, NEW_KEY, ALERT_URLS})


def child_environment(*, allowed: str = "") -> dict[str, str]:
    """Ours without its secrets, but for the `allowed` one."""
    return {name: value for name, value in os.environ.items() if name not in _SECRETS - {allowed}}


def drop_passphrases() -> None:
    """For who needs none: nothing that is started from here on, by whatever library, can inherit one."""
    for name in (KEY, NEW_KEY):
        os.environ.pop(name, None)
