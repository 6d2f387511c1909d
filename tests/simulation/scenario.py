"""What a seed stands for: accounts, strategies, a venue, and all that is to go wrong, drawn before anything begins."""

from decimal import Decimal
from random import Random
from typing import Literal

import msgspec

from actors.deciders.admission import Limits
from events.values import StrategyTerms, SymbolRules
from exchange.alpha import decode
from exchange.alpha.listings import ExchangeInfo
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.settings import PaperSettings
from exchange.paper.tokens import listings
from tests.simulation.faults import draw_late_fills, draw_plan
from tests.simulation.hazards import HazardRates
from tests.simulation.network import NetworkRates
from tests.support.terms import TERMS

NOON = 1_760_961_600_000
HOUR = 3_600_000
DAY = 24 * HOUR
TOKENS = {"AOP": "ALPHA_382", "KOGE": "ALPHA_22", "ALEO": "ALPHA_373", "MERL": "ALPHA_195"}

STEADY_INTERVAL_MS = 20_000
STEADY_TRADE_MS = 21_000
"""The pause after a trade, and what a trade takes with it."""

Order = Literal["pause", "resume", "stop account", "kill account"]
ORDERS: tuple[Order, ...] = ("pause", "pause", "resume", "resume", "stop account", "kill account")
ActKind = (
    Literal["stop", "stop now", "kill", "kill venue", "kill both", "mul point", "price", "halt", "depth", "cut"] | Order
)
ACTS: tuple[ActKind, ...] = (
    "stop",
    "stop now",
    "kill",
    "kill",
    "kill venue",
    "kill both",
    "mul point",
    "price",
    "halt",
    "depth",
    "cut",
)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody does at `at_ms` after the beginning; what goes down is up again after `for_ms`.

    A command is for one strategy, or for one account, or (neither) for all.
    """

    at_ms: int
    kind: ActKind
    for_ms: int = 0
    token: str = ""
    value: Decimal = Decimal(0)
    user_id: int | None = None
    strategy_id: str = ""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """`horizon_ms` is how long things may go wrong; after that everything must come to an end by itself."""

    seed: int
    began_at: int
    horizon_ms: int
    terms: tuple[StrategyTerms, ...]
    limits: Limits
    settings: PaperSettings
    plan: FaultPlan
    network: NetworkRates
    hazards: HazardRates
    acts: tuple[Act, ...] = ()


def draw(seed: int) -> Scenario:
    """The scenario of a seed. About one in eight has no fault, or none but late fills and a process that is killed."""
    chance = Random(f"scenario/{seed}")
    calm = chance.random() < 0.12
    late = calm and Random(f"late/{seed}").random() < 0.7
    accounts = tuple(range(1, chance.choice((1, 1, 2, 2, 3, 4)) + 1))
    settings = _settings(chance, seed)
    terms = _terms(chance, accounts)
    horizon = chance.choice((600_000, 1_800_000, 7_200_000))
    tokens = tuple(sorted({one.ticker for one in terms}))
    return Scenario(
        seed=seed,
        began_at=_began_at(chance),
        horizon_ms=horizon,
        terms=_by_book(terms, seed),
        limits=Limits(overall=chance.choice((None, None, 1, 2))),
        settings=settings,
        plan=_plan(chance, seed, tokens, calm=calm, late=late),
        network=NetworkRates() if calm else _network(chance),
        hazards=_calm_hazards(seed, late=late) if calm else _hazards(chance),
        acts=() if calm else _with_orders(_acts(chance, horizon, tokens), Random(f"asks/{seed}"), terms),
    )


def _plan(chance: Random, seed: int, tokens: tuple[str, ...], *, calm: bool, late: bool) -> FaultPlan:
    """Fills after an order's end come by their frames: nothing else goes wrong with those."""
    if late:
        return draw_late_fills(chance, seed)
    return FaultPlan(seed=seed) if calm else draw_plan(chance, seed, tokens)


