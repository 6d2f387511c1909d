"""A statement as a page of text, or as a JSON object."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from events.numbers import plain
from projections.figures import counted, readable
from projections.statement_lines import Difference, Statement


def as_json(page: Statement) -> str:
    """One object, decimals as text in plain notation."""
    return msgspec.json.encode(_plain(page)).decode() + "\n"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(field) for name, field in msgspec.structs.asdict(value).items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def as_page(page: Statement) -> str:
    """For people: one section under the other; amounts in USDT but where an asset stands beside them."""
    sections = (_trades(page), _executed(page), _cost(page), _volume(page), _inventory(page))
    head = f"Account {page.user_id} on {page.day} (UTC), amounts in USDT\n"
    page_lines = (f"\n{line}\n" if line.isupper() else f"{line}\n" for lines in sections for line in lines)
    return readable(head + "".join(page_lines))


def _trades(page: Statement) -> Iterator[str]:
    yield "TRADES THAT ENDED"
    for one in page.trades:
        ends = ((one.completed, "completed"), (one.partly_completed, "partly completed"), (one.failed, "failed"))
        told = ", ".join(f"{number} {words}" for number, words in (*ends, (one.called_off, "called off")) if number)
        sums = f"bought {plain(one.bought)}, sold {plain(one.sold)}, credit expected {plain(one.credit_expected)}"
        yield f"  {one.strategy_id} ({one.token}): {told}; {sums}"
    if not page.trades:
        yield "  none"


def _executed(page: Statement) -> Iterator[str]:
    yield "EXECUTED"
    for fill in page.fills:
        coins = f"{plain(fill.quantity)} coins for {plain(fill.quote)}"
        yield f"  {fill.side:<4}  {fill.symbol}: {counted(fill.fills, 'fill')}, {coins}"
    for fee in page.commissions:
        yield f"  commissions: {plain(fee.amount)} {fee.asset}"
    if not page.fills:
        yield "  nothing"
    yield from _told_apart("bought, more than by the trades above", page.bought_differences)
    yield from _told_apart("sold, more than by the trades above", page.sold_differences)


def _told_apart(what: str, differences: Sequence[Difference]) -> Iterator[str]:
    for one in differences:
        yield f"  {what}: {plain(one.amount)}, {one.why}"


def _cost(page: Statement) -> Iterator[str]:
    yield "COST"
    wear, bps = page.wear, f", {page.wear.wear_bps} bps of {plain(page.wear.turnover)} bought"
    yield f"  wear {plain(wear.wear)}{bps if wear.wear_bps is not None else ''}"
    if wear.of_late_fills:
        yield f"  of it {plain(wear.of_late_fills)} by late fills of trades that were over"


def _volume(page: Statement) -> Iterator[str]:
    yield "VOLUME"
    for one in page.volume:
        expected = f"{plain(one.first)} at first + {plain(one.credit)} by trades = {plain(one.expected)} expected"
        yield f"  {one.token}: {expected}, the venue counted {plain(one.counted)}"
        yield from _told_apart("difference", one.differences)
        if one.not_asked_since:
            yield f"  credit of trades since the venue was last asked: {plain(one.not_asked_since)}"
    if not page.volume:
        yield "  the venue was not asked"


def _inventory(page: Statement) -> Iterator[str]:
    yield "COINS LEFT"
    for one in page.inventory:
        start = f"{plain(one.dust_at_start)} dust and {plain(one.held_at_start)} held"
        yield f"  {one.asset}: {start} at the start, {plain(one.dust_at_end)} and {plain(one.held_at_end)} at the end"
        if one.acknowledged:
            yield f"  {one.asset}: {plain(one.acknowledged)} acknowledged, and so taken off the books unsold"
    if not page.inventory:
        yield "  none"
