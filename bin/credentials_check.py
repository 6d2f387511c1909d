"""Whether sessions are alive: one reading request for each, to the host of the settings and no other."""

import time
from collections.abc import Iterable
from typing import Literal

import msgspec

from bin.credentials_file import logins_of
from bin.exit_codes import ExitCode
from bin.venue_ports import VenuePorts, far_hosts, ports_of
from config.schema import AlphaVenueSettings, Settings
from exchange.alpha.sealed_file import NoCredentials
from exchange.alpha.session import Hosts
from exchange.alpha.vault import Vault
from exchange.errors import Unauthorised, VenueError
from exchange.quiet import Quiet

Verdict = Literal["alive", "expired", "unknown"]


class NotAtPaper(Exception):
    """There is nothing to ask the paper venue: it takes everybody's session for what it says it is."""

    def __init__(self) -> None:
        super().__init__("the settings name the paper venue, which needs no credentials; name others with --config")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue said of one session. `expired` is also one that must be verified by its owner."""

    user_id: int
    verdict: Verdict
    words: str


def hosts_of(settings: Settings) -> Hosts:
    """Those of the real venue. Raises NotAtPaper, and OSError when its certificates cannot be read."""
    if not isinstance(settings.venue, AlphaVenueSettings):
        raise NotAtPaper
    return far_hosts(settings.venue)


def checked(settings: Settings, vault: Vault, user_id: int | None = None) -> list[Checked]:
    """Every account, one after the other, or this one. Raises NotAtPaper, VaultError, OSError."""
    hosts, users = hosts_of(settings), vault.users() if user_id is None else (user_id,)
    if not users:
        raise NoCredentials(f"{vault.path} holds no credentials; run: bin/run credentials add --user N")
    logins = logins_of(vault)
    for user in users:
        logins.of(user)  # before the first request: an account that is not there is told at once
    ports = ports_of(hosts, settings, logins.of)
    return [_checked(ports, user) for user in users]


def exit_code(results: Iterable[Checked]) -> ExitCode:
    """The worst of them: one that is dead counts more than one of which nothing is known."""
    verdicts = {result.verdict for result in results}
    if "expired" in verdicts:
        return ExitCode.ACCOUNT_FAILED
    return ExitCode.UNREADABLE if "unknown" in verdicts else ExitCode.OK


def _checked(ports: VenuePorts, user_id: int) -> Checked:
    client = ports.client(user_id, Quiet(lambda: time.time_ns() // 1_000_000))
    try:
        client.probe()
    except Unauthorised as error:
        words = f"not alive: {error.message}; log in again, then run: bin/run credentials add --user {user_id}"
        return Checked(user_id=user_id, verdict="expired", words=words)
    except VenueError as error:
        return Checked(user_id=user_id, verdict="unknown", words=f"cannot be told: {error.message}")
    finally:
        client.close()
    return Checked(user_id=user_id, verdict="alive", words="alive")
