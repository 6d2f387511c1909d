"""VolumeOracle: asks the venue, for every account, what it has counted and what a token's multiplier is.

Reads run on a bounded pool; their answers come back as messages, so that one thread writes all `volume-N` streams.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pykka

from actors.address import Address
from actors.base import Decider, EventSourcedActor, Ledger, Seat, with_cause
from actors.deciders import volume as decider
from actors.journal import JournalClient
from actors.market import Market
from actors.messages.base import Command, Message, Request, TellUser
from actors.messages.volumes import QueryVolume, VolumeNotRead, VolumeRead
from events.values import Outcome
from exchange.errors import VenueError, retry_after_ms
from exchange.port import VenueClient
from projections.states.volume import VolumeState, evolve


class AccountReader:
    """One account's volume queries, one at a time, on a client of their own."""

    def __init__(self, open_client: Callable[[], VenueClient], market: Market) -> None:
        self._open_client = open_client
        self._market = market
        self._client: VenueClient | None = None
        self._lock = Lock()

    def read(self, query: QueryVolume, cause: int | None) -> Message:
        """Never raises VenueError: what could not be read is an answer, too."""
        try:
            with self._lock:
                self._client = self._client or self._open_client()
                volume = self._client.user_volume()
            token = self._market.token(query.base_asset)
            rules = self._market.rules(query.rules.symbol) if query.rules is not None else None
        except VenueError as error:
            return _not_read(query, cause, error.outcome, error.message, retry_after_ms(error))
        return VolumeRead(
            user_id=query.user_id,
            strategy_id=query.strategy_id,
            ticker=query.ticker,
            total=volume.total,
            tokens=volume.tokens,
            mul_point=token.mul_point,
            rules=rules if rules != query.rules else None,
            cause=cause,
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _not_read(
    query: QueryVolume, cause: int | None, outcome: Outcome, message: str, retry_after_ms: int = 0
) -> VolumeNotRead:
    return VolumeNotRead(
        user_id=query.user_id,
        strategy_id=query.strategy_id,
        outcome=outcome,
        message=message,
        retry_after_ms=retry_after_ms,
        cause=cause,
    )


def pure(user_id: int) -> Decider[VolumeState]:
    return Decider(VolumeState(user_id=user_id), decider.decide, evolve, decider.next_deadline)


class VolumeOracle(EventSourcedActor[VolumeState]):
    """`users` and `readers` have one entry for each account that it serves."""

    def __init__(
        self,
        seat: Seat,
        journal: JournalClient,
        users: Mapping[int, Address],
        readers: Mapping[int, AccountReader],
        parallel: int,
    ) -> None:
        super().__init__(seat, "volume", pure(0), journal)
        self._journal = journal
        self._users = users
        self._readers = readers
        self._ledgers: dict[int, Ledger[VolumeState]] = {}
        self._pool = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="volume")

    def begin(self) -> None:
        """Streams are recovered when their account is first asked for."""

    def handle(self, message: Message) -> None:
        match message:
            case Request(command=QueryVolume() as query):
                self._pool.submit(self._read, query, message.cause)
            case VolumeRead() | VolumeNotRead():
                self._user = self._users[message.user_id]
                self.take_steps(self._ledger(message.user_id), message)
            case _:
                raise TypeError(f"no message for the oracle: {type(message).__name__}")

    def carry_out(self, command: Command, cause: int | None) -> None:
        if isinstance(command, TellUser):
            self._user.tell(with_cause(command.message, cause))

    def retire(self) -> None:
        for ledger in self._ledgers.values():
            ledger.offer_snapshot()

    def release(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for reader in self._readers.values():
            reader.close()

    def _read(self, query: QueryVolume, cause: int | None) -> None:
        """Runs on a thread of the pool."""
        try:
            answer = self._readers[query.user_id].read(query, cause)
        except Exception as error:
            self.log.exception("a volume query failed")
            answer = _not_read(query, cause, "unknown", type(error).__name__)
        try:
            self.actor_ref.tell(answer)
        except pykka.ActorDeadError:
            self.seat.dead_letters.add(self.seat.name, answer, "the actor has stopped")

    def _ledger(self, user_id: int) -> Ledger[VolumeState]:
        ledger = self._ledgers.get(user_id)
        if ledger is None:
            ledger = Ledger(f"volume-{user_id}", pure(user_id), self._journal)
            ledger.recover()
            self._ledgers[user_id] = ledger
        return ledger
