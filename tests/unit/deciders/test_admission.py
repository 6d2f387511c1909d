"""Whose turn it is to trade (`max_concurrent_users`)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.deciders.admission import Admission, Ask, Limits, ask, leave

ONE_USER = Admission(limits=Limits(overall=1))


def asked(state: Admission, *asks: tuple[int, str]) -> tuple[Admission, list[Ask]]:
    begun: list[Ask] = []
    for user_id, strategy_id in asks:
        state, some = ask(state, user_id, strategy_id)
        begun += some
    return state, begun


def test_without_limits_everybody_begins_at_once() -> None:
    """No limit is the default."""
    assert asked(Admission(), (1, "a"), (2, "a"))[1] == [Ask(1, "a"), Ask(2, "a")]


def test_users_beyond_the_limit_wait_in_the_order_in_which_they_asked() -> None:
    """First come, first served."""
    state, begun = asked(ONE_USER, (3, "a"), (1, "a"), (2, "a"))
    assert begun == [Ask(3, "a")]
    assert leave(state, 3, "a")[1] == (Ask(1, "a"),)


def test_another_strategy_of_a_user_that_trades_takes_no_further_place() -> None:
    """The overall limit counts users, not strategies."""
    assert asked(ONE_USER, (1, "a"), (1, "b"))[1] == [Ask(1, "a"), Ask(1, "b")]


def test_a_user_keeps_its_place_until_its_last_strategy_is_over() -> None:
    """One of two strategies being over frees nothing."""
    state, _ = asked(ONE_USER, (1, "a"), (1, "b"), (2, "a"))
    state, begun = leave(state, 1, "a")
    assert begun == ()
    assert leave(state, 1, "b")[1] == (Ask(2, "a"),)


def test_a_full_strategy_holds_up_nobody_in_another() -> None:
    """The limit of a strategy counts its users only."""
    state = Admission(limits=Limits(per_strategy=(("a", 1),)))
    assert asked(state, (1, "a"), (2, "a"), (2, "b"))[1] == [Ask(1, "a"), Ask(2, "b")]


def test_asking_again_keeps_the_turn() -> None:
    """A UserActor that was started anew is told again that it may begin, or waits where it waited."""
    state, _ = asked(ONE_USER, (1, "a"), (2, "a"), (3, "a"))
    assert ask(state, 1, "a") == (state, (Ask(1, "a"),))
    assert ask(state, 2, "a") == (state, ())


def test_one_that_gives_up_while_it_waits_leaves_the_queue() -> None:
    """A strategy that is over must not be granted a turn later."""
    state, _ = asked(ONE_USER, (1, "a"), (2, "a"), (3, "a"))
    state, _ = leave(state, 2, "a")
    assert leave(state, 1, "a")[1] == (Ask(3, "a"),)


ASKS = st.tuples(st.sampled_from(["ask", "leave"]), st.integers(1, 5), st.sampled_from("abc"))


@settings(max_examples=100)
@given(st.integers(1, 3), st.integers(1, 3), st.lists(ASKS, max_size=40))
def test_limits_hold_and_nobody_is_forgotten(overall: int, each: int, steps: list[tuple[str, int, str]]) -> None:
    """Whatever happens, limits are kept, and when all that trade leave, all that wait get their turn."""
    state = Admission(limits=Limits(overall=overall, per_strategy=tuple((name, each) for name in "abc")))
    for step, user_id, strategy_id in steps:
        state, _ = (ask if step == "ask" else leave)(state, user_id, strategy_id)
        assert len({one.user_id for one in state.inside}) <= overall
        assert all(sum(one.strategy_id == name for one in state.inside) <= each for name in "abc")
    while state.inside:
        state, _ = leave(state, state.inside[0].user_id, state.inside[0].strategy_id)
    assert state.waiting == ()