def steady(seed: int, hours: int) -> Scenario:
    """Two accounts that trade without a pause for about so many hours of one UTC day, and nothing goes wrong."""
    chance = Random(f"steady/{seed}")
    began_at = NOON - DAY // 2 + chance.randrange(1, 60_000)
    rules = symbol_rules()[f"{TOKENS['AOP']}USDT"]
    trades = hours * HOUR // STEADY_TRADE_MS
    account = msgspec.structs.replace(
        TERMS,
        strategy_id="aop-boost",
        rules=rules,
        amount=Decimal(40),
        target_volume=10 * Decimal(trades),
        interval_ms=STEADY_INTERVAL_MS,
    )
    return Scenario(
        seed=seed,
        began_at=began_at,
        horizon_ms=hours * HOUR,
        terms=tuple(msgspec.structs.replace(account, user_id=user_id) for user_id in (1, 2)),
        limits=Limits(overall=None),
        settings=PaperSettings(seed=seed),
        plan=FaultPlan(seed=seed),
        network=NetworkRates(way_ms=(20, 80)),
        hazards=HazardRates(),
    )


def guarded(scenario: Scenario) -> Scenario:
    """The same where accounts' orders can meet, and only one account at a time trades a symbol."""
    return msgspec.structs.replace(
        scenario,
        terms=tuple(msgspec.structs.replace(one, self_match_guard=True) for one in scenario.terms),
        settings=msgspec.structs.replace(scenario.settings, match_accounts=True),
    )


def _began_at(chance: Random) -> int:
    """Some time of a day, at times just before its end."""
    midnight = NOON + DAY // 2
    return midnight - (chance.randrange(1, 300_000) if chance.random() < 0.1 else chance.randrange(HOUR, DAY))


def _settings(chance: Random, seed: int) -> PaperSettings:
    lags = (0, 0, 0, 1, 5, 30, 120, 180)
    return PaperSettings(
        seed=seed,
        latency="fast" if chance.random() < 0.3 else "observed",
        credit_rule="multiplied" if chance.random() < 0.2 else "divided",
        volume_lag_seconds=Decimal(chance.choice(lags)),
        book_levels=chance.choice((12, 12, 3, 1)),
        level_notional_usdt=Decimal(chance.choice((150, 150, 30, 8))),
        listen_key_repost=chance.choice(("replaces", "adds", "same")),
        listen_key_ttl_seconds=chance.choice((3600, 3600, 1800)),
        pending_after_cancel=chance.choice(("EXPIRED", "CANCELED")),
        open_orders_show_pending=chance.random() < 0.5,
        never_fill_probability=chance.choice((0.0, 0.0, 0.0, 0.1)),
    )


def symbol_rules() -> dict[str, SymbolRules]:
    """The rules of the paper venue's own symbols."""
    info = ExchangeInfo(symbols=listings(PaperSettings()).symbols)
    return decode.rules_of(msgspec.Raw(msgspec.json.encode(info)))


def _terms(chance: Random, accounts: tuple[int, ...]) -> tuple[StrategyTerms, ...]:
    """One to three strategies on tokens of their own; each account has at least one of them."""
    rules = symbol_rules()
    tickers = chance.sample(sorted(TOKENS), chance.choice((1, 1, 2, 3)))
    templates = [_template(chance, ticker, rules[f"{TOKENS[ticker]}USDT"]) for ticker in tickers]
    terms: list[StrategyTerms] = []
    for account in accounts:
        chosen = [one for one in templates if chance.random() < 0.7] or templates[:1]
        terms += [msgspec.structs.replace(one, user_id=account) for one in chosen]
    return tuple(terms)


def _by_book(terms: tuple[StrategyTerms, ...], seed: int) -> tuple[StrategyTerms, ...]:
    """In one scenario of five all prices come from the book."""
    if Random(f"book/{seed}").random() > 0.2:
        return terms
    return tuple(msgspec.structs.replace(one, price_source="book") for one in terms)


