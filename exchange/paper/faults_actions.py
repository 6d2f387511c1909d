"""What can be ordered to go wrong at the paper venue: a struct each, named in a plan by its `fault` key.

Nothing here acts: `exchange.paper.faults` decides which rule strikes, and its neighbours what then happens.
"""

from decimal import Decimal
from typing import ClassVar, Literal, get_args

from exchange.paper.faults_bounds import Bound, Bounded, CloseCode, Count, Factor, FrameBytes, Seconds, Share, Skew

Point = Literal[
    "request", "key", "frame", "match", "activation", "cancel", "end", "volume", "balance", "clock", "book", "timer"
]
"""Where a rule can strike: an HTTP call, a listen key that is made, a frame that is sent, an order that meets its
market, a pending leg whose turn has come, a cancel that is about to be obeyed, an order that has ended and is not
filled, a look at the volume or the balances, a time that is about to be shown, a look at a symbol's book, and the
passing of time."""

ReplyName = Literal[
    "rate_limited",
    "banned",
    "server_error",
    "bad_gateway",
    "unavailable",
    "html_page",
    "empty_body",
    "login_expired",
    "risk_challenge",
    "verification",
    "step_flows",
    "captcha",
    "restricted",
    "insufficient_balance",
    "below_min_notional",
    "above_max_qty",
    "amount_mismatch",
    "off_step",
    "off_tick",
    "async_operation",
]
"""Replies that are told in place of the true one; `exchange.paper.faults_replies` has them."""


class _Action(Bounded, frozen=True, kw_only=True, tag_field="fault"):
    """What a rule does. `point` says on which occasions it can."""

    point: ClassVar[Point]


class Slow(_Action, frozen=True, kw_only=True, tag="slow"):
    """A call takes so much longer: before the venue does what was asked, or, `processed`, after that."""

    point: ClassVar[Point] = "request"
    seconds: Seconds
    processed: bool = False


class NoReply(_Action, frozen=True, kw_only=True, tag="no_reply"):
    """A call gets no answer: the connection is closed, reset, or left hanging for `seconds` and then closed.

    `processed`: what was asked has been done all the same.
    """

    point: ClassVar[Point] = "request"
    how: Literal["close", "reset", "hang"] = "close"
    processed: bool = True
    seconds: Seconds = Decimal(3600)


class WrongReply(_Action, frozen=True, kw_only=True, tag="reply"):
    """A call is answered with a reply that is not the true one; `processed`: what was asked has been done."""

    point: ClassVar[Point] = "request"
    name: ReplyName
    processed: bool = False
    retry_after: Count | None = None


class ShortKey(_Action, frozen=True, kw_only=True, tag="short_key"):
    """A listen key that is made expires after so long, without a word."""

    point: ClassVar[Point] = "key"
    seconds: Seconds


class Cut(_Action, frozen=True, kw_only=True, tag="cut"):
    """The account's connections are closed when the frame is due, and the frame is lost."""

    point: ClassVar[Point] = "frame"
    code: CloseCode = 1001


class Mute(_Action, frozen=True, kw_only=True, tag="mute"):
    """From this frame on the account's connections answer pings and deliver nothing. New connections do deliver."""

    point: ClassVar[Point] = "frame"


class LoseFrame(_Action, frozen=True, kw_only=True, tag="lose_frame"):
    """The frame never arrives, and the connection goes on."""

    point: ClassVar[Point] = "frame"


class Duplicate(_Action, frozen=True, kw_only=True, tag="duplicate"):
    """The frame arrives so many more times."""

    point: ClassVar[Point] = "frame"
    more: Count = 1


class Swap(_Action, frozen=True, kw_only=True, tag="swap"):
    """The frame arrives after the account's next one, or after `seconds` when there is none."""

    point: ClassVar[Point] = "frame"
    seconds: Seconds = Decimal(2)


class LateFrame(_Action, frozen=True, kw_only=True, tag="late_frame"):
    """The frame arrives so much later, and those that follow overtake it."""

    point: ClassVar[Point] = "frame"
    seconds: Seconds


class OddFrame(_Action, frozen=True, kw_only=True, tag="odd_frame"):
    """A frame that is broken JSON, an event nobody knows, or huge arrives before the frame, or `instead` of it."""

    point: ClassVar[Point] = "frame"
    kind: Literal["broken", "unknown_event", "huge"]
    instead: bool = False
    bytes: FrameBytes = 2_000_000


class NoFill(_Action, frozen=True, kw_only=True, tag="no_fill"):
    """The order rests for good, until it is canceled."""

    point: ClassVar[Point] = "match"


class EndOrder(_Action, frozen=True, kw_only=True, tag="end_order"):
    """The order fills by this share of what is left of it, floored to the step; the venue then ends the rest."""

    point: ClassVar[Point] = "match"
    share: Share = Decimal(0)
    status: Literal["CANCELED", "EXPIRED", "REJECTED"] = "CANCELED"


