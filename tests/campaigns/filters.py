"""Random placements over every real symbol: `python -m tests.campaigns.filters --placements 100000 --seed 1`.

Each is priced by our own functions for random terms, prices and books. What our filters let through goes over the wire
form to the paper venue's checks, which know nothing of ours: not one may be refused there, and what a buy leaves to
sell must be an order, too. What ours deny is counted by reason, and whether the venue would have taken it.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import NamedTuple

import msgspec

from actors.deciders.coins import sale, sellable
from actors.deciders.filters import broken_rule, broken_sale_rule
from actors.deciders.pricing import SoundBook, price_order, price_order_by_book, sound_book
from events.numbers import ceil_to, floor_to
from events.orders import LimitOrder, OtoOrder
from events.values import StrategyTerms, SymbolRules, TopOfBook
from exchange.alpha import listings
from exchange.alpha.encode import order_body, oto_body
from exchange.alpha.filters import read_rules
from exchange.alpha.frames import OrderRequest, OtoRequest
from exchange.paper.checks import broken, of_order, of_oto
from exchange.paper.model import Rejection
from exchange.paper.rounding import buy_commission
from exchange.paper.rules import NOT_TRADING, TradingRules, check_notional, check_quantity, trading_rules
from tests.support.real_data import SYMBOLS
from tests.support.terms import terms

EXPONENT = re.compile(rb"[0-9][eE][-+]?[0-9]")
NUMBERS = re.compile(r"-?\d+(\.\d+)?")
NOW = 1_790_000_000_000
ONE_IN = 20
"""So often a strange thing is drawn: a full account, a price beyond every bound."""


class Symbol(NamedTuple):
    """One real symbol: its rules as we read them, and as the paper venue does, None where it takes no order."""

    ours: SymbolRules
    venue: TradingRules | None


class Placement(NamedTuple):
    """An order of ours, and the request that would carry it."""

    symbol: Symbol
    order: OtoOrder | LimitOrder
    body: bytes


class Tally(NamedTuple):
    """What became of the placements. `denied` and `venue_would_take` are counted by reason, numbers taken out."""

    sent: Counter[str]
    denied: Counter[str]
    venue_would_take: Counter[str]
    offences: list[str]
    symbols: set[str]


def real_symbols() -> tuple[Symbol, ...]:
    """All of the dump that have rules."""
    rows = msgspec.json.decode(SYMBOLS.read_bytes(), type=list[msgspec.Raw])
    found = ((read_rules(row), msgspec.json.decode(row, type=listings.SymbolRules)) for row in rows)
    return tuple(Symbol(ours, trading_rules(listed)) for ours, listed in found if ours is not None)


def campaign(placements: int, seed: int) -> Tally:
    """Try so many placements, going round all symbols."""
    symbols, tally = real_symbols(), Tally(Counter(), Counter(), Counter(), [], set())
    for number in range(placements):
        symbol = symbols[number % len(symbols)]
        _try(Random(f"{seed}/{number}"), symbol, tally)
    return tally


def _try(rng: Random, symbol: Symbol, tally: Tally) -> None:
    market = _market(rng, symbol.ours)
    others = rng.randint(190, 205) if rng.randrange(ONE_IN) == 0 else 0
    order = _order(rng, symbol.ours, market)
    if isinstance(order, str):
        tally.denied[NUMBERS.sub("N", order)] += 1
        return
    if isinstance(order, LimitOrder):
        reason, body = broken_sale_rule(order, symbol.ours, market, others=others), order_body(order)
        wanted = of_order(msgspec.json.decode(body, type=OrderRequest))
    else:
        reason, body = broken_rule(order, symbol.ours, market, others=others), oto_body(order)
        wanted = of_oto(msgspec.json.decode(body, type=OtoRequest))
    refusal = broken(symbol.venue, wanted, market, others) if symbol.venue is not None else NOT_TRADING
    _count(tally, Placement(symbol, order, body), reason, refusal)


def _count(tally: Tally, placement: Placement, reason: str | None, refusal: Rejection | None) -> None:
    """`reason` is ours for not sending it, `refusal` what the venue says to it as it comes over the wire."""
    symbol, order, body = placement
    if reason is not None:
        kind = NUMBERS.sub("N", reason.replace(symbol.ours.symbol, "SYMBOL"))
        tally.denied[kind] += 1
        tally.venue_would_take[kind] += refusal is None
        if EXPONENT.search(reason.encode()):
            tally.offences.append(f"an exponent in our reason: {reason}")
        return
    tally.sent[type(order).__name__] += 1
    tally.symbols.add(symbol.ours.symbol)
    refusal = refusal or (_second_leg(symbol, order) if isinstance(order, OtoOrder) else None)
    if refusal is not None:
        tally.offences.append(f"{refusal.message} {body.decode()}")
    if EXPONENT.search(body):
        tally.offences.append(f"an exponent in a request: {body.decode()}")


def _second_leg(symbol: Symbol, order: OtoOrder) -> Rejection | None:
    """What it says when the sell's turn has come and the book is no better than its limit."""
    rules = symbol.venue
    assert rules is not None
    left = floor_to(order.quantity - buy_commission(order.quantity, rules.base_precision), rules.step)
    return check_quantity(rules, left) or check_notional(rules, left * order.pending_price)


