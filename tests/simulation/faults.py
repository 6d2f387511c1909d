"""Fault plans drawn from a seed: every fault that the paper venue knows, often enough to matter and rarely enough to
let trades get through.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Literal

from msgspec.structs import replace

from exchange.paper import faults_actions as fault
from exchange.paper.faults_actions import FaultAction, ReplyName
from exchange.paper.faults_plan import Endpoint, FaultPlan, Leg, Rule, When

UNCERTAIN: tuple[ReplyName, ...] = ("server_error", "bad_gateway", "unavailable", "html_page", "empty_body")
TURNED_AWAY: tuple[ReplyName, ...] = ("rate_limited", "banned")
SESSION: tuple[ReplyName, ...] = (
    "login_expired",
    "risk_challenge",
    "verification",
    "step_flows",
    "captcha",
    "restricted",
)
REFUSED: tuple[ReplyName, ...] = (
    "insufficient_balance",
    "below_min_notional",
    "above_max_qty",
    "amount_mismatch",
    "off_step",
    "off_tick",
    "async_operation",
)
PLACEMENTS: tuple[Endpoint, ...] = ("oto-order/place", "order/place")
READS: tuple[Endpoint, ...] = (
    "order/cancel",
    "get-open-order",
    "get-order-history-merge",
    "get-user-trades",
    "cloud-wallet/alpha",
    "user-volume",
    "get-listen-key",
    "aggTicker24",
    "token/list",
    "fullDepth",
)
ENDS: tuple[Literal["CANCELED", "EXPIRED", "REJECTED"], ...] = ("CANCELED", "EXPIRED", "REJECTED")
HARD_LEGS: tuple[Leg | None, ...] = (None, "working", "working", "pending", "plain")
PROCESSED = 0.25
SLOW_S = (1, 2, 3, 4, 5, 6, 8, 13)
"""The longest is longer than an answer is waited for (10 s), and shorter than that and the shortest settle time."""


def draw_plan(chance: Random, seed: int, tokens: tuple[str, ...]) -> FaultPlan:
    """None to eight rules. Half the plans have orders that do not simply fill, which is where most can go wrong."""
    rules = [_rule(chance, tokens) for _ in range(chance.choice((0, 1, 2, 4, 6)))]
    if rules and chance.random() < 0.5:
        rules += _hard_orders(chance)
    rules += _bad_books(Random(f"books/{seed}"))
    return FaultPlan(seed=seed, rules=(*rules, *_new_filters(Random(f"filters/{seed}"), tokens)))


def _hard_orders(chance: Random) -> list[Rule]:
    """Orders that end half filled, or that rest until they are canceled and fill all the same."""
    leg = chance.choice(HARD_LEGS)
    share = Decimal(chance.choice((10, 30, 60))) / 100
    if chance.random() < 0.5:
        part = fault.EndOrder(share=_some(chance, "0.1", "0.5", "0.9"), status=chance.choice(ENDS))
        return [Rule(do=part, when=When(leg=leg, probability=share))]
    late = fault.FillDespiteCancel(share=_some(chance, "0.3", "0.9", "1"), seconds=_some(chance, "0", "4", "40"))
    return [
        Rule(do=fault.NoFill(), when=When(leg=leg, probability=share)),
        Rule(do=late, when=When(probability=Decimal("0.7"))),
    ]


def _new_filters(chance: Random, tokens: tuple[str, ...]) -> list[Rule]:
    """In one plan of eight a symbol's filters change."""
    if chance.random() > 0.12:
        return []
    change = fault.SetRules(
        token=chance.choice(tokens),
        tick_size=_some(chance, "0.00000001", "0.0001"),
        step_size=_some(chance, "0.01", "1"),
        min_notional=_some(chance, "0.1", "5"),
    )
    return [Rule(do=change, when=When(after=Decimal(chance.randint(1, 300))))]


def _bad_books(chance: Random) -> list[Rule]:
    """In one plan of four the books go wrong, too."""
    if chance.random() > 0.25:
        return []
    sides: tuple[Literal["bids", "asks", "both"], ...] = ("bids", "asks", "both")
    action = chance.choice(
        (
            fault.CrossedBook(),
            fault.StaleBook(seconds=_some(chance, "0", "5", "60", "3600")),
            fault.EmptyBook(side=chance.choice(sides)),
        )
    )
    return [Rule(do=action, when=When(probability=Decimal(chance.choice((10, 30, 60))) / 100))]


def draw_late_fills(chance: Random, seed: int) -> FaultPlan:
    """Orders that rest until they are canceled, and fill after their end was reported; nothing else."""
    leg = chance.choice(HARD_LEGS)
    late = fault.FillAfterEnd(share=_some(chance, "0.3", "0.9", "1"), seconds=_some(chance, "0", "1", "4", "20", "70"))
    rests = Rule(do=fault.NoFill(), when=When(leg=leg, probability=Decimal(chance.choice((30, 60))) / 100))
    return FaultPlan(seed=seed, rules=(rests, Rule(do=late, when=When(probability=Decimal("0.7")))))


