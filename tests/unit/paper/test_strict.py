"""The strict venue: whose session is in order, which cookies are still good, and who calls too often."""

import pytest

from exchange.paper.settings import Strictness
from exchange.paper.strict import FloodGate, GivenSession, Sessions

RULES = Strictness(rotation_grace_ms=1_000, calls_per_second=3, placements_per_second=1, quiet_seconds=2)


def cookies(given: GivenSession) -> dict[str, str]:
    return dict(pair.split("=") for pair in given.cookie.split("; "))


def headers(given: GivenSession) -> dict[str, str]:
    return {"csrftoken": given.csrf_token, "clienttype": "web", "content-type": "application/json"}


def test_a_session_is_its_account_s() -> None:
    """Two accounts that have logged in are told apart by their cookies."""
    sessions = Sessions(1, RULES)
    given = [sessions.log_in(account) for account in ("1", "2")]
    assert [sessions.account_of(headers(one), cookies(one), 0) for one in given] == ["1", "2"]


@pytest.mark.parametrize("name", ["csrftoken", "clienttype", "content-type"])
def test_each_header_of_the_page_is_needed(name: str) -> None:
    """Without it, or with another value, the request is nobody's."""
    sessions = Sessions(1, RULES)
    given = sessions.log_in("1")
    without = {key: value for key, value in headers(given).items() if key != name}
    assert sessions.account_of(without, cookies(given), 0) == ""
    assert sessions.account_of(without | {name: "other"}, cookies(given), 0) == ""


@pytest.mark.parametrize("name", ["p20t", "r20t", "cr00", "d1og", "f30l"])
def test_each_login_cookie_is_needed(name: str) -> None:
    """A session is all of its cookies."""
    sessions = Sessions(1, RULES)
    given = sessions.log_in("1")
    assert sessions.account_of(headers(given), cookies(given) | {name: "other"}, 0) == ""


def test_renewed_cookies_end_older_ones_once_they_were_seen() -> None:
    """A reply that never came costs nothing; one that did ends what was before it, after the grace."""
    sessions = Sessions(1, RULES)
    given = sessions.log_in("1")
    old, new = cookies(given), cookies(given) | sessions.renew("1")
    assert sessions.account_of(headers(given), old, 90_000) == "1"
    assert sessions.account_of(headers(given), new, 100_000) == "1"
    assert sessions.account_of(headers(given), old, 100_999) == "1"
    assert sessions.account_of(headers(given), old, 101_000) == ""
    assert sessions.account_of(headers(given), new, 101_000) == "1"


def test_a_session_that_was_ended_or_replaced_is_nobody_s() -> None:
    """A new login makes the one before it worthless, and so does the end of it."""
    sessions = Sessions(1, RULES)
    first, second = sessions.log_in("1"), sessions.log_in("1")
    assert sessions.account_of(headers(first), cookies(first), 0) == ""
    assert sessions.account_of(headers(second), cookies(second), 0) == "1"
    sessions.log_out("1")
    assert sessions.account_of(headers(second), cookies(second), 0) == ""


def test_a_flood_is_turned_away_until_its_time_is_over() -> None:
    """The fourth call within a second is one too many; who comes back early is counted; another account is not hit."""
    gate = FloodGate(RULES)
    answers = [gate.turned_away("1", now, placement=False) for now in (0, 0, 999, 999, 2_000, 2_998, 2_999)]
    assert answers == [None, None, None, 2, 1, 1, None]
    assert (gate.callers["1"].refused, gate.callers["1"].early) == (3, 2)
    assert gate.turned_away("2", 999, placement=False) is None


def test_placements_have_a_limit_of_their_own() -> None:
    """Two within a second are one too many."""
    gate = FloodGate(RULES)
    assert [gate.turned_away("1", now, placement=True) for now in (0, 1_000, 1_500)] == [None, None, 2]
