"""What holds an account's trading as a whole, or lets it go on."""

from events.base import Event
from events.values import HeldCall, Operator


class AccountRecovered(Event, frozen=True, kw_only=True):
    """The account's actor has taken up its state again; no strategy goes on until the run asks for it."""

    user_id: int


class TradingPaused(Event, frozen=True, kw_only=True):
    """No new trade begins: the account's stream is down, and given up when `final`."""

    user_id: int
    reason: str
    final: bool = False


class TradingResumed(Event, frozen=True, kw_only=True):
    """The account's stream is up and trades may begin."""

    user_id: int


class AccountQuieted(Event, frozen=True, kw_only=True):
    """The venue turned us away (429, 418): nothing is asked of it for this account until `until` (ms)."""

    user_id: int
    until: int
    reason: str


class CallHeldBack(Event, frozen=True, kw_only=True):
    """What was to be asked of a venue that wants to be left in peace: not before `until` (ms), and then anew.

    `trade_id` or `strategy_id` says what for; a comparison is the account's.
    """

    user_id: int
    call: HeldCall
    until: int
    trade_id: str = ""
    strategy_id: str = ""


class StopRequested(Event, frozen=True, kw_only=True):
    """The account is to stop after the trade in hand, or at once when `now` is set.

    `waits_for` says what of the trade in hand comes before that, and `until` (ms) how long at most, 0 if not known.
    `strategy_id` is the only strategy that is to stop, empty for all. `by` is None for a signal to the run itself.
    """

    user_id: int
    now: bool
    reason: str = "stopped by the operator"
    waits_for: str = ""
    until: int = 0
    strategy_id: str = ""
    by: Operator | None = None
