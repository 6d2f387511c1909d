"""What is taken from a copied request, what is left, and what is missing."""

import pytest

from exchange.alpha.curl import CopiedRequest, NotCopied, copied_request, findings

TOKEN = "0" * 32


def request_of(headers: dict[str, str] | None = None, **cookies: str) -> CopiedRequest:
    return CopiedRequest(form="bash", url="https://v.example/", headers=headers or {}, cookies=cookies)


def test_only_what_makes_a_session_is_taken() -> None:
    """The token and the login's cookies; nothing that describes a browser or that its bot control gave it."""
    found = findings(
        CopiedRequest(
            form="cmd",
            url="https://v.example/bapi/?secret=1",
            headers={"csrftoken": TOKEN, "user-agent": "Mozilla", "device-info": "x", "fvideo-id": "y"},
            cookies={"p20t": "a", "r20t": "b", "aws-waf-token": "c", "_ga_X1": "d", "OptanonConsent": "e"},
        )
    )
    assert found.credentials is not None
    assert found.credentials.cookie == "p20t=a; r20t=b"
    assert (found.headers, found.cookies, found.host) == (("csrftoken",), ("p20t", "r20t"), "v.example")
    assert found.left_out == ("OptanonConsent", "_ga_X1", "aws-waf-token", "device-info", "fvideo-id", "user-agent")


@pytest.mark.parametrize(
    ("request_", "missing"),
    [
        (request_of(p20t="a"), ["csrftoken"]),
        (request_of({"csrftoken": TOKEN}), ["the cookies"]),
        (request_of({"csrftoken": TOKEN}, lang="en"), ["p20t or cr00"]),
        (request_of({}), ["csrftoken", "the cookies"]),
        (request_of({"csrftoken": TOKEN}, p20t="é"), ["printable ASCII"]),
    ],
)
def test_what_is_missing_is_told_all_at_once(request_: CopiedRequest, missing: list[str]) -> None:
    """With how to get it; and there are no credentials then."""
    found = findings(request_)
    assert found.credentials is None
    assert [words in told for words, told in zip(missing, found.missing, strict=True)] == [True] * len(missing)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no cURL command"),
        ("wget 'https://v.example' -H 'csrftoken: 1'", "no cURL command"),
        ("fetch('https://v.example')", "no cURL command"),
        ("curl 'https://v.example", "never closed"),
        ('curl ^"https://v.example', "never closed"),
        ('Invoke-WebRequest -Uri "https://v.example', "never closed"),
    ],
)
def test_other_text_is_refused(text: str, words: str) -> None:
    """With what to copy instead."""
    with pytest.raises(NotCopied, match=words):
        copied_request(text)


@pytest.mark.parametrize(
    "text",
    [
        "curl 'https://v.example' -H'csrftoken: 1' --cookie p20t=a -X POST -d p20t=no",
        'curl.exe "https://v.example" -H "csrftoken: 1" -b "p20t=a"',
        "/usr/bin/curl -s --url https://v.example -H csrftoken:1 -b p20t=a ; rm -rf /",
        'curl "https://v.example" --header "CsrfToken: 1" -H "Cookie: p20t=a"',
        "Invoke-RestMethod -Uri 'https://v.example' -Headers @{ csrftoken = '1'; Cookie = 'p20t=a' }",
    ],
)
def test_written_by_hand(text: str) -> None:
    """The usual other ways to write the same are read too; only the first command counts."""
    read = copied_request(text)
    assert (read.headers, read.cookies) == ({"csrftoken": "1"}, {"p20t": "a"})
    assert findings(read).host == "v.example"
