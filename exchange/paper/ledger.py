"""What the paper venue accepted, filled and credited, for audits. Read from its file, running or stopped."""

from collections import defaultdict
from decimal import Decimal

import msgspec

from exchange.alpha.numbers import JsonText
from exchange.paper.model import Fill, Order
from exchange.paper.store import Credit, RequestCount, Store
from exchange.paper.wire import text


class LedgerOrder(msgspec.Struct, frozen=True):
    """`order_list_id` is null on plain orders; `quantity` is 0 on a leg that never left PENDING."""

    venue_order_id: str
    account: str
    symbol: str
    side: str
    price: JsonText
    quantity: JsonText
    cum_qty: JsonText
    cum_quote: JsonText
    commission: JsonText
    commission_asset: str
    status: str
    order_list_id: str | None


class LedgerCredit(msgspec.Struct, frozen=True):
    """All that an account's trades in a token were credited on one UTC day; `token` is the ticker."""

    account: str
    token: str
    volume: JsonText
    alpha_id: str
    day: str


class LedgerMatch(msgspec.Struct, frozen=True):
    """A trade of two accounts with each other; `at` in ms. The one whose order rested is the maker."""

    match_id: str
    symbol: str
    buyer: str
    seller: str
    buy_order_id: str
    sell_order_id: str
    maker: str
    price: JsonText
    quantity: JsonText
    at: int


class Ledger(msgspec.Struct, frozen=True):
    """`requests` counts by account and endpoint, with calls of nobody's under "public".

    `starting_volumes` were given by the settings or by hand, and are not among the `credits`.
    """

    orders: tuple[LedgerOrder, ...]
    requests: dict[str, dict[str, int]]
    credits: tuple[LedgerCredit, ...]
    starting_volumes: tuple[LedgerCredit, ...]
    matches: tuple[LedgerMatch, ...] = ()


def _order(order: Order) -> LedgerOrder:
    return LedgerOrder(
        venue_order_id=str(order.order_id),
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        price=text(order.price),
        quantity=text(order.quantity),
        cum_qty=text(order.cum_qty),
        cum_quote=text(order.cum_quote),
        commission=text(order.commission),
        commission_asset=order.commission_asset,
        status=order.status,
        order_list_id=str(order.list_id) if order.list_id else None,
    )


def _took_from_an_account(fill: Fill) -> bool:
    return fill.take.counterparty != 0 and not fill.take.made


def _match(fill: Fill, orders: dict[int, Order]) -> LedgerMatch:
    taker, maker = orders[fill.order_id], orders[fill.take.counterparty]
    buy, sell = (taker, maker) if taker.side == "BUY" else (maker, taker)
    return LedgerMatch(
        match_id=str(fill.match_id),
        symbol=taker.symbol,
        buyer=buy.account,
        seller=sell.account,
        buy_order_id=str(buy.order_id),
        sell_order_id=str(sell.order_id),
        maker=maker.account,
        price=text(fill.take.price),
        quantity=text(fill.take.quantity),
        at=fill.at,
    )


def _requests(store: Store) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for each in store.rows("requests", RequestCount):
        counts[each.account][each.endpoint] = each.count
    return dict(counts)


def _summed(counted: list[Credit]) -> tuple[LedgerCredit, ...]:
    sums: defaultdict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for each in counted:
        sums[(each.account, each.token, each.alpha_id, each.day)] += each.volume
    return tuple(
        LedgerCredit(account, token, text(volume), alpha_id, day)
        for (account, token, alpha_id, day), volume in sums.items()
    )


def read_ledger(store: Store) -> Ledger:
    """The whole ledger as of the last commit."""
    counted = list(store.rows("credits", Credit))
    orders = {each.order_id: each for each in store.rows("orders", Order)}
    return Ledger(
        orders=tuple(_order(each) for each in orders.values()),
        matches=tuple(_match(each, orders) for each in store.rows("fills", Fill) if _took_from_an_account(each)),
        requests=_requests(store),
        credits=_summed([each for each in counted if not each.starting]),
        starting_volumes=_summed([each for each in counted if each.starting]),
    )
