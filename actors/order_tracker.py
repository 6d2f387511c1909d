"""OrderTracker: one account's orders. Reports and looks in, recorded order facts out to the UserActor."""

from actors.address import Address
from actors.base import Decider, EventSourcedActor, Seat, with_cause
from actors.deciders import orders as decider
from actors.journal import JournalClient
from actors.messages.base import Command, Message, TellUser
from actors.messages.orders import OrderEnded, OrdersSeen
from events.base import Recorded
from events.executions import OrderClosed
from projections.states.orders import OrdersState, evolve


def pure(user_id: int) -> Decider[OrdersState]:
    return Decider(OrdersState(user_id=user_id), decider.decide, evolve, decider.next_deadline)


class OrderTracker(EventSourcedActor[OrdersState]):
    def __init__(self, seat: Seat, user_id: int, journal: JournalClient, user: Address) -> None:
        super().__init__(seat, f"orders-{user_id}", pure(user_id), journal)
        self._user = user

    def handle(self, message: Message) -> None:
        super().handle(message)
        if isinstance(message, OrdersSeen) and message.then is not None:
            self._user.tell(message.then)

    def recorded(self, events: tuple[Recorded, ...]) -> None:
        """The user hears of every order's end; it knows which are its own."""
        for one in events:
            if isinstance(one.event, OrderClosed):
                self._user.tell(OrderEnded(cause=one.position, position=one.position, closed=one.event))

    def carry_out(self, command: Command, cause: int | None) -> None:
        if isinstance(command, TellUser):
            self._user.tell(with_cause(command.message, cause))
