"""From an answer to its outcome: the envelope's `data`, or one error of `exchange.errors`. Pure.

The order of the checks is the venue's priority of signs (venue protocol notes, sections 2.2 and 12): what turns a
request away unread comes first, then a session that needs its owner, then answers that say nothing certain, and
only a readable envelope that says no is a rejection. Codes decide before texts, since texts are localised.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from exchange.alpha.frames import Envelope
from exchange.alpha.masks import Mask
from exchange.errors import RateLimited, Rejected, Unauthorised, Unknown, VenueError

TURNED_AWAY: Final = frozenset({429, 418})
_NO_SESSION: Final = frozenset({401, 403})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_SUCCESS_CODES: Final = frozenset({"000000", "0"})
_SESSION_CODES: Final = {
    "100002001": "the session has expired",
    "100001003": "the venue asks the account's owner to pass a verification",
}
"""In words, since the venue's own are in the language of the session."""
_ORDER_CODES: Final = ("481", "000002")
_SESSION_TEXTS: Final = (
    "登录状态已经失效",
    "请检查是否已登录",
    "请求失败",
    "补充认证失败",
    "您必须完成此认证才能进入下一步",
    "step flows have not finish",
)
_RESTRICTION_TEXTS: Final = re.compile(
    r"\b(account|user)\b.{0,40}\b(restricted|suspended|frozen|disabled|banned|blocked|locked)\b"
    r"|(账户|账号|帐户|帐号).{0,10}(受限|限制|冻结|禁用|停用|封禁|锁定)",
    re.IGNORECASE,
)
"""Nobody has recorded what a restricted account is told. These are words in which it would be: to stop for nothing
costs a look, to go on could cost the account.
"""
_RISK_HEADER: Final = "risk_challenge_enable_flow"
_WAF_HEADER: Final = "x-amzn-waf-action"
"""Set by the guard that the venue's pages stand behind (section 2.2), to what it wants a browser to do."""
_WAF_ACTIONS: Final = frozenset({"challenge", "captcha"})
_LONGEST_MESSAGE: Final = 300
_LONGEST_QUIET_S: Final = Decimal(3 * 86_400)
"""The longest that the venue is known to turn anybody away (venue protocol notes, section 17.2)."""

_decoder = msgspec.json.Decoder(Envelope)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer that came whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def data_of(answer: Answer, *, now: float, mask: Mask = str) -> msgspec.Raw:
    """The `data` of a success. `now` (seconds since the epoch) is what a Retry-After date is measured from; `mask` is
    for the venue's words in errors.

    Raises RateLimited, Unauthorised, Unknown or Rejected.
    """
    _check_status(answer, now)
    envelope = _envelope(answer, mask)
    code = str(envelope.code)
    if envelope.success and code in _SUCCESS_CODES and answer.status == 200:  # noqa: PLR2004
        return envelope.data
    if envelope.success:
        code = mask(code)
        raise Unknown(f"the venue answered success with code {code!r} and HTTP {answer.status}", code=code)
    raise _refusal(code, envelope, mask)


def _check_status(answer: Answer, now: float) -> None:
    check_refused(answer, now=now)
    if answer.status >= 500:  # noqa: PLR2004
        raise Unknown(f"the venue failed: HTTP {answer.status}")


def check_refused(answer: Answer, *, now: float) -> None:
    """What an answer's head says, to a call or to the stream's handshake. Raises RateLimited, Unauthorised."""
    if answer.status in TURNED_AWAY:
        wait = retry_after(answer.headers, now)
        raise RateLimited(f"the venue turned the request away: HTTP {answer.status}", retry_after=wait)
    _check_challenge(answer)
    if answer.status in _NO_SESSION:
        raise Unauthorised(f"the venue refused the session: HTTP {answer.status}; log in again")


def _check_challenge(answer: Answer) -> None:
    """Whatever else the answer says: only the account's owner can go on."""
    if answer.headers.get(_RISK_HEADER, "").strip().lower() == "true":
        raise Unauthorised("the venue asks the account's owner to pass a risk challenge")
    action = answer.headers.get(_WAF_HEADER, "").strip().lower()
    if action in _WAF_ACTIONS:
        raise Unauthorised(f"the venue wants to see a person: {action}")
    if answer.status in _REDIRECTS and "login" in answer.headers.get("location", "").lower():
        raise Unauthorised(f"the venue sends the request to its login page: HTTP {answer.status}; log in again")


def _envelope(answer: Answer, mask: Mask) -> Envelope:
    """An object without a code is none of the venue's envelopes, even if all its fields could default."""
    try:
        envelope = _decoder.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(answer, mask) from error
    if envelope.code == "":
        raise _unreadable(answer, mask)
    return envelope


def _unreadable(answer: Answer, mask: Mask) -> Unknown:
    kind = mask(answer.headers.get("content-type", "no type"))[:40]
    return Unknown(f"the answer is no envelope: HTTP {answer.status}, {len(answer.body)} bytes of {kind}")


def _refusal(code: str, envelope: Envelope, mask: Mask) -> VenueError:
    text = " ".join(part for part in (envelope.message, envelope.message_detail) if part)
    shown = mask(text)[:_LONGEST_MESSAGE]
    session_text = _is_about_session(text[:_LONGEST_MESSAGE]) and not code.startswith(_ORDER_CODES)
    if code in _SESSION_CODES:
        return Unauthorised(": ".join(part for part in (_SESSION_CODES[code], shown) if part), code=mask(code))
    if session_text:
        return Unauthorised(shown, code=mask(code))
    return Rejected(shown or "the venue gave no reason", code=mask(code))


def _is_about_session(text: str) -> bool:
    return any(sign in text for sign in _SESSION_TEXTS) or _RESTRICTION_TEXTS.search(text) is not None


def retry_after(headers: Mapping[str, str], now: float) -> Decimal | None:
    """Seconds until the venue wants to be asked again, at most three days; None when it names neither them nor a date.

    A date is compared with the answer's own Date where it has one, so that our clock being wrong does not matter.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        return _seconds_until(text, headers.get("date", ""), now)
    return _bounded(seconds) if seconds.is_finite() else None


def _seconds_until(date: str, answered_at: str, now: float) -> Decimal | None:
    until = _timestamp(date)
    if until is None:
        return None
    return _bounded(Decimal(int(until - (_timestamp(answered_at) or now))))


def _bounded(seconds: Decimal) -> Decimal:
    return min(max(seconds, Decimal(0)), _LONGEST_QUIET_S)


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
