"""From the faults that strike a call to what becomes of it: `Fate`. Pure; the server and simulations carry it out.

The bodies are recorded ones where there are any (venue protocol notes, section 12); the risk challenge is told by its
headers.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from exchange.alpha.frames import Envelope
from exchange.paper.faults_actions import NoReply, ReplyName, Slow, WrongReply
from exchange.paper.model import Rejection
from exchange.paper.rules import (
    ABOVE_MAX_QTY,
    AMOUNT_MISMATCH,
    BELOW_MIN_NOTIONAL,
    INSUFFICIENT_BALANCE,
    OFF_STEP,
    OFF_TICK,
    UNRECORDED,
)

LOGIN_EXPIRED = '{"code":"100002001","message":"登录状态已经失效，请重新登录！","success":false}'.encode()  # noqa: RUF001 - as captured
_UNRECORDED_SESSION = "100009999"
"""Stands for the codes of session errors that nobody has recorded; our own number."""
_VERIFICATION = "补充认证失败，您必须完成此认证才能进入下一步"  # noqa: RUF001 - as captured
_HTML = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body></body></html>"
_JSON, _PAGE = "application/json", "text/html"


class Canned(msgspec.Struct, frozen=True):
    """A reply as it goes over the wire."""

    status: int
    body: bytes = b""
    content_type: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()


def _refusal(rejection: Rejection) -> Canned:
    return Canned(200, msgspec.json.encode(Envelope(code=rejection.code, message=rejection.message)))


_WAF = (("x-amzn-waf-action", "captcha"),)
_RISK = (("risk_challenge_enable_flow", "true"), ("risk_challenge_biz_no", "5d1f0c2e9a7b4c33"))
REPLIES: dict[ReplyName, Canned] = {
    "rate_limited": Canned(429, b'{"code":"429","message":"Too many requests","success":false}'),
    "banned": Canned(418, b'{"code":"418","message":"IP banned","success":false}'),
    "server_error": Canned(500, b"Internal Server Error", "text/plain"),
    "bad_gateway": Canned(502, b"<html><h1>502 Bad Gateway</h1></html>", _PAGE),
    "unavailable": Canned(503, b"<html><h1>503 Service Unavailable</h1></html>", _PAGE),
    "html_page": Canned(200, _HTML, _PAGE),
    "empty_body": Canned(200),
    "login_expired": Canned(200, LOGIN_EXPIRED),
    "risk_challenge": msgspec.structs.replace(
        _refusal(Rejection(_UNRECORDED_SESSION, "Risk challenge.")), headers=_RISK
    ),
    "verification": _refusal(Rejection(_UNRECORDED_SESSION, _VERIFICATION)),
    "step_flows": _refusal(Rejection("100001003", "step flows have not finish")),
    "captcha": Canned(405, _HTML, _PAGE, _WAF),
    "restricted": _refusal(Rejection(_UNRECORDED_SESSION, "Your account has been restricted.")),
    "insufficient_balance": _refusal(INSUFFICIENT_BALANCE),
    "below_min_notional": _refusal(BELOW_MIN_NOTIONAL),
    "above_max_qty": _refusal(ABOVE_MAX_QTY),
    "amount_mismatch": _refusal(AMOUNT_MISMATCH),
    "off_step": _refusal(OFF_STEP),
    "off_tick": _refusal(OFF_TICK),
    "async_operation": _refusal(Rejection(UNRECORDED, "该账户有异步操作进行中")),
}


class Fate(msgspec.Struct, frozen=True):
    """What becomes of a call, in this order.

    It waits `before` seconds; what it asks is done if `processed`; it waits `after` seconds; then it is answered with
    `reply` (None: the true answer), unless there is `silence`: then it is not answered, and the connection is closed
    or reset at once, or closed after it has hung for `hang` seconds.
    """

    before: Decimal = Decimal(0)
    processed: bool = True
    after: Decimal = Decimal(0)
    reply: Canned | None = None
    silence: Literal["close", "reset", "hang"] | None = None
    hang: Decimal = Decimal(0)


def fate_of(actions: Iterable[object]) -> Fate:
    """All delays add up; of the faults that replace the answer the first one counts."""
    fate = Fate()
    for action in actions:
        fate = _with(fate, action)
    return fate


def _with(fate: Fate, action: object) -> Fate:
    answered = fate.reply is not None or fate.silence is not None
    match action:
        case Slow(processed=False, seconds=seconds):
            return replace(fate, before=fate.before + seconds)
        case Slow(seconds=seconds):
            return replace(fate, after=fate.after + seconds)
        case NoReply() if not answered:
            return replace(fate, processed=action.processed, silence=action.how, hang=action.seconds)
        case WrongReply() if not answered:
            return replace(fate, processed=action.processed, reply=canned(action))
        case _:
            return fate


def canned(action: WrongReply) -> Canned:
    """The reply with its name, and with Retry-After if it has one."""
    reply = REPLIES[action.name]
    if action.retry_after is None:
        return reply
    return replace(reply, headers=(*reply.headers, ("Retry-After", str(action.retry_after))))