class Activation(_Action, frozen=True, kw_only=True, tag="activation"):
    """A pending leg whose working leg has filled ends at once, or stays PENDING for good."""

    point: ClassVar[Point] = "activation"
    becomes: Literal["REJECTED", "EXPIRED", "PENDING"]


class FillDespiteCancel(_Action, frozen=True, kw_only=True, tag="fill_despite_cancel"):
    """A cancel is answered as done, but this share of what is left fills, `seconds` later; then the rest is canceled.

    Until then the order is still open.
    """

    point: ClassVar[Point] = "cancel"
    share: Share = Decimal(1)
    seconds: Seconds = Decimal(0)


class FillAfterEnd(_Action, frozen=True, kw_only=True, tag="fill_after_end"):
    """An order that was reported as ended fills all the same, `seconds` later, by this share of what was left.

    It waits until somebody is subscribed to the account's stream. What the account cannot pay for does not fill.
    """

    point: ClassVar[Point] = "end"
    share: Share = Decimal(1)
    seconds: Seconds = Decimal(0)


class VolumeLag(_Action, frozen=True, kw_only=True, tag="volume_lag"):
    """The volume is told as it stood so long ago."""

    point: ClassVar[Point] = "volume"
    seconds: Seconds


class VolumeDip(_Action, frozen=True, kw_only=True, tag="volume_dip"):
    """Only this share of the volume is told."""

    point: ClassVar[Point] = "volume"
    share: Share


class VolumeMissing(_Action, frozen=True, kw_only=True, tag="volume_missing"):
    """The token, an alphaId or a ticker, is not among the volumes."""

    point: ClassVar[Point] = "volume"
    token: str


class BalanceLag(_Action, frozen=True, kw_only=True, tag="balance_lag"):
    """The balances are told as they stood so long ago."""

    point: ClassVar[Point] = "balance"
    seconds: Seconds


class ClockSkew(_Action, frozen=True, kw_only=True, tag="clock_skew"):
    """Every time that the venue tells is so much ahead, or behind when negative."""

    point: ClassVar[Point] = "clock"
    seconds: Skew


class CrossedBook(_Action, frozen=True, kw_only=True, tag="crossed_book"):
    """The book is told with each side's prices in place of the other's, so that its bids are above its asks."""

    point: ClassVar[Point] = "book"


class StaleBook(_Action, frozen=True, kw_only=True, tag="stale_book"):
    """The book is told as it stood when the first such look struck, and as so much older than it then was.

    It stays like that as long as the rule strikes.
    """

    point: ClassVar[Point] = "book"
    seconds: Seconds


class EmptyBook(_Action, frozen=True, kw_only=True, tag="empty_book"):
    """One side of the book has no offers, or both."""

    point: ClassVar[Point] = "book"
    side: Literal["bids", "asks", "both"] = "both"


class SetMulPoint(_Action, frozen=True, kw_only=True, tag="set_mul_point"):
    """Fills of the token, an alphaId or a ticker, count by this mulPoint from now on."""

    point: ClassVar[Point] = "timer"
    token: str
    mul_point: Factor


class SetOffline(_Action, frozen=True, kw_only=True, tag="set_offline"):
    """The token is listed as offline and takes no new orders, or is back."""

    point: ClassVar[Point] = "timer"
    token: str
    offline: bool = True


class SetRules(_Action, frozen=True, kw_only=True, tag="set_rules"):
    """The filters of the token's symbol are these from now on; what is not given stays as it is."""

    point: ClassVar[Point] = "timer"
    token: str
    tick_size: Bound | None = None
    step_size: Bound | None = None
    min_qty: Bound | None = None
    max_qty: Bound | None = None
    min_notional: Bound | None = None
    max_notional: Bound | None = None
    multiplier_up: Bound | None = None
    multiplier_down: Bound | None = None
    limit: Count | None = None


RequestAction = Slow | NoReply | WrongReply
FrameAction = Cut | Mute | LoseFrame | Duplicate | Swap | LateFrame | OddFrame
BookAction = CrossedBook | StaleBook | EmptyBook
TimerAction = SetMulPoint | SetOffline | SetRules

FaultAction = (
    RequestAction
    | ShortKey
    | FrameAction
    | NoFill
    | EndOrder
    | Activation
    | FillDespiteCancel
    | FillAfterEnd
    | VolumeLag
    | VolumeDip
    | VolumeMissing
    | BalanceLag
    | ClockSkew
    | BookAction
    | TimerAction
)

ACTIONS: dict[str, type[FaultAction]] = {each.__struct_config__.tag: each for each in get_args(FaultAction)}
"""Every action by the name that stands under `fault`."""
