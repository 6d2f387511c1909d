"""Requests as browsers put them on the clipboard, each character quoted by the rules of the shell that it is for."""

import re
import string
from collections.abc import Callable

SAFE_IN_CMD = string.ascii_letters + string.digits + " _-:=+~'/.,?;()*`"


def bash(text: str) -> str:
    """Single quotes, or `$'...'` where those cannot hold it."""
    if not re.search(r"['!\x00-\x1f\x7f-\x9f]", text):
        return f"'{text}'"
    return "$'" + "".join(_ansi(character) for character in text) + "'"


def _ansi(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    return f"\\u{ord(character):04x}" if character == "!" or not character.isprintable() else character


def cmd(text: str) -> str:
    """Carets before all that cmd.exe might heed, so that even the quotation marks are for the called program."""
    doubled = text.replace("\\", "\\\\").replace('"', '\\"')
    carets = "".join(character if character in SAFE_IN_CMD else "^" + character for character in doubled)
    return '^"' + re.sub("%(?=[A-Za-z0-9_])", "%^", carets) + '^"'


def old_cmd(text: str) -> str:
    """Plain quotation marks, as browsers wrote until some years ago."""
    return '"' + text.replace("\\", "\\\\").replace('"', '""').replace("%", '"%"') + '"'


def powershell(text: str) -> str:
    """Double quotes, with what is not plain ASCII by its number."""
    escaped = re.sub(r'[`$"]', lambda found: "`" + found[0], text)
    return '"' + re.sub(r"[^\x20-\x7e]", lambda found: f"$([char]{ord(found[0])})", escaped) + '"'


Request = tuple[str, dict[str, str], dict[str, str]]
"""Address, headers and cookies."""


def _curl(quote: Callable[[str], str], line_end: str, request: Request) -> str:
    url, headers, cookies = request
    options = [f"-H {quote(f'{name}: {value}')}" for name, value in headers.items()]
    options.append(f"-b {quote(_cookie(cookies))}")
    return "curl " + line_end.join([quote(url), *options, "--compressed", f"--data-raw {quote('{}')}"])


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def as_bash(request: Request) -> str:
    return _curl(bash, " \\\n  ", request)


def as_bash_with_a_cookie_header(request: Request) -> str:
    url, headers, cookies = request
    return _curl(bash, " ", (url, headers | {"Cookie": _cookie(cookies)}, {}))


def as_cmd(request: Request) -> str:
    return _curl(cmd, " ^\r\n  ", request)


def as_old_cmd(request: Request) -> str:
    return _curl(old_cmd, " ^\n  ", request)


def as_powershell(request: Request) -> str:
    url, headers, cookies = request
    cookie = '$session.Cookies.Add((New-Object System.Net.Cookie(%s, %s, "/", ".v.example")))'
    made = [cookie % (powershell(name), powershell(value)) for name, value in cookies.items()]
    pairs = "\n  ".join(f"{powershell(name)}={powershell(value)}" for name, value in headers.items())
    begin = ["$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession", *made]
    call = ["Invoke-WebRequest -UseBasicParsing -Uri " + powershell(url), "-WebSession $session"]
    return "\n".join([*begin, " `\n".join([*call, f"-Headers @{{\n{pairs}\n}}", '-Body "{}"'])])


FORMS = (as_bash, as_bash_with_a_cookie_header, as_cmd, as_old_cmd, as_powershell)
