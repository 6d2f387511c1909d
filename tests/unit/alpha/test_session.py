"""Who we are to the venue, and that nobody else learns it."""

import pytest
from rich.pretty import pretty_repr

from exchange.alpha.session import Credentials, keep_rotated_cookies, open_session, paper_credentials

SECRET = Credentials("p20t=very-secret; cr00=more", "f" * 32)


def test_credentials_do_not_show() -> None:
    """Neither when printed nor when an error quotes them."""
    for text in (repr(SECRET), f"{SECRET}", repr([SECRET]), pretty_repr(SECRET)):
        assert "secret" not in text
        assert "fff" not in text


@pytest.mark.parametrize("cookie", ["p20t=é-secret", "p20t=secret\r\nx: y", "p20t=secret\n"])
def test_credentials_that_no_header_can_carry_are_refused(cookie: str) -> None:
    """With what to do, and without the value."""
    with pytest.raises(ValueError, match="cookie: only printable ASCII") as caught:
        Credentials(cookie, "f" * 32)
    assert "secret" not in str(caught.value)


def test_paper_credentials_name_the_account() -> None:
    """The cookie of the paper venue, and a token of the real one's form."""
    credentials = paper_credentials(7)
    assert credentials.cookie == "p20t=paper-7"
    assert credentials.csrf_token == "235bc0ac5025cc5a3df4f7517d9b213b"


def test_a_rotated_cookie_replaces_ours_alone() -> None:
    """The venue's cookie belongs to its domain and ours to none: one of each name is left."""
    with open_session("https://venue.example", SECRET) as session:
        session.cookies.set("p20t", "new", domain=".venue.example")
        keep_rotated_cookies(session.cookies)
        assert sorted((cookie.name, cookie.value) for cookie in session.cookies) == [("cr00", "more"), ("p20t", "new")]


@pytest.mark.parametrize(
    ("url", "trusts"),
    [("http://127.0.0.1:8000", False), ("http://localhost", False), ("http://[::1]:1", False), ("https://x.y", True)],
)
def test_loopback_bypasses_the_environment_s_proxy(url: str, trusts: bool) -> None:  # noqa: FBT001 - a parameter
    """A proxy cannot reach the paper venue on our own machine."""
    with open_session(url, None) as session:
        assert session.trust_env is trusts
