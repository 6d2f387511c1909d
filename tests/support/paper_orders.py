"""Orders, books and rules for tests of the paper venue's matching: plain values, written as text."""

from decimal import Decimal

from msgspec.structs import replace

from exchange.paper.matching import Book, Group, Level, hold
from exchange.paper.model import Account, Balance, Order
from exchange.paper.rules import TradingRules, trading_rules
from exchange.paper.tokens import own_symbols

BASE, QUOTE = "ALPHA_382", "USDT"
SYMBOL = BASE + QUOTE


def rules(symbol: str = SYMBOL, **changes: object) -> TradingRules:
    """Tick 1e-8, step 0.01, least notional 0.1, at most 200 orders, prices within 0.2 and 5 times the market."""
    flat = next(found for each in own_symbols() if (found := trading_rules(each)) and found.symbol == symbol)
    return replace(flat, **changes)


def account(usdt: str = "1000", base: str = "0") -> Account:
    return Account("1", {QUOTE: Balance(Decimal(usdt)), BASE: Balance(Decimal(base))})


def limit(side: str, price: str, quantity: str, order_id: int = 7000001) -> Order:
    return Order(
        order_id=order_id,
        account="1",
        symbol=SYMBOL,
        base_asset=BASE,
        quote_asset=QUOTE,
        side="BUY" if side == "BUY" else "SELL",
        price=Decimal(price),
        quantity=Decimal(quantity),
        status="NEW",
        client_order_id="web_" + "a" * 32,
        created_at=1000,
        updated_at=1000,
        working_at=1000,
    )


def accepted(order: Order, owner: Account | None = None) -> Group:
    """The order with its funds held."""
    group = hold(owner or account(), order)
    assert group is not None
    return group


def oto(price: str, quantity: str, pending_price: str, owner: Account | None = None) -> Group:
    """A working buy that is held for, and the sell that waits for it."""
    group = accepted(limit("BUY", price, quantity), owner)
    working = replace(group.order, list_id=8800001, position="OTO_WORKING", partner_id=7000002)
    pending = replace(
        limit("SELL", pending_price, "0", 7000002),
        status="PENDING",
        client_order_id="web_" + "b" * 32,
        working_at=0,
        list_id=8800001,
        position="OTO_PENDING",
        partner_id=7000001,
    )
    return Group(group.account, working, pending)


def book(bids: str = "", asks: str = "") -> Book:
    """Sides as "price:quantity price:quantity", best first."""
    return Book(_side(bids), _side(asks))


def _side(text: str) -> tuple[Level, ...]:
    pairs = (level.split(":") for level in text.split())
    return tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in pairs)
