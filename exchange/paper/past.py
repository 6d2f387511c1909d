"""What accounts had and were credited a while ago, for readings that lag. Kept only while faults are planned."""

from collections import defaultdict, deque
from collections.abc import Iterator

import msgspec

from exchange.paper.model import Account
from exchange.paper.store import Credit

_KEPT_MS = 600_000


class _Before(msgspec.Struct, frozen=True):
    """An account as it was until `until` (ms)."""

    until: int
    account: Account


class Past:
    """The last ten minutes. Times in ms, which rise. One thread."""

    def __init__(self) -> None:
        self._accounts: defaultdict[str, deque[_Before]] = defaultdict(deque)
        self._credits: defaultdict[str, deque[Credit]] = defaultdict(deque)

    def keep_account(self, account: Account, until: int) -> None:
        """Remember an account that is about to change."""
        kept = self._accounts[account.user_id]
        kept.append(_Before(until, account))
        while kept[0].until < until - _KEPT_MS:
            kept.popleft()

    def keep_credit(self, credit: Credit) -> None:
        """Remember what an account was credited."""
        kept = self._credits[credit.account]
        kept.append(credit)
        while kept[0].at < credit.at - _KEPT_MS:
            kept.popleft()

    def account_at(self, current: Account, at: int) -> Account:
        """The account as it stood at `at`, or the oldest that is remembered."""
        kept = self._accounts.get(current.user_id, ())
        return next((each.account for each in kept if each.until > at), current)

    def credits_since(self, user_id: str, at: int) -> Iterator[Credit]:
        """What the account was credited after `at`."""
        return (credit for credit in self._credits.get(user_id, ()) if credit.at > at)
