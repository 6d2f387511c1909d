"""What an operator is told of, folded from the log: what is due, what repeats, what must wait. Pure and total.

Events are taken in at the time at which they were decided, so that folding them again comes to the same; only what time
itself brings (a stream that stays down, a day that is over) is decided by `tick`. Times are in ms since the epoch.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from events.base import Event, Recorded
from events.control import AccountResumed
from events.inventory import InventoryHeld
from events.numbers import plain
from events.strategies import StrategyEnded, WearLimitReached
from events.system import (
    AccountParked,
    LogCut,
    RunEnded,
    RunStarted,
    StreamClosed,
    StreamConnected,
    StreamFailed,
    StreamLost,
)
from events.trades import TradeCompleted, TradePartlyCompleted
from events.volumes import TargetReached

AlertKind = Literal[  # what the settings may name
    "target_reached",
    "account_parked",
    "stream_lost",
    "wear_limit",
    "inventory_held",
    "storage",
    "daily_statement",
]
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
EPOCH = date(1970, 1, 1).toordinal()
STATEMENT_AFTER_MS = 5 * 60_000
"""The venue's figures of a day lag by minutes."""
MOST_KEPT = 200
"""Of the alerts that wait for a digest, so many are told with their titles, the others only counted."""


class AlertRules(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell of. An alert with the same key is told once in `dedupe_ms`; at most `most_per_hour` are sent."""

    tell: tuple[AlertKind, ...] = (
        *("target_reached", "account_parked", "stream_lost", "wear_limit", "inventory_held", "storage"),
        "daily_statement",
    )
    dedupe_ms: int = HOUR_MS
    most_per_hour: int = 20
    stream_lost_ms: int = 120_000


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """`key` says what it is about: the same key is the same trouble. `day` and `accounts` are a statement's."""

    kind: AlertKind | Literal["digest"]
    key: str
    at: int
    title: str
    text: str
    day: str = ""
    accounts: tuple[int, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """When an alert of a key was last told, and how often it came again since."""

    at: int
    again: int = 0


class DownStream(msgspec.Struct, frozen=True):
    since: int
    reason: str
    told: bool = False


class AlertsState(msgspec.Struct, frozen=True, kw_only=True):
    """`sent` are the times of the last hour's alerts, `held` the titles that wait for a digest, `held_more` how many
    more do. `running` are the accounts of the run that goes on, `days` those of each UTC day, by its number, whose
    statement has not been told.
    """

    told: dict[str, Told] = {}
    sent: tuple[int, ...] = ()
    held: tuple[str, ...] = ()
    held_more: int = 0
    down: dict[int, DownStream] = {}
    running: tuple[int, ...] = ()
    days: dict[int, tuple[int, ...]] = {}


Step = tuple[AlertsState, tuple[Alert, ...]]
ACT_PARKED = "Look at the account at the venue, then start the run again."
ACT_RESTRICTED = "See to the account at the venue, then: bin/run resume --user {}"
ACT_HELD = "Sell them with bin/run sweep --user {0}, or deal with them and run bin/run acknowledge --user {0}"


def take(state: AlertsState, recorded: Recorded, rules: AlertRules) -> Step:
    """The state after an event, and what is to be told because of it."""
    at = recorded.meta.ts_init
    state, alerts = tick(state, at, rules)
    state = _followed(state, recorded.event, at)
    make = _ALERTS.get(type(recorded.event))
    alert = make(recorded.event, at) if make is not None else None
    if alert is None:
        return state, alerts
    state, more = offer(state, alert, rules)
    return state, (*alerts, *more)


def tick(state: AlertsState, now: int, rules: AlertRules) -> Step:
    """What time alone brings: streams that stay down, the day's end, the digest of what had to wait."""
    due = [
        (user, down)
        for user, down in sorted(state.down.items())
        if not down.told and now >= down.since + rules.stream_lost_ms
    ]
    alerts: list[Alert] = []
    for user, down in due:
        state = replace(state, down={**state.down, user: replace(down, told=True)})
        state, more = offer(state, _stream_down(user, down, now), rules)
        alerts += more
    for day in sorted(state.days):
        if now >= _statement_at(day):
            state, more = _day_over(state, day, now, rules)
            alerts += more
    state, more = _digest(state, now, rules)
    return state, (*alerts, *more)


def next_deadline(state: AlertsState, rules: AlertRules) -> int | None:
    """When `tick` has something to do, None while it has not."""
    times = [down.since + rules.stream_lost_ms for down in state.down.values() if not down.told]
    times += map(_statement_at, state.days)
    if state.held:
        times.append(_slot(state, rules))
    return min(times, default=None)


def offer(state: AlertsState, alert: Alert, rules: AlertRules) -> Step:
    """An alert that has come up: told now, counted as a repeat, or held back for a digest."""
    if alert.kind not in rules.tell:
        return state, ()
    before = state.told.get(alert.key)
    if before is not None and alert.at < before.at + rules.dedupe_ms:
        repeated = replace(before, again=before.again + 1)
        return replace(state, told={**state.told, alert.key: repeated}), ()
    fresh = {key: one for key, one in state.told.items() if alert.at < one.at + rules.dedupe_ms}
    state = replace(state, told={**fresh, alert.key: Told(alert.at)}, sent=_recent(state, alert.at))
    if len(state.sent) >= rules.most_per_hour:
        return _held_back(state, alert), ()
    if before is not None and before.again:
        alert = replace(alert, text=f"{alert.text}\nIt came {before.again} more times since it was last told.")
    return replace(state, sent=(*state.sent, alert.at)), (alert,)


def _recent(state: AlertsState, now: int) -> tuple[int, ...]:
    return tuple(at for at in state.sent if now < at + HOUR_MS)


def _slot(state: AlertsState, rules: AlertRules) -> int:
    """When the next alert may be sent."""
    return state.sent[-rules.most_per_hour] + HOUR_MS if len(state.sent) >= rules.most_per_hour else 0


def _held_back(state: AlertsState, alert: Alert) -> AlertsState:
    if len(state.held) < MOST_KEPT:
        return replace(state, held=(*state.held, alert.title))
    return replace(state, held_more=state.held_more + 1)


def _digest(state: AlertsState, now: int, rules: AlertRules) -> Step:
    """All that had to wait, in one, as soon as one may be sent again."""
    if not state.held or now < _slot(state, rules):
        return state, ()
    count = len(state.held) + state.held_more
    more = (f"and {state.held_more} more",) if state.held_more else ()
    text = "\n".join((*state.held, *more, "They had to wait for the rate limit; bin/run query problems tells more."))
    digest = Alert(kind="digest", key=f"digest/{now}", at=now, title=f"{count} alerts that had to wait", text=text)
    return replace(state, held=(), held_more=0, sent=(*_recent(state, now), now)), (digest,)


def _statement_at(day: int) -> int:
    return (day + 1) * DAY_MS + STATEMENT_AFTER_MS


def _day_over(state: AlertsState, day: int, now: int, rules: AlertRules) -> Step:
    name, accounts = _day_name(day), state.days[day]
    alert = Alert(
        kind="daily_statement",
        key=f"statement/{name}",
        at=now,
        title=f"Statement of {name} (UTC)",
        text=f"bin/run query statement --user N --day {name}",
        day=name,
        accounts=accounts,
    )
    return offer(replace(state, days={one: who for one, who in state.days.items() if one != day}), alert, rules)


def _day_name(day: int) -> str:
    """`2026-11-21` of a number of days since 1970-01-01."""
    return date.fromordinal(EPOCH + day).isoformat()


def _followed(state: AlertsState, event: Event, at: int) -> AlertsState:
    """Take note of what is no alert by itself."""
    if isinstance(event, RunStarted):
        state = replace(state, down={}, running=event.accounts)
    state = _day_of(state, at // DAY_MS)
    match event:
        case AccountResumed(user_id=user):
            return replace(state, told={key: one for key, one in state.told.items() if key != _parked_key(user)})
        case StreamLost(user_id=user, reason=reason):
            return replace(state, down={user: DownStream(at, reason), **state.down})
        case StreamConnected(user_id=user) | StreamFailed(user_id=user) | StreamClosed(user_id=user):
            return replace(state, down={one: down for one, down in state.down.items() if one != user})
        case RunEnded():
            return replace(state, down={}, running=())
    return state


def _day_of(state: AlertsState, day: int) -> AlertsState:
    """The accounts of the run belong to every day on which it records something."""
    known = state.days.get(day, ())
    accounts = tuple(sorted({*known, *state.running}))
    return state if accounts == known else replace(state, days={**state.days, day: accounts})


def _stream_down(user: int, down: DownStream, now: int) -> Alert:
    seconds = (now - down.since) // 1000
    text = f"For {seconds} s nothing has come: {down.reason}. No trade begins meanwhile, and it is tried again."
    return Alert(kind="stream_lost", key=f"stream/{user}", at=now, title=f"User {user}: stream lost", text=text)


def _stream_failed(event: StreamFailed, at: int) -> Alert:
    text = f"Given up after {event.attempts} tries: {event.reason}. Mend it, and start the run again."
    user = event.user_id
    title = f"User {user}: stream given up"
    return Alert(kind="stream_lost", key=f"stream-failed/{user}", at=at, title=title, text=text)


def _target(event: TargetReached, at: int) -> Alert | None:
    if event.skipped:
        return None
    volume = f"{plain(event.current_volume)}/{plain(event.target_volume)} USDT"
    title = f"User {event.user_id}: target reached"
    key = f"target/{event.user_id}/{event.strategy_id}"
    return Alert(kind="target_reached", key=key, at=at, title=title, text=f"{event.strategy_id}: {volume}")


def _parked_key(user: int) -> str:
    """Forgotten when the account is taken up again: to be parked once more is news."""
    return f"parked/{user}"


def _parked(event: AccountParked, at: int) -> Alert:
    user = event.user_id
    text = f"{event.reason}\n{ACT_RESTRICTED.format(user) if event.restricted else ACT_PARKED}"
    return Alert(kind="account_parked", key=_parked_key(user), at=at, title=f"User {user}: parked", text=text)


def _ended(event: StrategyEnded, at: int) -> Alert | None:
    if event.status != "failed":
        return None
    user, text = event.user_id, f"{event.strategy_id}: {event.reason}\nMend it, and start the run again."
    key = f"failed/{user}/{event.strategy_id}"
    return Alert(kind="account_parked", key=key, at=at, title=f"User {user}: failed", text=text)


def _worn(event: WearLimitReached, at: int) -> Alert:
    user = event.user_id
    text = f"{event.strategy_id}: {event.limit} allows {plain(event.allowed)} on {event.day}, trading cost "
    text += f"{plain(event.wear)} USDT. It goes on the next day, or with a higher limit."
    key = f"wear/{user}/{event.strategy_id}/{event.day}"
    return Alert(kind="wear_limit", key=key, at=at, title=f"User {user}: wear limit", text=text)


def _held(event: InventoryHeld, at: int) -> Alert:
    user, coins = event.user_id, f"{plain(event.quantity)} {event.ticker} worth {plain(event.value)} USDT"
    text = f"{coins}: {event.reason}\n{ACT_HELD.format(user)}"
    key = f"held/{user}/{event.asset}"
    return Alert(kind="inventory_held", key=key, at=at, title=f"User {user}: coins held unsold", text=text)


def _log_cut(event: LogCut, at: int) -> Alert:
    text = f"From event {event.first_position} on: {event.reason}. The file as found is in {event.quarantine}; look at"
    return storage_alert(f"{text} the accounts at the venue.", at, title="The log's end was damaged and cut off")


def storage_alert(reason: str, at: int, title: str = "Storage failed: the run was given up") -> Alert:
    return Alert(kind="storage", key=f"storage/{title}", at=at, title=title, text=reason)


_ALERTS: dict[type[Event], Callable[[Any, int], Alert | None]] = {
    TargetReached: _target,
    AccountParked: _parked,
    StrategyEnded: _ended,
    StreamFailed: _stream_failed,
    WearLimitReached: _worn,
    InventoryHeld: _held,
    LogCut: _log_cut,
}

FOLLOWED: tuple[type[Event], ...] = (
    *_ALERTS,
    *(RunStarted, RunEnded, StreamLost, StreamConnected, StreamClosed, AccountResumed),
    *(TradeCompleted, TradePartlyCompleted),  # a day on which they are recorded was a day of trading
)
"""All that `take` needs of a log; other events change nothing."""
