"""Which outcome an answer of the venue stands for (venue protocol notes, sections 2.2 and 12)."""

from decimal import Decimal

import msgspec
import pytest

from exchange.alpha.masks import Masks
from exchange.alpha.outcomes import Answer, data_of, retry_after
from exchange.errors import RateLimited, Rejected, Unauthorised, Unknown, VenueError

SUCCESS = '{"code":"000000","message":null,"messageDetail":null,"data":{"a":1},"success":true}'
NOON = 1_795_262_400.0  # 21 November 2026, 12:00:00 GMT


def answer(body: str = SUCCESS, *, status: int = 200, **headers: str) -> Answer:
    """An answer; underscores in header names stay."""
    return Answer(status=status, headers=headers, body=body.encode())


def refusal(code: object = "481099", message: str = "no") -> str:
    """A business error."""
    return msgspec.json.encode({"code": code, "message": message, "success": False}).decode()


def outcome_of(given: Answer) -> VenueError:
    """The error that the answer stands for."""
    with pytest.raises(VenueError) as caught:
        data_of(given, now=NOON)
    return caught.value


@pytest.mark.parametrize("body", [SUCCESS, SUCCESS.replace('"000000"', "0")])
def test_success_gives_its_data(body: str) -> None:
    """The code may be the text or, as one client tolerates, the number 0."""
    assert bytes(data_of(answer(body), now=NOON)) == b'{"a":1}'


def test_success_without_data_gives_null() -> None:
    """Data may be absent."""
    assert bytes(data_of(answer('{"code":"000000","success":true}'), now=NOON)) == b"null"


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("100002001", "登录状态已经失效", "the session has expired: 登录状态已经失效"),
        ("100002001", "", "the session has expired"),
        ("100001003", "step flows", "the venue asks the account's owner to pass a verification: step flows"),
    ],
)
def test_a_session_that_needs_its_owner_is_told_in_words_of_ours(code: str, message: str, words: str) -> None:
    """The venue's own are in the language of the session, which its operator may not read."""
    assert outcome_of(answer(refusal(code, message))).message == words


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(refusal("481020", "余额不足")), Rejected),
        (answer(refusal("000002")), Rejected),
        (answer(refusal("999999")), Rejected),
        (answer(refusal("000000")), Rejected),
        (answer(refusal("481020", "请求失败")), Rejected),
        (answer(refusal(), status=400), Rejected),
        (answer(refusal("100002001")), Unauthorised),
        (answer(refusal("100001003")), Unauthorised),
        (answer(refusal("1", "登录状态已经失效 (log in again)")), Unauthorised),
        (answer(refusal("1", "请检查是否已登录")), Unauthorised),
        (answer(refusal("1", "补充认证失败")), Unauthorised),
        (answer(refusal("1", "the step flows have not finish")), Unauthorised),
        (answer(status=401), Unauthorised),
        (answer("<html>", status=403), Unauthorised),
        (answer(risk_challenge_enable_flow="true", risk_challenge_biz_no="1"), Unauthorised),
        (answer(refusal("481020"), risk_challenge_enable_flow="TRUE"), Unauthorised),
        (answer("", status=503, risk_challenge_enable_flow="true"), Unauthorised),
        (answer(refusal("1", "Your account has been temporarily restricted.")), Unauthorised),
        (answer(refusal("1", "This user is BANNED")), Unauthorised),
        (answer(refusal("1", "您的账户已被冻结")), Unauthorised),
        (answer(refusal("481011", "the account is restricted to 5 orders")), Rejected),
        (answer(refusal("1", "this symbol is restricted")), Rejected),
        (Answer(status=202, headers={"x-amzn-waf-action": "challenge"}, body=b""), Unauthorised),
        (Answer(status=405, headers={"x-amzn-waf-action": "captcha"}, body=b"<html>"), Unauthorised),
        (Answer(status=405, headers={"x-amzn-waf-action": "allow"}, body=b"<html>"), Unknown),
        (answer("", status=302, location="https://accounts.example/en/login?back=1"), Unauthorised),
        (answer("", status=307, location="https://www.example/maintenance"), Unknown),
        (answer("", status=429, risk_challenge_enable_flow="true"), RateLimited),
        (answer(status=429), RateLimited),
        (answer("", status=418), RateLimited),
        (answer(status=500), Unknown),
        (answer(refusal(), status=503), Unknown),
        (answer(status=302), Unknown),
        (answer("", status=404), Unknown),
        (answer(""), Unknown),
        (answer("<html></html>"), Unknown),
        (answer("{}"), Unknown),
        (answer("null"), Unknown),
        (answer('{"success":false}'), Unknown),
        (answer('{"message":"Forbidden"}'), Unknown),
        (answer(SUCCESS.replace("000000", "000001")), Unknown),
        (answer(SUCCESS[:-1]), Unknown),
        (answer("[" * 100_000), Unknown),
    ],
)
def test_each_sign_has_its_outcome(given: Answer, expected: type[VenueError]) -> None:
    """A refusal is definite only in a readable envelope; whatever else goes wrong is never taken for one."""
    assert type(outcome_of(given)) is expected


def test_a_risk_header_that_says_no_is_no_risk() -> None:
    """Only "true" asks for the owner."""
    assert data_of(answer(risk_challenge_enable_flow="false"), now=NOON)


@pytest.mark.parametrize("words", ["请求失败", "insufficient balance"])
def test_a_secret_in_the_code_or_the_words_is_masked(words: str) -> None:
    """Whether the answer is about the session or not."""
    given = answer(refusal(code="S3CRET-TOKEN", message=f"{words}: S3CRET-TOKEN"))
    with pytest.raises(VenueError) as caught:
        data_of(given, now=NOON, mask=Masks("S3CRET-TOKEN"))
    assert (caught.value.code, caught.value.message) == ("***", f"{words}: ***")


def test_the_venue_s_code_and_words_are_kept() -> None:
    """Message and detail are joined, within bounds."""
    error = outcome_of(answer(refusal("481013", "too small " + "x" * 1000)))
    assert (error.code, error.message[:9], len(error.message)) == ("481013", "too small", 300)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, Decimal(7)),
        ({"retry-after": " 1.5 "}, Decimal("1.5")),
        ({"retry-after": "-3"}, Decimal(0)),
        ({"retry-after": "Sat, 21 Nov 2026 12:02:00 GMT"}, Decimal(120)),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, Decimal(0)),
        (
            {"retry-after": "Sat, 21 Nov 2026 15:00:30 GMT", "date": "Sat, 21 Nov 2026 15:00:00 GMT"},
            Decimal(30),
        ),
        ({"retry-after": "1e999999"}, Decimal(259_200)),
        ({"retry-after": "Sat, 21 Nov 2099 12:00:00 GMT"}, Decimal(259_200)),
        ({"retry-after": "1e-999999"}, Decimal("1e-999999")),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "NaN"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], expected: Decimal | None) -> None:
    """A date is measured from the answer's own date, or else from now, and is never in the past."""
    assert retry_after(headers, NOON) == expected


def test_rate_limits_carry_the_wait() -> None:
    """The caller learns when to return."""
    error = outcome_of(Answer(status=429, headers={"retry-after": "9"}, body=b""))
    assert isinstance(error, RateLimited)
    assert error.retry_after == Decimal(9)
