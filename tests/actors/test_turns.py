"""Turns on symbols as the supervisor hands them out, and those of trades from before the run."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from actors.journal import JournalClient
from actors.messages.base import Message
from actors.messages.placements import OtoFailed
from actors.messages.turns import AskTurn, BlockTurn, ReturnTurn, TurnGranted, TurnNotYet
from actors.turns import SymbolTurns
from events.base import Event, NewEvent
from tests.support.account import WORKING, Account
from tests.support.journals import META

SYMBOL = "ALPHA_900USDT"


class Queue(SymbolTurns):
    """Turns whose accounts the test stands for."""

    def __init__(self) -> None:
        super().__init__(lambda user_id, message: self.told.append((user_id, message)))
        self.told: list[tuple[int, Message]] = []

    def asks(self, user_id: int) -> list[tuple[int, Message]]:
        return self.hears(AskTurn(user_id=user_id, strategy_id="aop", symbol=SYMBOL))

    def returns(self, user_id: int) -> list[tuple[int, Message]]:
        return self.hears(ReturnTurn(user_id=user_id, strategy_id="aop"))

    def hears(self, command: AskTurn | ReturnTurn | BlockTurn) -> list[tuple[int, Message]]:
        """What is told because of this."""
        self.told.clear()
        self.handle(command, cause=7)
        return list(self.told)


GRANTED = TurnGranted(strategy_id="aop", symbol=SYMBOL, cause=7)


def not_yet(holder: int, ahead: int = 0, blocked: str = "") -> TurnNotYet:
    return TurnNotYet(strategy_id="aop", symbol=SYMBOL, holder=holder, ahead=ahead, blocked=blocked, cause=7)


BLOCKED = not_yet(3, blocked="user 3 is not part of this run, and an order of its trade 1-000001 may be open")


def logged(client: JournalClient, user_id: int, account: Account) -> JournalClient:
    """The account's log becomes that of another user."""
    events = [NewEvent(event=_of(one.event, user_id), meta=META) for one in account.log]
    client.append(f"user-{user_id}", 0, events)
    return client


def _of(event: Event, user_id: int) -> Event:
    return replace(event, user_id=user_id) if hasattr(event, "user_id") else event


def trading() -> Account:
    return Account().trades_from("0")


def searching() -> Account:
    return trading().sees_price().when(OtoFailed(trade_id="1-000001", outcome="unknown", code="", message=""))


def test_turns_come_in_the_order_of_asking() -> None:
    """Whoever waits hears who has the symbol and how many come first."""
    queue = Queue()
    assert queue.asks(1) == [(1, GRANTED)]
    assert queue.asks(2) == [(2, not_yet(1))]
    assert queue.asks(3) == [(3, not_yet(1, ahead=1))]
    assert queue.returns(1) == [(2, GRANTED)]


def test_one_that_asks_again_hears_it_again() -> None:
    """Its actor may have died with the answer."""
    queue = Queue()
    queue.asks(1)
    assert queue.asks(1) == [(1, GRANTED)]


@pytest.mark.parametrize(
    ("story", "told"),
    [
        (searching, [BLOCKED]),
        (lambda: trading().places(), [BLOCKED]),
        (lambda: trading().places().leg_ends(WORKING), [BLOCKED]),
        (lambda: trading().places().leg_ends(WORKING, "CANCELED", quantity="1000", quote="20"), [GRANTED]),
        (trading, [GRANTED]),
        (lambda: trading().completes_trade(), [GRANTED]),
    ],
)
def test_an_order_of_an_account_without_a_part_in_the_run_blocks_its_symbol(
    client: JournalClient, story: Callable[[], Account], told: list[Message]
) -> None:
    """Where an order of it may be open: whoever waits hears whose, and that it does not end by itself."""
    queue = Queue()
    queue.take_up(logged(client, 3, story()), frozenset({1, 2}), others=(3,))
    assert queue.asks(1) == [(1, one) for one in told]


def test_an_account_that_recovers_with_a_trade_in_hand_has_the_first_turn(client: JournalClient) -> None:
    """Before anybody else gets one, and until its trade is over."""
    queue = Queue()
    queue.take_up(logged(client, 2, searching()), frozenset({1, 2}), others=())
    assert queue.asks(1) == [(1, not_yet(2))]
    assert queue.returns(2) == [(1, GRANTED)]


def test_a_parked_account_keeps_its_symbol_until_it_is_resumed_and_done() -> None:
    """Those that wait hear of it, also when it is resumed."""
    queue = Queue()
    queue.asks(1)
    queue.asks(2)
    why = "user 1 is parked with a trade in hand: log in again"
    assert queue.hears(BlockTurn(user_id=1, reason=why)) == [(2, not_yet(1, blocked=why))]
    assert queue.hears(BlockTurn(user_id=1, reason=why)) == []
    assert queue.asks(3) == [(3, not_yet(1, ahead=1, blocked=why))]
    assert queue.hears(BlockTurn(user_id=1)) == [(2, not_yet(1)), (3, not_yet(1, ahead=1))]
    assert queue.returns(1) == [(2, GRANTED)]


def test_an_account_whose_actors_are_gone_keeps_what_it_has_and_waits_no_longer() -> None:
    """Nobody knows what became of its order."""
    queue = Queue()
    queue.asks(1)
    queue.asks(2)
    queue.asks(3)
    queue.told.clear()
    queue.account_stopped(2, "user-2 failed 6 times")
    queue.account_stopped(1, "user-1 failed 6 times")
    assert queue.told == [(3, not_yet(1, blocked="user 1 is parked: user-1 failed 6 times"))]
