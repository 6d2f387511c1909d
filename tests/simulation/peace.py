"""Whether the venue is left in peace: by a process from the moment that it was told, by all from what is recorded."""

from collections import defaultdict

from events.accounts import AccountQuieted
from events.base import Event
from tests.simulation.offence import check


class Peace:
    """What was under way when the venue turned an account away is no offence; what is sent after that is."""

    def __init__(self) -> None:
        self._recorded: dict[int, int] = defaultdict(int)
        self._told: dict[tuple[object, int], int] = defaultdict(int)

    def heard(self, event: Event) -> None:
        """An event is durable: it binds every process from then on."""
        if isinstance(event, AccountQuieted):
            self._recorded[event.user_id] = max(self._recorded[event.user_id], event.until)

    def told(self, process: object, account: int, until: int) -> None:
        """The venue's answer has come to the process: not before `until` (ms)."""
        self._told[process, account] = max(self._told[process, account], until)

    def asked(self, process: object, account: int, path: str, now: int) -> None:
        """The process sends a call for the account. Raises Offence."""
        until = max(self._recorded[account], self._told[process, account])
        check(now >= until, f"account {account} asks {path} {until - now} ms before the venue may be asked again")
