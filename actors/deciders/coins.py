"""Which coins a trade leaves, what they are worth, and how they are priced for sale. Pure."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import chain

from actors.deciders.filters import is_enough
from actors.deciders.pricing import HUNDRED
from events.numbers import EXACT, floor_to
from events.orders import LimitOrder, OtoOrder
from events.values import ExecutedLeg, StrategyTerms, SymbolRules
from projections.states.user import Placement, TradeState, UserState, recent_placements, settled_legs

ZERO = Decimal(0)
MAX_SHIFTS = 64

Bids = tuple[tuple[Decimal, Decimal], ...]


def fees(leg: ExecutedLeg, asset: str) -> Decimal:
    return sum((c.amount for c in leg.commissions if c.asset == asset), ZERO)


def remainder_of(trade: TradeState, asset: str) -> Decimal:
    """What is left of the coins that the trade bought, less than nothing where it sold others too: computed from fills,
    never from intentions.
    """
    bought = trade.buy.quantity - fees(trade.buy, asset) if trade.buy else ZERO
    sold = (trade.sell, *trade.unwinds) if trade.sell else trade.unwinds
    return bought - sum((leg.quantity + fees(leg, asset) for leg in sold), ZERO)


def wear_of(trade: TradeState, quote_asset: str) -> Decimal:
    """Quote paid - quote received + commissions in the quote asset."""
    sold = (trade.sell, *trade.unwinds) if trade.sell else trade.unwinds
    received = sum((leg.quote - fees(leg, quote_asset) for leg in sold), ZERO)
    paid = trade.buy.quote + fees(trade.buy, quote_asset) if trade.buy else ZERO
    return paid - received


def coins_before(state: UserState, asset: str) -> Decimal:
    """What earlier trades left: dust, and held coins."""
    held = state.held.get(asset)
    return state.dust.get(asset, ZERO) + (held.quantity if held is not None else ZERO)


def coins_on_hand(state: UserState, trade: TradeState, asset: str) -> Decimal:
    """The trade's remainder and what earlier trades left, which is sold with it."""
    return remainder_of(trade, asset) + coins_before(state, asset)


def sellable(quantity: Decimal, best: Decimal, terms: StrategyTerms) -> Decimal:
    """How many of the coins a plain order could sell where the best bid is `best`: whole steps, no more than one order
    may have, and 0 where they are below the least order at the least price that the slippage allows.
    """
    rules = terms.rules
    if quantity <= 0 or best <= 0:
        return ZERO
    most = min(quantity, rules.max_qty, EXACT.divide(rules.max_notional, best))
    whole = floor_to(most, rules.step_size)
    return whole if is_enough(whole, _least_price(best, terms), rules) else ZERO


def _least_price(best: Decimal, terms: StrategyTerms) -> Decimal:
    return floor_to(EXACT.multiply(best, 1 - terms.unwind_slippage_percentage / HUNDRED), terms.rules.tick_size)


def sale(quantity: Decimal, bids: Bids, terms: StrategyTerms) -> LimitOrder:
    """A sale at the bid that the book needs to take all of it, but not below the best bid less the slippage.

    `bids` are best first and not empty.
    """
    rules = terms.rules
    price = max(floor_to(_bid_that_covers(quantity, bids), rules.tick_size), _least_price(bids[0][0], terms))
    return LimitOrder(
        symbol=rules.symbol,
        base_asset=rules.base_asset,
        quote_asset=rules.quote_asset,
        side="SELL",
        price=price,
        quantity=quantity,
    )


def _bid_that_covers(quantity: Decimal, bids: Bids) -> Decimal:
    covered = ZERO
    for price, size in bids:
        covered += size
        if covered >= quantity:
            return price
    return bids[-1][0]


def distinct(
    price: Decimal,
    quantity: Decimal,
    enough: Callable[[Decimal], bool],
    rules: SymbolRules,
    placements: Iterable[Placement],
) -> Decimal:
    """The quantity, lowered by as few whole steps as make (price, quantity) unlike every recent placement's.

    No order carries an id of ours, so an unanswered one can only be recognised by its values (venue protocol notes,
    section 14). Where no step is left to give that leaves `enough` for an order, the quantity stays: a search then also
    goes by id and time.
    """
    taken = {p.quantity for p in placements if (p.symbol, p.price) == (rules.symbol, price)}
    for shift in range(MAX_SHIFTS):
        shifted = quantity - rules.step_size * shift
        if not enough(shifted):
            break
        if shifted not in taken:
            return shifted
    return quantity


def newest_id(state: UserState, order: OtoOrder | LimitOrder) -> int:
    """The highest id of the account's earlier orders on the order's symbol, 0 where none is remembered.

    Each symbol has ids of its own (venue protocol notes, section 2.4): another's tell nothing.
    """
    placed = (p.venue_order_id for p in recent_placements(state) if p.symbol == order.symbol and p.venue_order_id)
    settled = (one.executed.venue_order_id for one in settled_legs(state) if one.asset == order.base_asset)
    return max(map(int, chain(placed, settled)), default=0)


def known_ids(state: UserState) -> frozenset[str]:
    """Orders that are some other placement's, or somebody else's."""
    placed = (p.venue_order_id for p in recent_placements(state) if p.venue_order_id)
    return frozenset((*placed, *(one.executed.venue_order_id for one in settled_legs(state)), *state.noted))