def _market(rng: Random, rules: SymbolRules) -> Decimal:
    """Anything from below a tick to above the highest price, even in its logarithm, with up to twenty decimals."""
    low, high = float(rules.tick_size.log10()), float(rules.max_price.log10())
    edge = 0.5 if rng.randrange(ONE_IN) == 0 else -0.1
    return _number(rng, low - edge, high + edge).quantize(Decimal("1E-20"))


def _number(rng: Random, low: float, high: float) -> Decimal:
    return Decimal(10) ** Decimal(str(rng.uniform(low, high)))


def _order(rng: Random, rules: SymbolRules, market: Decimal) -> OtoOrder | LimitOrder | str:
    """One of ours, or why there is none."""
    drawn, book = _terms(rng, rules), _book(rng, rules, market)
    kind = rng.choice(("ticker", "ticker", "book", "sale"))
    if kind == "ticker":
        return price_order(drawn, market)
    if kind == "sale":
        return _sale(rng, drawn, book)
    sound = sound_book(book, drawn, market, NOW)
    return price_order_by_book(drawn, sound) if isinstance(sound, SoundBook) else sound


def _terms(rng: Random, rules: SymbolRules) -> StrategyTerms:
    percent = [Decimal(rng.randrange(0, 1000)) / 10 for _ in range(2)]
    return terms(
        rules=rules,
        amount=_number(rng, -2, 6.5).quantize(Decimal("0.01")) + Decimal("0.01"),
        buy_offset_percentage=rng.choice((Decimal(0), Decimal(10), percent[0])),
        sell_discount_percentage=rng.choice((Decimal(0), Decimal(10), percent[1])),
        max_slippage_percentage=rng.choice((Decimal(0), Decimal("0.5"), Decimal(20))),
        unwind_slippage_percentage=rng.choice((Decimal(0), Decimal(2), Decimal(50))),
        max_price_volatility_percentage=Decimal(1000),
    )


def _book(rng: Random, rules: SymbolRules, market: Decimal) -> TopOfBook:
    """Around the market, on the tick, and crossed now and then."""
    spread = Decimal(rng.randrange(-5, 100)) / 10_000
    bid = floor_to(market * (1 - spread), rules.tick_size)
    ask = ceil_to(market * (1 + spread), rules.tick_size)
    sizes = [floor_to(_number(rng, -4, 8), rules.step_size) for _ in range(2)]
    return TopOfBook(bid=bid or None, bid_size=sizes[0], ask=ask, ask_size=sizes[1], at=NOW)


def _sale(rng: Random, drawn: StrategyTerms, book: TopOfBook) -> LimitOrder | str:
    if book.bid is None:
        return "the book has no bid"
    quantity = sellable(_number(rng, -3, 8), book.bid, drawn)
    below = floor_to(book.bid * Decimal("0.99"), drawn.rules.tick_size)
    bids = ((book.bid, book.bid_size), (below, Decimal(10) ** 12))
    return sale(quantity, bids, drawn) if quantity else "too few coins for a sale"


def told(tally: Tally) -> str:
    """The figures, one a line."""
    sent, denied = tally.sent.total(), tally.denied.total()
    lines = [f"{sent + denied} placements: {sent} sent on {len(tally.symbols)} symbols, {denied} denied by us"]
    lines += [f"  sent: {count} {kind}" for kind, count in tally.sent.most_common()]
    lines += [
        f"  denied: {count} {kind} ({tally.venue_would_take[kind]} of them the venue would have taken)"
        for kind, count in tally.denied.most_common()
    ]
    return "\n".join([*lines, f"refused by the venue or in exponent notation: {len(tally.offences)}"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("bin/test --campaign filters", description=__doc__)
    parser.add_argument("--placements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    tally = campaign(args.placements, args.seed)
    sys.stdout.writelines(f"{line}\n" for line in (told(tally), *tally.offences[:20]))
    return min(len(tally.offences), 1)


if __name__ == "__main__":
    sys.exit(main())
