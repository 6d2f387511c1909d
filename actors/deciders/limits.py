"""What holds a strategy back before its target: wear, the day's end, held coins, a venue that turns away. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from actors.deciders.answers import said
from actors.deciders.draft import Draft
from actors.deciders.user_volume import check_again, end_strategy, park
from events.accounts import AccountQuieted
from events.inventory import InventoryCleared
from events.numbers import plain
from events.strategies import DayClosed, WearLimitReached
from projections.states.user import DAY_MS, StrategyState, UserState

# What a venue that names no time is left in peace for after 429 (venue protocol notes, section 13: 30 s, then 15 s more
# each time, at most 10 times).
QUIET_MS = 30_000
QUIET_STEP_MS = 15_000
MOST_TURNED_AWAY = 10
SPREAD_PRIME = 7_919
BPS = Decimal(10_000)
EPOCH_DAY = date(1970, 1, 1).toordinal()


def end_what_must_end(draft: Draft, s: StrategyState) -> None:
    """Called between trades, so that a limit is passed by no more than one trade's worst case."""
    if s.terms.sweep:
        return  # it buys nothing
    if 0 < s.day < draft.now // DAY_MS:
        _close_day(draft, s)
    elif s.phase in ("checking", "settling"):
        return  # the target may be reached, and then nothing else matters
    elif s.terms.rules.base_asset in draft.state.held:
        held = draft.state.held[s.terms.rules.base_asset]
        who = s.terms.user_id
        words = (
            f"{plain(held.quantity)} {s.terms.ticker} are held unsold: sell them with bin/run sweep --user {who},"
            f" or deal with them yourself and then bin/run acknowledge --user {who}"
        )
        end_strategy(draft, s.terms.strategy_id, "parked", words)
    else:
        _check_wear(draft, s)


def acknowledged(state: UserState, ticker: str | None) -> tuple[InventoryCleared, ...]:
    """The operator has dealt with the held coins, of one token or of all: they no longer stand in the way.

    Not those of the trade in hand: an order of it may be selling them, and what it sold must be theirs.
    """
    return tuple(
        InventoryCleared(user_id=state.user_id, asset=asset, quantity=held.quantity, how="acknowledged")
        for asset, held in state.held.items()
        if ticker in (None, held.ticker) and asset != _traded_now(state)
    )


def why_not_acknowledged(state: UserState, ticker: str | None) -> str:
    """Which held coins must wait for what, empty where none must."""
    held = state.held.get(_traded_now(state))
    if held is None or state.trade is None or ticker not in (None, held.ticker):
        return ""
    trade, user = state.trade.trade_id, state.user_id
    return (
        f"user {user}: trade {trade} is in hand and may be selling the {plain(held.quantity)} {held.ticker} that are"
        f" held: let it end first, with bin/run sweep --user {user} or the next bin/run supervisor"
    )


def _traded_now(state: UserState) -> str:
    return state.trade.terms.rules.base_asset if state.trade is not None and state.trade.terms is not None else ""


def next_day(s: StrategyState) -> int | None:
    """When the venue's day is over for the strategy (ms), None before its first settled volume."""
    return (s.day + 1) * DAY_MS if s.day else None


def note_quiet(draft: Draft, message: Any) -> None:
    """A rate limit holds for the account, whichever call met it, and across a restart.

    The venue's own time is waited for, or one that grows from limit to limit; a little more, so that accounts which
    were turned away together do not come back together.
    """
    if not _turned_away(message) or draft.state.parked:
        return
    turned_away = draft.state.turned_away
    wait = message.retry_after_ms or (0 if draft.quiet else QUIET_MS + QUIET_STEP_MS * turned_away)
    until = draft.now + wait + (draft.now + draft.state.user_id * SPREAD_PRIME) % max(wait // 10, 1)
    if until > draft.state.quiet_until:
        draft.record(AccountQuieted(user_id=draft.state.user_id, until=until, reason=said(message)))


def park_if_always_turned_away(draft: Draft, message: Any) -> None:
    if _turned_away(message) and draft.state.turned_away >= MOST_TURNED_AWAY:
        park(draft, f"the venue turned the account away {MOST_TURNED_AWAY} times in a row: {said(message)}")


def _turned_away(message: Any) -> bool:
    return getattr(message, "outcome", "") == "rate_limited"


def _close_day(draft: Draft, s: StrategyState) -> None:
    """A run that was begun after that day, to go on where a crash left it, has the new day to trade."""
    volume = (s.volume or Decimal(0)) + s.credit_since
    goes_on = s.terms.continue_after_midnight or s.day < s.begun_on
    draft.record(
        DayClosed(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            day=_day_name(s.day),
            volume=volume,
            continues=goes_on,
        )
    )
    if goes_on:
        check_again(draft, draft.state.strategies[s.terms.strategy_id], "a new day begins")
    else:
        end_strategy(draft, s.terms.strategy_id, "day_over", f"the UTC day {_day_name(s.day)} is over")


def _check_wear(draft: Draft, s: StrategyState) -> None:
    if s.wear_day != draft.now // DAY_MS:
        return
    if s.terms.max_wear_usdt is not None and s.wear >= s.terms.max_wear_usdt:
        _worn(draft, s, "max_wear_usdt", s.terms.max_wear_usdt)
    elif s.terms.max_wear_bps is not None and s.wear * BPS >= s.terms.max_wear_bps * s.turnover > 0:
        _worn(draft, s, "max_wear_bps", s.terms.max_wear_bps)


def _worn(draft: Draft, s: StrategyState, limit: Literal["max_wear_usdt", "max_wear_bps"], allowed: Decimal) -> None:
    draft.record(
        WearLimitReached(
            user_id=draft.state.user_id,
            strategy_id=s.terms.strategy_id,
            day=_day_name(s.wear_day),
            limit=limit,
            allowed=allowed,
            wear=s.wear,
            turnover=s.turnover,
        )
    )
    end_strategy(draft, s.terms.strategy_id, "worn", f"{limit} of {allowed} is reached: {s.wear:f} USDT today")


def _day_name(day: int) -> str:
    return date.fromordinal(EPOCH_DAY + day).isoformat()
