"""The second check of the settings, against what the venue lists, before anything is started.

`exchange.port.Token` and `events.values.SymbolRules` are what the two protocols describe.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from config.origins import Origin
from config.problems import Place, Problem, ProblemList, near_miss
from config.schema import Settings, StrategySpec
from events.numbers import plain

QUOTE_ASSET = "USDT"


class TokenInfo(Protocol):
    """A token that the venue lists."""

    @property
    def ticker(self) -> str: ...
    @property
    def chain_name(self) -> str: ...
    @property
    def alpha_id(self) -> str: ...
    @property
    def offline(self) -> bool: ...
    @property
    def tradable(self) -> bool: ...


class RulesInfo(Protocol):
    """The rules of a symbol; notionals in its quote asset."""

    @property
    def symbol(self) -> str: ...
    @property
    def base_asset(self) -> str: ...
    @property
    def quote_asset(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def min_notional(self) -> Decimal: ...
    @property
    def max_notional(self) -> Decimal: ...


def check_tokens(
    settings: Settings,
    tokens: Iterable[TokenInfo],
    rules: Iterable[RulesInfo] | None = None,
    origins: Mapping[str, Origin] | None = None,
) -> list[Problem]:
    """Return what keeps the strategies from trading on this venue; empty when nothing does.

    Rows of one alpha_id are one token. Without `rules` the symbols are not looked at. `origins`, from Loaded, let the
    problems say the line.
    """
    market = _Market(tokens, rules, origins or {})
    for spec in settings.strategies:
        market.check(spec)
    return market.problems.problems


def is_meant(spec: StrategySpec, token: TokenInfo) -> bool:
    """Whether the token has the ticker, the chain and, where the strategy names one, the alphaId."""
    same = (token.ticker, token.chain_name) == (spec.token, spec.chain)
    return same and spec.alpha_id in (None, token.alpha_id)


def _named(tokens: Iterable[TokenInfo]) -> str:
    """All of them, so that it can be seen which is which."""
    return " and ".join(f"{one.alpha_id} on {one.chain_name}{' (offline)' if one.offline else ''}" for one in tokens)


class _Market:
    """What the venue lists, and the problems found with it so far."""

    def __init__(
        self, tokens: Iterable[TokenInfo], rules: Iterable[RulesInfo] | None, origins: Mapping[str, Origin]
    ) -> None:
        self._tokens = list({token.alpha_id: token for token in tokens}.values())
        self._rules = None if rules is None else {r.base_asset: r for r in rules if r.quote_asset == QUOTE_ASSET}
        self._origins = origins
        self.problems = ProblemList()

    def check(self, spec: StrategySpec) -> None:
        namesakes = [token for token in self._tokens if token.ticker == spec.token]
        token = self._find(spec, namesakes)
        if token is None:
            return
        live = [namesake for namesake in namesakes if not namesake.offline]
        if len(live) > 1:
            expected = "a ticker that one live token has, since the venue tells volumes by ticker alone"
            self._add(spec, "token", f"{spec.token}, which is {_named(live)}", expected)
        elif not token.tradable:
            state = "offline" if token.offline else "closed for trading"
            self._add(spec, "token", f"{spec.token}, which is {state}", "a token that the venue trades")
        elif self._rules is not None:
            self._check_rules(spec, self._rules.get(token.alpha_id), f"{token.alpha_id}{QUOTE_ASSET}")

    def _find(self, spec: StrategySpec, namesakes: list[TokenInfo]) -> TokenInfo | None:
        """The token meant; of several on the chain, one that is live if there is one."""
        on_chain = sorted((t for t in namesakes if t.chain_name == spec.chain), key=lambda t: t.offline)
        own = [token for token in on_chain if is_meant(spec, token)]
        chains = {t.chain_name for t in self._tokens}
        if spec.chain not in chains:
            meant = near_miss(spec.chain, chains)
            self._add(spec, "chain", f'"{spec.chain}"', f"one of {', '.join(sorted(chains))}", meant)
        if not namesakes:
            known = {t.ticker for t in self._tokens if t.tradable}
            self._add(spec, "token", f'"{spec.token}"', "a ticker that the venue lists", near_miss(spec.token, known))
        elif not on_chain and spec.chain in chains:
            listed = " or ".join(sorted({t.chain_name for t in namesakes}))
            self._add(spec, "chain", f'"{spec.chain}"', f"{listed}, where the venue lists {spec.token}")
        elif on_chain and not own:
            self._add(spec, "alpha_id", f"{spec.alpha_id}", f"one that is {spec.token}: {_named(namesakes)}")
        return own[0] if own else None

    def _check_rules(self, spec: StrategySpec, rules: RulesInfo | None, symbol: str) -> None:
        if rules is None or rules.status != "TRADING":
            status = rules.status if rules else "not listed, or with filters that cannot be read"
            self._add(spec, "token", f"{spec.token}, whose symbol {symbol} is {status}", "one that is TRADING")
            return
        # Both legs must be within the bounds, and the pending leg is the cheaper one (venue protocol notes, 8.3).
        cheapest = spec.amount * (1 - spec.sell_discount_percentage / 100)
        if cheapest < rules.min_notional or spec.amount > rules.max_notional:
            bounds = f"{plain(rules.min_notional)} to {plain(rules.max_notional)}"
            found = f"{plain(spec.amount)}, so the legs are worth {plain(cheapest)} and {plain(spec.amount)}"
            self._add(spec, "amount", found, f"{bounds} USDT for each leg on {symbol}")

    def _add(self, spec: StrategySpec, field: str, found: str, expected: str, meant: str | None = None) -> None:
        origin = self._origins.get(f"{spec.strategy_id}.{field}")
        place = origin.place if origin else Place(f"strategy {spec.strategy_id}")
        self.problems.add(place, origin.key_path if origin else field, found, expected, meant)