def _rule(chance: Random, tokens: tuple[str, ...]) -> Rule:
    action, when = chance.choice(DRAWS)(chance, tokens)
    share = Decimal(chance.choice((2, 10, 30))) / 100
    if action.point == "timer":
        return Rule(do=action, when=when)
    once = chance.random() < 0.3
    return Rule(do=action, when=replace(when, nth=chance.randint(1, 6)) if once else replace(when, probability=share))


Drawn = tuple[FaultAction, When]


def _endpoint(chance: Random) -> When:
    return When(endpoint=chance.choice(PLACEMENTS if chance.random() < 0.5 else READS))


def _leg(chance: Random) -> When:
    return When(leg=chance.choice((None, "working", "pending", "plain")))


def _some(chance: Random, *seconds: str) -> Decimal:
    return Decimal(chance.choice(seconds))


def _slow(chance: Random, _: tuple[str, ...]) -> Drawn:
    seconds = Decimal(chance.choice(SLOW_S))
    return fault.Slow(seconds=seconds, processed=chance.random() < 0.5), _endpoint(chance)


def _no_reply(chance: Random, _: tuple[str, ...]) -> Drawn:
    action = fault.NoReply(
        how=chance.choice(("close", "reset", "hang")), processed=chance.random() < 0.5, seconds=Decimal(60)
    )
    return action, _endpoint(chance)


def _uncertain(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.WrongReply(name=chance.choice(UNCERTAIN), processed=chance.random() < 0.5), _endpoint(chance)


def _turned_away(chance: Random, _: tuple[str, ...]) -> Drawn:
    wait = chance.choice((None, 1, 20))
    return _false(chance, chance.choice(TURNED_AWAY), retry_after=wait), _endpoint(chance)


def _session(chance: Random, _: tuple[str, ...]) -> Drawn:
    return _false(chance, chance.choice(SESSION)), replace(_endpoint(chance), at_most=1)


def _refused(chance: Random, _: tuple[str, ...]) -> Drawn:
    return _false(chance, chance.choice(REFUSED)), When(endpoint=chance.choice(PLACEMENTS))


def _false(chance: Random, name: ReplyName, retry_after: int | None = None) -> FaultAction:
    """A refusal; now and then of something that was done all the same."""
    return fault.WrongReply(name=name, retry_after=retry_after, processed=chance.random() < PROCESSED)


def _short_key(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.ShortKey(seconds=_some(chance, "5", "60", "600")), When()


def _cut(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.Cut(code=chance.choice((1000, 1001, 1006))), _leg(chance)


def _mute(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.Mute(), _leg(chance)


def _lose(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.LoseFrame(), _leg(chance)


def _duplicate(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.Duplicate(more=chance.randint(1, 3)), _leg(chance)


def _swap(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.Swap(), _leg(chance)


def _late(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.LateFrame(seconds=_some(chance, "0.1", "3", "30", "400")), _leg(chance)


def _odd(chance: Random, _: tuple[str, ...]) -> Drawn:
    kinds: tuple[Literal["broken", "unknown_event", "huge"], ...] = ("broken", "unknown_event", "huge")
    return fault.OddFrame(kind=chance.choice(kinds), instead=chance.random() < 0.5, bytes=1_100_000), _leg(chance)


def _no_fill(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.NoFill(), _leg(chance)


def _end_order(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.EndOrder(share=_some(chance, "0", "0.3", "0.9", "0.999"), status=chance.choice(ENDS)), _leg(chance)


def _activation(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.Activation(becomes=chance.choice(("REJECTED", "EXPIRED", "PENDING"))), When()


def _fill_despite_cancel(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.FillDespiteCancel(share=_some(chance, "0.5", "1"), seconds=_some(chance, "0", "4")), _leg(chance)


def _volume_lag(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.VolumeLag(seconds=_some(chance, "1", "5", "60", "180")), When()


def _volume_dip(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.VolumeDip(share=_some(chance, "0", "0.5", "0.99")), When()


def _volume_missing(chance: Random, tokens: tuple[str, ...]) -> Drawn:
    return fault.VolumeMissing(token=chance.choice(tokens)), When()


def _balance_lag(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.BalanceLag(seconds=_some(chance, "5", "60", "180")), When()


def _skew(chance: Random, _: tuple[str, ...]) -> Drawn:
    return fault.ClockSkew(seconds=_some(chance, "-3600", "3600", "-2", "2")), When()


def _mul_point(chance: Random, tokens: tuple[str, ...]) -> Drawn:
    action = fault.SetMulPoint(token=chance.choice(tokens), mul_point=chance.choice((1, 2, 4)))
    return action, When(after=Decimal(chance.randint(1, 120)))


def _offline(chance: Random, tokens: tuple[str, ...]) -> Drawn:
    return fault.SetOffline(token=chance.choice(tokens)), When(after=Decimal(chance.randint(1, 300)))


DRAWS: tuple[Callable[[Random, tuple[str, ...]], Drawn], ...] = (
    _slow,
    _no_reply,
    _no_reply,
    _uncertain,
    _uncertain,
    _turned_away,
    _session,
    _refused,
    _short_key,
    _cut,
    _mute,
    _lose,
    _duplicate,
    _swap,
    _late,
    _odd,
    _no_fill,
    _end_order,
    _activation,
    _fill_despite_cancel,
    _volume_lag,
    _volume_dip,
    _volume_missing,
    _balance_lag,
    _skew,
    _mul_point,
    _offline,
)
