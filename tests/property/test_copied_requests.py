"""Requests copied from a browser: whatever they carry comes out as it was, and no value is ever told."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.alpha.curl import CopiedRequest, NotCopied, copied_request, findings
from exchange.alpha.shells import Unreadable, bash_words, cmd_words, powershell_tokens
from tests.support.copied import FORMS, Request, bash, cmd, old_cmd, powershell

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
VALUES = st.text(PRINTABLE + "éß语", max_size=30).map(str.strip)
COOKIE_VALUES = st.text(PRINTABLE.replace(";", ""), max_size=30).map(str.strip)
HEADERS = st.dictionaries(NAMES.map(lambda name: f"x-{name.lower()}"), VALUES, max_size=5)
URL = "https://www.venue.example/bapi/x?listenKey=0123456789abcdef"
REQUESTS = st.tuples(st.just(URL), HEADERS, st.dictionaries(NAMES, COOKIE_VALUES, min_size=1, max_size=6))
NASTY: Request = (
    URL,
    {"x-quotes": "a'b\"c", "x-cmd": '%PATH% ^& ^" 100% "', "x-bash": "$HOME `id` !! \\' \\\\", "x-end": "\\"},
    {"json": '{"a":"b\\"c"}', "url": "a%3Db%20", "equals": "a==", "caret": "^^%^", "shell": "$(id)`x`"},
)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=50)
@given(REQUESTS)
@example(NASTY)
def test_every_form_gives_back_what_was_copied(form: Callable[[Request], str], request: Request) -> None:
    """Whatever headers and cookies a request has, they are read from each form as they were."""
    _, headers, cookies = request
    read = copied_request(form(request))
    assert (read.headers, read.cookies) == (headers, cookies)
    assert findings(read).host == "www.venue.example"


@given(st.lists(st.text(PRINTABLE + "\n\té", min_size=1), max_size=4))
def test_quoted_words_come_back(words: list[str]) -> None:
    """Each shell's quoting is undone, for any text, line ends included where the shell can quote them."""
    assert bash_words(" ".join(map(bash, words))) == words
    assert [token.text for token in powershell_tokens(" ".join(map(powershell, words)))] == words
    lines = [word.replace("\n", " ") for word in words]
    assert cmd_words(" ".join(map(cmd, lines))) == lines
    assert cmd_words(" ".join(map(old_cmd, lines))) == lines


@given(st.text(PRINTABLE + "\n\r\0é", max_size=80), st.sampled_from(["", "curl ", 'curl ^"', "Invoke-WebRequest "]))
def test_any_text_is_read_or_refused(text: str, start: str) -> None:
    """Nothing else happens with a text that is garbled."""
    with suppress(NotCopied):
        assert findings(copied_request(start + text)).missing


@pytest.mark.parametrize("reader", [bash_words, powershell_tokens, cmd_words])
def test_what_never_ends_is_refused_at_once(reader: Callable[[str], object]) -> None:
    """However many escapes an open quotation has, no time is lost on reading them otherwise (the suite limits it)."""
    with pytest.raises(Unreadable):
        reader('"' + "$([char]65)" * 500)


@given(st.lists(st.text("abcdef0123456789", min_size=12, max_size=40), min_size=3, max_size=3, unique=True))
def test_findings_tell_no_value(values: list[str]) -> None:
    """Neither printed nor in the fields that are shown; the credentials hold them all the same."""
    token, first, second = values
    request = CopiedRequest(
        form="bash",
        url=f"https://v.example/?listenKey={token}",
        headers={"csrftoken": token, "device-info": second},
        cookies={"p20t": first, "aws-waf-token": second},
    )
    found = findings(request)
    assert found.credentials is not None
    assert (found.credentials.cookie, found.credentials.csrf_token) == (f"p20t={first}", token)
    shown = [repr(request), repr(found), str(msgspec.structs.astuple(found)[:-1])]
    assert not [value for value in values for text in shown if value in text]
