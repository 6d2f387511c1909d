"""Listen keys: who they belong to and how long they are good for (venue protocol notes, section 4)."""

import msgspec

from exchange.paper.chance import chance
from exchange.paper.settings import PaperSettings
from exchange.paper.store import Numbers

_PREFIX = "alpha@"


class _Key(msgspec.Struct, frozen=True):
    account: str
    expires_at: int


class ListenKeys:
    """32 hex digits each, from the seed. They do not outlive the process; their numbers do. Times in ms."""

    def __init__(self, settings: PaperSettings, numbers: Numbers) -> None:
        self._seed = settings.seed
        self._ttl_ms = settings.listen_key_ttl_seconds * 1000
        self._repost = settings.listen_key_repost
        self._numbers = numbers
        self._keys: dict[str, _Key] = {}

    def create(self, account: str, now: int, ttl_ms: int | None = None) -> str:
        """A key for the account, as `listen_key_repost` says when it has one already; `ttl_ms` is for this one."""
        held = [key for key, owned in self._keys.items() if owned.account == account and owned.expires_at > now]
        if held and self._repost == "same":
            key = held[-1]
        else:
            key = chance(self._seed, "key", self._numbers.next("key")).randbytes(16).hex()
        if self._repost == "replaces":
            self._keys = {each: owned for each, owned in self._keys.items() if owned.account != account}
        self._keys[key] = _Key(account, now + (self._ttl_ms if ttl_ms is None else ttl_ms))
        return key

    def streams_of(self, account: str, now: int) -> tuple[str, ...]:
        """The stream names on which the account's frames are sent now."""
        return tuple(
            _PREFIX + key for key, owned in self._keys.items() if owned.account == account and owned.expires_at > now
        )
