"""UserActor: one account's strategies. Facts in, order intents out; everything that it decides is in its decider."""

from dataclasses import dataclass

from actors.address import Address
from actors.base import Decider, EventSourcedActor, Seat
from actors.deciders import user as decider
from actors.journal import JournalClient
from actors.messages.base import Command, Request
from actors.messages.orders import CancelOrder, LookUpOrders, ReconcileOrders, Watch, WatchOrders
from actors.messages.placements import FindInFrames, FindOrder, PlaceOrder, PlaceOto, SearchOrder, SearchOto
from actors.messages.prices import FetchBook, FetchQuote
from actors.messages.strategies import AskAdmission, ReportEnded
from actors.messages.streams import CloseStream, EnsureStream, ReplaceStream
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn
from actors.messages.volumes import QueryVolume
from events.base import Recorded
from exchange.quiet import Quiet
from projections.states.user import UserState, evolve, how_to_stop


@dataclass(frozen=True, slots=True)
class Routes:
    """Who performs a UserActor's commands."""

    gateway: Address
    oracle: Address
    stream: Address
    tracker: Address
    supervisor: Address

    def performer(self, command: Command) -> Address:
        match command:
            case FetchQuote() | PlaceOto() | CancelOrder() | LookUpOrders() | SearchOto():
                return self.gateway
            case FetchBook() | PlaceOrder() | SearchOrder() | ReconcileOrders():
                return self.gateway
            case QueryVolume():
                return self.oracle
            case EnsureStream() | CloseStream() | ReplaceStream():
                return self.stream
            case AskAdmission() | ReportEnded() | AskTurn() | ReturnTurn() | BlockTurn():
                return self.supervisor
        raise TypeError(f"nobody performs {type(command).__name__}")


def pure(user_id: int) -> Decider[UserState]:
    return Decider(UserState(user_id=user_id), decider.decide, evolve, decider.next_deadline)


class UserActor(EventSourcedActor[UserState]):
    """`quiet` is shared with all that asks the venue for the account."""

    def __init__(self, seat: Seat, user_id: int, journal: JournalClient, routes: Routes, quiet: Quiet) -> None:
        super().__init__(seat, f"user-{user_id}", pure(user_id), journal)
        self._routes = routes
        self._quiet = quiet

    def recorded(self, events: tuple[Recorded, ...]) -> None:  # noqa: ARG002 - the state says it, also once recovered
        self._quiet.keep(self.ledger.state.quiet_until)
        self._quiet.allow_placements(allowed=how_to_stop(self.ledger.state) != "now")

    def carry_out(self, command: Command, cause: int | None) -> None:
        if isinstance(command, Watch):
            self._routes.tracker.tell(WatchOrders(venue_order_ids=command.venue_order_ids, cause=cause))
        elif isinstance(command, FindInFrames):
            self._routes.tracker.tell(FindOrder(wanted=command, cause=cause))
        else:
            self._routes.performer(command).tell(Request(command=command, cause=cause))
