"""What the paper venue shows each account as its volume of the UTC day, and when it shows it."""

from collections import defaultdict, deque
from datetime import UTC, datetime
from decimal import Decimal

from exchange.alpha.listings import TokenRow
from exchange.paper.credits import credit_of
from exchange.paper.model import ZERO, Step
from exchange.paper.settings import PaperSettings
from exchange.paper.store import Credit, MulPoint, Store


def utc_day(at: int) -> str:
    """The UTC date of a time in ms, as 2025-10-20."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


class Volumes:
    """Credits by account and day; a credit is shown `volume_lag_seconds` after its fill. Times in ms."""

    def __init__(self, store: Store, settings: PaperSettings, tokens: dict[str, TokenRow]) -> None:
        self._store = store
        self._rule = settings.credit_rule
        self._lag_ms = int(settings.volume_lag_seconds * 1000)
        self._starting = settings.starting_volumes
        self._tokens = tokens
        self._mul_points = {each.alpha_id: each.mul_point for each in store.rows("mul_points", MulPoint)}
        self._shown: defaultdict[tuple[str, str], defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self._waiting: defaultdict[str, deque[Credit]] = defaultdict(deque)
        self._arrived: set[tuple[str, str]] = set()
        for credit in store.rows("credits", Credit):
            self._remember(credit)

    def announced_mul_point(self, row: TokenRow) -> int:
        """The mulPoint that was set for the row's token, or else the row's own."""
        return self._mul_points.get(row.alpha_id, row.mul_point)

    def set_mul_point(self, alpha_id: str, mul_point: int) -> None:
        """Counts for fills from now on."""
        self._mul_points[alpha_id] = mul_point
        self._store.put(MulPoint(alpha_id, mul_point))

    def arrive(self, account: str, now: int) -> None:
        """Give the account its starting volumes if it has not been seen on this UTC day."""
        day = utc_day(now)
        if (account, day) in self._arrived:
            return
        self._arrived.add((account, day))
        for ticker, volume in self._starting.get(account, {}).items():
            self.give(account, self._by_ticker(ticker), volume, now)

    def give(self, account: str, token: TokenRow, volume: Decimal, now: int) -> None:
        """Add volume that was not traded for."""
        self._add(Credit(account, token.alpha_id, token.symbol, volume, utc_day(now), now, starting=True))

    def credit(self, step: Step, now: int) -> Credit | None:
        """Count what a step of an order is worth; None when it is worth nothing."""
        order = step.order
        token = self._tokens[order.base_asset]
        volume = credit_of(step, self._rule, self.announced_mul_point(token))
        if not volume:
            return None
        credit = Credit(order.account, token.alpha_id, token.symbol, volume, utc_day(now), now)
        self._add(credit)
        self._show_due(order.account, now)  # however seldom it is asked for, no more wait than come within the lag
        return credit

    def today(self, account: str, now: int) -> dict[str, Decimal]:
        """Volume by alphaId as it is shown now."""
        self._show_due(account, now)
        return dict(self._shown[(account, utc_day(now))])

    def _by_ticker(self, ticker: str) -> TokenRow:
        return next(row for row in self._tokens.values() if row.symbol == ticker)

    def _add(self, credit: Credit) -> None:
        self._store.add_credit(credit)
        self._remember(credit)

    def _remember(self, credit: Credit) -> None:
        if credit.starting:
            self._arrived.add((credit.account, credit.day))
            self._show(credit)
        else:
            self._waiting[credit.account].append(credit)

    def _show_due(self, account: str, now: int) -> None:
        waiting = self._waiting[account]
        while waiting and waiting[0].at + self._lag_ms <= now:
            self._show(waiting.popleft())

    def _show(self, credit: Credit) -> None:
        shown = self._shown[(credit.account, credit.day)]
        shown[credit.alpha_id] = shown.get(credit.alpha_id, ZERO) + credit.volume
