"""Who we are to the venue, and that nobody else learns it."""

import hashlib
from collections.abc import Mapping

import pytest
from requests.exceptions import InvalidSchema
from rich.pretty import pretty_repr

from exchange.alpha.session import Credentials, Hosts, Login, open_session, paper_credentials, renewed
from exchange.alpha.sockets import VerifyingAdapter

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


def test_a_renewed_cookie_replaces_the_one_of_its_name_alone() -> None:
    """The others stay, new ones are added, and what no header can carry, or what is the browser's, is left out."""
    after = renewed(SECRET, {"p20t": "new", "r20t": "more", "bad": "line\nbreak", "aws-waf-token": "t"})
    assert after == Credentials("p20t=new; cr00=more; r20t=more", "f" * 32)


def test_a_token_made_of_a_cookie_follows_it() -> None:
    """Where the token is the MD5 of `cr00`, it is that of the new one; any other token stays."""
    before = Credentials("cr00=old", hashlib.md5(b"old").hexdigest())  # noqa: S324 - the venue's choice
    assert renewed(before, {"cr00": "new"}).csrf_token == hashlib.md5(b"new").hexdigest()  # noqa: S324 - as above
    assert renewed(SECRET, {"cr00": "new"}).csrf_token == "f" * 32


def test_what_is_renewed_is_saved_once() -> None:
    """With the name of the login; what changes nothing is not saved."""
    saved: list[tuple[dict[str, str], str]] = []

    def save(cookies: Mapping[str, str], login_id: str) -> bool:
        saved.append((dict(cookies), login_id))
        return True

    login = Login(Credentials("a=0; b=0", "t"), "mine", save)
    for value in ("1", "2", "2"):
        login.renew({"a": value}, login.sent())
    assert saved == [({"a": "1"}, "mine"), ({"a": "2"}, "mine")]


def test_a_late_answer_does_not_spoil_a_new_login() -> None:
    """Cookies that answer a request of the login before are not mixed into the one that the owner gave since."""
    login = Login(Credentials("a=old", "t"), "old")
    sent = login.sent()
    login.reread(lambda: (Credentials("a=new", "t"), "new"))
    login.renew({"a": "older"}, sent)
    assert login.sent().headers["cookie"] == "a=new"


def test_a_login_s_secrets_are_masked_also_when_renewed() -> None:
    """Of the session as given, as renewed and as given anew, the longest first; short values are no secrets."""
    login = Login(Credentials("a=11111111; lang=en; b=11111111-2", "t" * 32))
    login.renew({"a": "22222222"}, login.sent())
    login.reread(lambda: (Credentials("a=33333333", "u" * 32), "new"))
    assert login.masks(f"en 11111111-2 11111111 22222222 33333333 {'t' * 32} {'u' * 32}") == "en" + " ***" * 6


def test_a_session_reaches_the_configured_host_alone() -> None:
    """Neither another host, nor a host whose name begins alike, nor a proxy of the environment."""
    with open_session(Hosts(rest_url="https://x.y", stream_url="wss://x.y/s")) as session:
        assert isinstance(session.get_adapter("https://x.y/path"), VerifyingAdapter)
        for url in ("https://x.y.evil.example/path", "http://x.y/path", "https://x.y:444/path"):
            with pytest.raises(InvalidSchema):
                session.get_adapter(url)
        assert session.trust_env is False
