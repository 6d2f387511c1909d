"""Whose turn it is on a symbol (`self_match_guard`): one account of ours at a time, so that they never trade together.

A turn lasts from before a trade's first intent until the trade is over: until then an order of it may be live. First
come, first served on each symbol. An account has one trade at a time, so one that has a turn elsewhere is passed over;
from then on nothing else is granted to it before the oldest turn that it was passed over for, so nobody starves. Pure.

Run-local: accounts ask anew after a restart, and who has a trade in hand is read from the log when a run begins.
"""

import msgspec
from msgspec.structs import replace


class Turn(msgspec.Struct, frozen=True):
    user_id: int
    strategy_id: str
    symbol: str


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """`holding` trade, `waiting` are in the order in which they asked. `blocked` says why the turns of an account will
    not end until its operator acts.
    """

    holding: tuple[Turn, ...] = ()
    waiting: tuple[Turn, ...] = ()
    passed_over: frozenset[Turn] = frozenset()
    blocked: dict[int, str] = {}


class Delay(msgspec.Struct, frozen=True):
    """What a turn waits for: the account that has the symbol, why that may last, and how many come first."""

    holder: int
    blocked: str
    ahead: int


def ask(turns: Turns, turn: Turn) -> tuple[Turns, tuple[Turn, ...]]:
    """The new state and whose turn has come. One that asks again keeps its place, or hears again that it may begin."""
    if turn in turns.holding:
        return turns, (turn,)
    if turn not in turns.waiting:
        turns = replace(turns, waiting=(*turns.waiting, turn))
    return _grant(turns)


def give_back(turns: Turns, user_id: int, strategy_id: str = "") -> tuple[Turns, tuple[Turn, ...]]:
    """The new state and whose turn has come, after a strategy of the account, or all, neither trade nor wait."""

    def stays(one: Turn) -> bool:
        return one.user_id != user_id or strategy_id not in ("", one.strategy_id)

    return _grant(
        replace(
            turns,
            holding=tuple(filter(stays, turns.holding)),
            waiting=tuple(filter(stays, turns.waiting)),
            passed_over=frozenset(filter(stays, turns.passed_over)),
        )
    )


def hold(turns: Turns, turn: Turn) -> Turns:
    """An account has a trade in hand from before this run, whoever else has one on the symbol."""
    return replace(turns, holding=(*turns.holding, turn))


def block(turns: Turns, user_id: int, reason: str) -> tuple[Turns, tuple[Turn, ...]]:
    """The turns that the account has will not end by themselves; with no reason they will again.

    The new state, and whose turn has come.
    """
    blocked = {one: why for one, why in turns.blocked.items() if one != user_id}
    return _grant(replace(turns, blocked=blocked | ({user_id: reason} if reason else {})))


def delay(turns: Turns, turn: Turn) -> Delay | None:
    """Why a turn has not come yet; None where it does not wait for another account."""
    holders = [one.user_id for one in turns.holding if one.symbol == turn.symbol]
    if turn not in turns.waiting or not holders:
        return None
    holder = next((one for one in holders if one in turns.blocked), holders[0])
    before = turns.waiting[: turns.waiting.index(turn)]
    return Delay(holder, turns.blocked.get(holder, ""), sum(one.symbol == turn.symbol for one in before))


def waiting_for(turns: Turns, user_id: int) -> tuple[Turn, ...]:
    """Those that wait for a symbol that the account has."""
    symbols = {one.symbol for one in turns.holding if one.user_id == user_id}
    return tuple(one for one in turns.waiting if one.symbol in symbols)


def _grant(turns: Turns) -> tuple[Turns, tuple[Turn, ...]]:
    granted: tuple[Turn, ...] = ()
    for one in turns.waiting:
        if not (_taken(turns, one) or _busy(turns, one) or _promised(turns, one)):
            turns = _begin(turns, one)
            granted = (*granted, one)
    return turns, granted


def _begin(turns: Turns, turn: Turn) -> Turns:
    """Those that asked for the symbol before are passed over."""
    place = turns.waiting.index(turn)
    before = frozenset(one for one in turns.waiting[:place] if one.symbol == turn.symbol)
    return replace(
        turns,
        holding=(*turns.holding, turn),
        waiting=(*turns.waiting[:place], *turns.waiting[place + 1 :]),
        passed_over=(turns.passed_over | before) - {turn},
    )


def _taken(turns: Turns, turn: Turn) -> bool:
    return any(held.symbol == turn.symbol for held in turns.holding)


def _busy(turns: Turns, turn: Turn) -> bool:
    return any(held.user_id == turn.user_id for held in turns.holding)


def _promised(turns: Turns, turn: Turn) -> bool:
    """Whether the account waits for something else first: the oldest that it was passed over for and that may come."""
    stuck = {held.symbol for held in turns.holding if held.user_id in turns.blocked}
    own = (one for one in turns.waiting if one.user_id == turn.user_id)
    return next((one for one in own if one in turns.passed_over and one.symbol not in stuck), turn) != turn
