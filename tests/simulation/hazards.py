"""What may go wrong inside a process: it is killed, one of its actors fails, its disk fails, a thread is slow."""

from random import Random

import msgspec


class Killed(BaseException):
    """The process is dead: unwinds whatever it was doing."""


class InjectedFailure(Exception):
    """A defect in an actor, as the supervisor sees one."""


class HazardRates(msgspec.Struct, frozen=True, kw_only=True):
    """Mean numbers of instants between two of a kind (0: never), and the share of messages that wait for a thread.

    An instant is: a message is taken, an append is about to be written or has just been, a message is told, a call is
    sent, an answer has come.
    """

    kill_every: int = 0
    fail_every: int = 0
    storage_every: int = 0
    slow_share: float = 0.0
    slowest_s: float = 0.2


class Hazards:
    """Draws from the world's chance when each is due. `drawn` counts what struck, by kind."""

    def __init__(self, rates: HazardRates, chance: Random) -> None:
        self._rates = rates
        self._chance = chance
        self._quiet = False
        self.drawn: dict[str, int] = {}
        self._left = {
            kind: self._draw(every)
            for kind, every in (
                ("process killed", rates.kill_every),
                ("actor failed", rates.fail_every),
                ("storage failed", rates.storage_every),
            )
        }

    def stop(self) -> None:
        """Nothing more goes wrong."""
        self._quiet = True

    def kills_here(self) -> bool:
        return self._strikes("process killed", self._rates.kill_every)

    def fails_here(self) -> bool:
        return self._strikes("actor failed", self._rates.fail_every)

    def storage_fails_here(self) -> bool:
        return self._strikes("storage failed", self._rates.storage_every)

    def thread_delay(self) -> float:
        """Seconds that a message waits for its thread, mostly 0."""
        if self._quiet or not self._rates.slow_share or self._chance.random() >= self._rates.slow_share:
            return 0.0
        return self._chance.randrange(1, max(2, int(self._rates.slowest_s * 1000))) / 1000

    def _strikes(self, kind: str, every: int) -> bool:
        if self._quiet or not every:
            return False
        self._left[kind] -= 1
        if self._left[kind] > 0:
            return False
        self._left[kind] = self._draw(every)
        self.drawn[kind] = self.drawn.get(kind, 0) + 1
        return True

    def _draw(self, every: int) -> int:
        return int(self._chance.expovariate(1 / every)) + 1 if every else 0
