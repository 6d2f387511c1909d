"""A request that a browser copied as text ("Copy as cURL", "Copy as PowerShell"): what it carries. Pure.

And what of that makes a session (venue protocol notes, 2.3). What the page sends beside those is not taken: neither
what describes the person's browser or device, nor what the venue's bot control gave that browser for itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from exchange.alpha.session import Credentials, cookies_of, is_ours
from exchange.alpha.shells import Token, Unreadable, bash_words, cmd_words, powershell_tokens

Form = Literal["bash", "cmd", "PowerShell"]

_POWERSHELL_COMMAND: Final = re.compile(r"(?i)invoke-(webrequest|restmethod)|\bWebRequestSession\b")
_CMD_SIGN: Final = re.compile(r'[^\'"]*"')
"""The first quotation mark is a double one: for bash, browsers write single ones."""
_WITH_VALUE: Final = {
    "-H": "header", "--header": "header", "-b": "cookie", "--cookie": "cookie", "--url": "url",
    "-A": "", "--user-agent": "", "-e": "", "--referer": "", "-X": "", "--request": "", "-d": "", "--data": "",
    "--data-raw": "", "--data-binary": "", "--data-ascii": "", "--data-urlencode": "", "-F": "", "--form": "",
    "-u": "", "--user": "", "-o": "", "--output": "", "-x": "", "--proxy": "", "-m": "", "--max-time": "",
    "--connect-timeout": "", "--resolve": "",
}  # fmt: skip
"""curl's options that take a value, as far as browsers and people write them, and what we take from each."""

_LOGIN_COOKIES: Final = ("p20t", "cr00")
"""Every client that was seen to work sends one of these; a request without either is of somebody not logged in."""
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class NotCopied(Exception):
    """No request can be made out; the message says why and what to copy, and quotes nothing of it."""


class CopiedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied. Header names are in lower case; the cookies are not among the headers. All of it is secret."""

    form: Form
    url: str
    headers: dict[str, str]
    cookies: dict[str, str]

    def __repr__(self) -> str:
        return "CopiedRequest(...)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be told of a copied request without telling a secret: names, never values.

    `credentials` is None where something is missing; `missing` says what, and how to get it.
    """

    form: Form
    host: str
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    left_out: tuple[str, ...]
    missing: tuple[str, ...]
    credentials: Credentials | None


def copied_request(text: str) -> CopiedRequest:
    """What was copied, in whichever form. Raises NotCopied."""
    try:
        if _POWERSHELL_COMMAND.search(text):
            return _of_powershell(powershell_tokens(text))
        form: Form = "cmd" if _CMD_SIGN.match(text) else "bash"
        return _of_curl(form, cmd_words(text) if form == "cmd" else bash_words(text))
    except Unreadable as error:
        raise NotCopied(f"the text cannot be read: {error}; copy the whole command again") from None


def findings(request: CopiedRequest) -> Findings:
    """What of it makes a session, and what is missing to one."""
    token = request.headers.get("csrftoken", "")
    cookies = {name: value for name, value in request.cookies.items() if is_ours(name)}
    missing = tuple(_missing(token, cookies))
    credentials = None
    if not missing:
        try:
            credentials = Credentials("; ".join(f"{name}={value}" for name, value in cookies.items()), token)
        except ValueError as error:
            missing = (str(error),)
    return Findings(
        form=request.form,
        host=_host(request.url),
        headers=("csrftoken",) if token else (),
        cookies=_names(cookies),
        left_out=_names(sorted(({*request.headers} - {"csrftoken"}) | ({*request.cookies} - {*cookies}))),
        missing=missing,
        credentials=credentials,
    )


def _missing(token: str, cookies: Mapping[str, str]) -> Iterator[str]:
    if not token:
        yield "the header csrftoken: copy a request whose address has /bapi/ in it"
    if not cookies:
        yield "the cookies: copy the request from the browser's network list, of a tab where you are logged in"
    elif not any(name in cookies for name in _LOGIN_COOKIES):
        yield f"the login's cookies ({' or '.join(_LOGIN_COOKIES)}): log in, then copy a new request"


def _host(url: str) -> str:
    """Nothing else of it: the query may be a listen key, and what is no address may be anything."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """What looks like a name; in a garbled text the rest may be a part of a value."""
    return tuple(name for name in names if _PLAIN_NAME.fullmatch(name))


def _of_curl(form: Form, words: list[str]) -> CopiedRequest:
    if not words or words[0].lower().removesuffix(".exe").rpartition("/")[2] != "curl":
        raise NotCopied('the text is no cURL command: choose "Copy as cURL" or "Copy as PowerShell" for the request')
    values: dict[str, list[str]] = {"header": [], "cookie": [], "url": []}
    rest = iter(words[1:])
    for word in rest:
        name, joined = (word, "") if word in _WITH_VALUE or word.startswith("--") else (word[:2], word[2:])
        if name in _WITH_VALUE:
            values.setdefault(_WITH_VALUE[name], []).append(joined or next(rest, ""))
        elif not word.startswith("-"):
            values["url"].append(word)
    return _request(form, values["url"], [_pair(header) for header in values["header"]], values["cookie"])


def _of_powershell(tokens: list[Token]) -> CopiedRequest:
    headers = list(_powershell_headers(tokens))
    cookies = [f"{name}={value}" for name, value in _powershell_cookies(tokens)]
    return _request("PowerShell", list(_after(tokens, "-uri")), headers, cookies)


def _powershell_headers(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """The pairs of `-Headers @{ "name"="value" ... }`."""
    words = [token.text.lower() if not token.quoted else "" for token in tokens]
    if "-headers" not in words:
        return
    at = words.index("-headers")
    for before, mark, after in zip(tokens[at:], tokens[at + 1 :], tokens[at + 2 :], strict=False):
        if before == Token("}", quoted=False):
            return
        if mark == Token("=", quoted=False) and after.quoted:
            yield before.text, after.text


def _powershell_cookies(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """The first two strings of each `System.Net.Cookie("name", "value", ...)`."""
    for at, token in enumerate(tokens):
        if not token.quoted and token.text.lower().endswith("net.cookie"):
            strings = [each.text for each in tokens[at : at + 5] if each.quoted]
            if len(strings) == 2:  # noqa: PLR2004 - a name and a value
                yield strings[0], strings[1]


def _after(tokens: list[Token], word: str) -> Iterator[str]:
    for token, value in pairwise(tokens):
        if not token.quoted and token.text.lower() == word:
            yield value.text


def _pair(header: str) -> tuple[str, str]:
    name, _, value = header.partition(":")
    return name, value.strip()


def _request(form: Form, urls: list[str], headers: list[tuple[str, str]], cookies: list[str]) -> CopiedRequest:
    named = {name.strip().lower(): value for name, value in headers if not name.startswith(":")}
    cookie = "; ".join([named.pop("cookie", ""), *cookies])
    return CopiedRequest(form=form, url=urls[0] if urls else "", headers=named, cookies=cookies_of(cookie))
