"""Whoever asks for turns and gives them back, in whatever order: one account a symbol, and everybody gets there."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors.deciders.self_match import Turn, Turns, ask, block, delay, give_back, waiting_for

USERS, SYMBOLS = st.integers(1, 4), st.sampled_from(["A", "B", "C"])
TURNS = st.builds(lambda user, symbol: Turn(user, f"trades-{symbol}", symbol), USERS, SYMBOLS)


class Guarded(RuleBasedStateMachine):
    """A supervisor's turns under every order of asking, giving back, being blocked and being forgiven."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns()
        self.granted: list[Turn] = []

    def _take(self, result: tuple[Turns, tuple[Turn, ...]]) -> None:
        before, (self.turns, new) = self.turns, result
        for one in new:
            self._check_order(before, one, new)
        self.granted += new

    def _check_order(self, before: Turns, one: Turn, new: tuple[Turn, ...]) -> None:
        """Whoever asked before for the same symbol, and still waits, has a trade or an older promise elsewhere."""
        ahead = before.waiting[: before.waiting.index(one)] if one in before.waiting else before.waiting
        for other in ahead:
            if other.symbol == one.symbol and other not in new and other.user_id != one.user_id:
                assert other in self.turns.passed_over

    @rule(turn=TURNS)
    def asks(self, turn: Turn) -> None:
        if turn not in self.turns.holding:
            self._take(ask(self.turns, turn))

    @rule(turn=TURNS)
    def gives_back(self, turn: Turn) -> None:
        self._take(give_back(self.turns, turn.user_id, turn.strategy_id))

    @rule(user=USERS, reason=st.sampled_from(["", "parked"]))
    def is_blocked(self, user: int, reason: str) -> None:
        self._take(block(self.turns, user, reason))

    @invariant()
    def one_account_has_a_symbol(self) -> None:
        symbols = [one.symbol for one in self.turns.holding]
        assert len(symbols) == len(set(symbols))

    @invariant()
    def an_account_has_one_turn(self) -> None:
        users = [one.user_id for one in self.turns.holding]
        assert len(users) == len(set(users))

    @invariant()
    def nobody_waits_twice_or_with_a_turn(self) -> None:
        assert len(set(self.turns.waiting)) == len(self.turns.waiting)
        assert not set(self.turns.waiting) & set(self.turns.holding)
        assert self.turns.passed_over <= set(self.turns.waiting)

    def teardown(self) -> None:
        """Once trades end, and nobody is blocked any more, everybody who waits gets a turn."""
        for user in range(1, 5):
            self._take(block(self.turns, user, ""))
        for _ in range(len(self.turns.waiting) + 1):
            for one in self.turns.holding:
                self._take(give_back(self.turns, one.user_id, one.strategy_id))
        assert self.turns.waiting == ()


TestGuarded = Guarded.TestCase
TestGuarded.settings = settings(max_examples=40)


def rounds(order: list[int], trades: int) -> Iterator[Turn]:
    """Whose turns come while four accounts always ask for both symbols again, and each trade lasts as `order` says."""
    turns = Turns()
    for user in range(1, 5):
        for symbol in ("A", "B"):
            turns, _ = ask(turns, Turn(user, symbol, symbol))
    for number in range(trades):
        over = turns.holding[order[number % len(order)] % len(turns.holding)]
        turns, new = give_back(turns, over.user_id, over.strategy_id)
        yield from new
        turns, more = ask(turns, over)
        yield from more


@settings(max_examples=50)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=12))
def test_nobody_starves(order: list[int]) -> None:
    """However long trades take and whichever ends first: an account that asks has its turn before the others have had
    theirs often.
    """
    waited, longest = {(user, symbol): 0 for user in range(1, 5) for symbol in ("A", "B")}, 0
    for turn in rounds(order, 200):
        waited = {key: count + (key[1] == turn.symbol) for key, count in waited.items()}
        waited[turn.user_id, turn.symbol] = 0
        longest = max(longest, *waited.values())
    if set(order) == {0, 1}:  # else a trade never ends, and its account asks for nothing meanwhile
        assert longest <= 8 * len(order)


def test_first_come_first_served() -> None:
    """On one symbol turns come in the order of asking."""
    came: list[Turn] = []
    turns = Turns()
    for user in (3, 1, 2, 1):
        turns, new = ask(turns, Turn(user, "s", "A"))
        came += new
    for _ in range(2):
        turns, new = give_back(turns, came[-1].user_id)
        came += new
    assert [one.user_id for one in came] == [3, 1, 2]


def test_one_that_is_busy_elsewhere_is_passed_over_once() -> None:
    """Its place on the symbol goes to the next; then nothing else comes before it has had its turn there."""
    turns, _ = ask(Turns(), Turn(1, "a", "A"))
    turns, _ = ask(turns, Turn(2, "b", "B"))
    for turn in (Turn(2, "a", "A"), Turn(3, "a", "A"), Turn(2, "c", "C")):
        turns, _ = ask(turns, turn)
    turns, new = give_back(turns, 1)
    assert new == (Turn(3, "a", "A"),)
    turns, new = give_back(turns, 2, "b")
    assert new == ()  # C is free, and A was promised
    turns, new = give_back(turns, 3)
    assert new == (Turn(2, "a", "A"),)
    turns, new = give_back(turns, 2, "a")
    assert new == (Turn(2, "c", "C"),)


def test_an_account_that_is_stuck_keeps_others_from_its_symbol_only() -> None:
    """They hear why, and trade whatever else they may."""
    turns, _ = ask(Turns(), Turn(1, "a", "A"))
    turns, _ = ask(turns, Turn(2, "a", "A"))
    turns, _ = block(turns, 1, "user 1 is parked")
    assert waiting_for(turns, 1) == (Turn(2, "a", "A"),)
    found = delay(turns, Turn(2, "a", "A"))
    assert found is not None
    assert (found.holder, found.blocked, found.ahead) == (1, "user 1 is parked", 0)
    _, new = ask(turns, Turn(2, "b", "B"))
    assert new == (Turn(2, "b", "B"),)
