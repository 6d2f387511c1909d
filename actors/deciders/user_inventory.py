"""What an account is left with of a token: dust, or coins that are held, and what they count in the books. Pure.

Dust counts nothing: it was charged to the trade that left it, and what it fetches later is a gain. Held coins count
their value until they are sold. So the wear of all trades, with what is held, is what was paid less what was received.
"""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from actors.deciders.draft import Draft
from events.inventory import DustRecorded, InventoryCleared, InventoryHeld
from events.numbers import EXACT
from events.values import StrategyTerms
from projections.states.user import TradeState, UserState

ZERO = Decimal(0)


def value_in_books(state: UserState, asset: str) -> Decimal:
    """In the quote asset."""
    held = state.held.get(asset)
    return held.value if held is not None else ZERO


def price_of_coins(state: UserState, trade: TradeState, asset: str) -> Decimal:
    """What a coin counts where the trade leaves it to be held: what it has cost. A sweep's were held before."""
    held = state.held.get(asset)
    if trade.buy is not None:
        return trade.buy.avg_px
    return held.value / held.quantity if held is not None and held.quantity else ZERO


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has of a token once something has changed; `held_because` is empty where it is dust."""

    terms: StrategyTerms
    total: Decimal
    price: Decimal
    held_because: str

    @property
    def value(self) -> Decimal:
        return EXACT.multiply(self.total, self.price)

    @property
    def counts(self) -> Decimal:
        """In the books."""
        return self.value if self.held_because else ZERO


def declare(draft: Draft, ids: dict[str, Any], left: Left, change: Decimal) -> None:
    """Say it; `change` is how many coins more than before, less than none where they were sold."""
    asset, held = left.terms.rules.base_asset, draft.state.held.get(left.terms.rules.base_asset)
    if left.held_because:
        draft.record(
            InventoryHeld(
                **ids,
                asset=asset,
                ticker=left.terms.ticker,
                quantity=left.total,
                value=left.value,
                reason=left.held_because,
            )
        )
        return
    if held is not None:
        how: Literal["sold", "dust"] = "sold" if change < 0 else "dust"
        draft.record(InventoryCleared(user_id=draft.state.user_id, asset=asset, quantity=held.quantity, how=how))
    if held is not None or change != 0:
        draft.record(DustRecorded(**ids, asset=asset, quantity=change, total=left.total, value=left.value))