def _template(chance: Random, ticker: str, rules: SymbolRules) -> StrategyTerms:
    amount = Decimal(chance.choice((10, 30, 40)))
    interval = chance.choice((0, 1_000, 3_000, 20_000))
    return msgspec.structs.replace(
        TERMS,
        strategy_id=f"{ticker.lower()}-boost",
        ticker=ticker,
        rules=rules,
        target_volume=amount * chance.randint(1, 4) / chance.choice((1, 2)),
        amount=amount,
        interval_ms=interval,
        order_timeout_ms=chance.choice((15_000, 60_000, 300_000)),
        retry_delay_ms=chance.choice((1_000, 20_000)),
        volume_check_delay_ms=chance.choice((1_000, 5_000, 20_000)),
        max_retry_attempts=chance.choice((3, 5)),
        probe_trades=chance.choice((0, 1, 2)),
        settle_ms=chance.choice((10_000, 10_000, 30_000)),
        unwind_attempts=chance.choice((1, 5)),
        max_wear_usdt=chance.choice((*[None] * 8, Decimal("0.1"), Decimal("0.5"), Decimal(1))),
        max_wear_bps=chance.choice((*[None] * 8, Decimal(30))),
        continue_after_midnight=chance.random() < 0.5,
    )


def _network(chance: Random) -> NetworkRates:
    def share(*choices: float) -> float:
        return chance.choice((0.0, *choices))

    return NetworkRates(
        unreachable=share(0.01, 0.1),
        request_lost=share(0.01, 0.05),
        reply_lost=share(0.01, 0.05),
        connection_goes_silent=share(0.1, 0.5),
        way_ms=chance.choice(((1, 3), (20, 80), (1, 900))),
    )


def _hazards(chance: Random) -> HazardRates:
    return HazardRates(
        kill_every=chance.choice((0, 0, 150, 600, 2_000)),
        fail_every=chance.choice((0, 0, 100, 500, 2_000)),
        storage_every=chance.choice((0, 0, 0, 400)),
        slow_share=chance.choice((0.0, 0.05, 0.3)),
        slowest_s=chance.choice((0.05, 0.5, 3.0)),
    )


def _calm_hazards(seed: int, *, late: bool) -> HazardRates:
    """Half of those that hear late of fills are killed now and then, also between two actors that are told of one."""
    chance = Random(f"late kills/{seed}")
    return HazardRates(kill_every=chance.choice((0, 12, 25, 50)) if late else 0)


def _acts(chance: Random, horizon: int, tokens: tuple[str, ...]) -> tuple[Act, ...]:
    soon = min(horizon, 200_000)
    acts = [
        Act(
            at_ms=chance.randrange(1, soon if chance.random() < 0.8 else horizon),
            kind=chance.choice(ACTS),
            for_ms=chance.choice((50, 2_000, 15_000, 90_000)),
            token=chance.choice(tokens),
            value=Decimal(chance.choice((1, 2, 4, 8))),
        )
        for _ in range(chance.choice((0, 1, 2, 5)))
    ]
    acts += [_impatience(chance, act) for act in acts if act.kind in ("stop", "stop now") and chance.random() < 0.5]
    return tuple(sorted(acts, key=lambda act: act.at_ms))


def _with_orders(acts: tuple[Act, ...], chance: Random, terms: tuple[StrategyTerms, ...]) -> tuple[Act, ...]:
    """In one of four, the operator commands the running process, too: over the first minutes, when there is trading."""
    if chance.random() < 0.75:
        return acts
    orders = [_order(chance, chance.choice(terms)) for _ in range(chance.choice((1, 2, 4)))]
    return tuple(sorted((*acts, *orders), key=lambda act: act.at_ms))


def _order(chance: Random, one: StrategyTerms) -> Act:
    kind, scope = chance.choice(ORDERS), chance.choice(("user", "user", "strategy", "all"))
    return Act(
        at_ms=chance.randrange(1, 150_000),
        kind=kind,
        user_id=one.user_id if scope == "user" else None,
        strategy_id=one.strategy_id if scope == "strategy" else "",
    )


def _impatience(chance: Random, stop: Act) -> Act:
    """Whoever has asked for a stop does not wait for it."""
    return Act(at_ms=stop.at_ms + chance.randrange(1, 30_000), kind="kill")
