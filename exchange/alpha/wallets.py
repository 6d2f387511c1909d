"""What the wire shows of an account's volume and wallets (venue protocol notes, sections 9.1 and 10).

Wire shapes like those of `exchange.alpha.frames`, and under the same terms.
"""

from decimal import Decimal

from msgspec import Struct, field


class TokenVolume(Struct, frozen=True, rename="camel"):
    """`token_name` is the ticker, which is not unique; `volume` is a JSON number."""

    token_name: str
    volume: Decimal
    icon: str | None = None


class UserVolume(Struct, frozen=True, rename="camel"):
    """What the venue counts for an account today; a token that is absent stands at 0."""

    total_volume: Decimal | None = None
    token_volumes: tuple[TokenVolume, ...] | None = field(name="tradeVolumeInfoList", default=None)


class AlphaHolding(Struct, frozen=True, rename="camel"):
    """A token in the Alpha wallet; `token_id` is the alphaId here (section 2.4). Match on it, not on `symbol`."""

    token_id: str
    symbol: str
    free: Decimal
    locked: Decimal = Decimal(0)
    freeze: Decimal = Decimal(0)
    withdrawing: Decimal = Decimal(0)
    amount: Decimal | None = None
    valuation: Decimal | None = None
    chain_id: str | None = None
    contract_address: str | None = None
    cex_asset: bool | None = None
    name: str | None = None


class AlphaWallet(Struct, frozen=True, rename="camel"):
    holdings: tuple[AlphaHolding, ...] = field(name="list", default=())
    total_valuation: Decimal | None = None


class Bucket(Struct, frozen=True):
    """One wallet's share of an asset."""

    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)
    freeze: Decimal = Decimal(0)
    withdrawing: Decimal = Decimal(0)


class WalletAsset(Struct, frozen=True, rename="camel"):
    """An asset over the wallets; `funding` is what orders call CARD."""

    asset: str
    funding: Bucket | None = None
    spot: Bucket | None = None
    earn: Bucket | None = None
    coin_business_type: str | None = None


class WalletQuery(Struct, frozen=True, rename="camel"):
    include_wallets: tuple[str, ...] = ("CARD", "MAIN", "SAVING")
    include_eq: bool = True
