"""How three shells read a command line that a browser wrote for them: what was quoted comes out as it was. Pure.

Only what stands for text is understood. Nothing is expanded, looked up or run: a variable's name stays its name.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_BASH: Final = re.compile(
    r"""
      (?P<gap>(?:[ \t]|\\\r?\n)+)
    | (?P<end>[\r\n;&|])
    | \$'(?P<ansi>(?:[^'\\]|\\.)*+)'
    | '(?P<single>[^']*+)'
    | "(?P<double>(?:[^"\\]|\\.)*+)"
    | \\(?P<escaped>.)
    | (?P<plain>[^\s;&|'"\\])
    """,
    re.VERBOSE | re.DOTALL,
)
_BASH_DOUBLE: Final = re.compile(r'\\(?:\r?\n|([$`"\\]))')
_ANSI: Final = re.compile(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<x>[0-9A-Fa-f]{1,2})|u(?P<u>[0-9A-Fa-f]{1,4})|U(?P<U>[0-9A-Fa-f]{1,8})|(?P<one>.))",
    re.DOTALL,
)
_ONE: Final = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
"""What a letter after the escape character stands for, in bash and in PowerShell; any other stands for itself."""
_ANSI_THEMSELVES: Final = "\\'\"?"
_LAST_CHARACTER: Final = 0x10FFFF

_CARETS: Final = re.compile(r'("[^"]*"?)|\^(?:\r?\n)?(.?)', re.DOTALL)
_CMD: Final = re.compile(r'(?P<gap>[ \t\r\n]+)|\\(?P<escaped>[\\"])|(?P<quote>")|(?P<plain>\\|[^\\" \t\r\n]+)')

_POWERSHELL: Final = re.compile(
    r"""
      (?P<gap>(?:\s|`\r?\n)+)
    | "(?P<double>(?:[^"`$]|`.|""|\$\(\[char\]\d{1,7}\)|\$)*+)"
    | '(?P<single>(?:[^']|'')*+)'
    | (?P<mark>[(){}=,;@])
    | (?P<word>[^\s"'(){}=,;@`]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_POWERSHELL_DOUBLE: Final = re.compile(r'`(?P<one>.)|(?P<quote>"")|\$\(\[char\](?P<code>\d{1,7})\)', re.DOTALL)


class Unreadable(Exception):
    """The text is no command of that shell; the message quotes nothing of it."""


class Token(NamedTuple):
    """A piece of a PowerShell command. `quoted` tells a string from a word or a mark that looks the same."""

    text: str
    quoted: bool


def bash_words(text: str) -> list[str]:
    """The words of the first command, as bash and its kin split it. Raises Unreadable."""
    words: list[str] = []
    word: str | None = None
    for found in _pieces(_BASH, text.strip()):
        kind = str(found.lastgroup)
        if kind not in ("gap", "end"):
            word = (word or "") + _bash_text(kind, found[kind])
            continue
        words += [] if word is None else [word]
        word = None
        if kind == "end":
            break
    return words if word is None else [*words, word]


def cmd_words(text: str) -> list[str]:
    """The words of a command for Windows' cmd.exe. Raises Unreadable.

    Browsers double every backslash, and so each pair counts as one, though the program that is called would take two
    for one only in front of a quotation mark.
    """
    line = _CARETS.sub(lambda found: found[1] or found[2], text.strip())
    words: list[str] = []
    word: str | None = None
    quoted, at = False, 0
    while found := _CMD.match(line, at):
        at = found.end()
        doubled = quoted and found["quote"] is not None and line.startswith('"', at)
        if found["gap"] and not quoted:
            words += [] if word is None else [word]
            word = None
        elif found["quote"] and not doubled:
            word, quoted = word or "", not quoted
        else:
            word = (word or "") + (found["escaped"] or found[0])
            at += doubled
    if quoted:
        raise _never_closed()
    return words if word is None else [*words, word]


def powershell_tokens(text: str) -> list[Token]:
    """All strings, words and marks of a script. Raises Unreadable."""
    found = ((str(each.lastgroup), each[str(each.lastgroup)]) for each in _pieces(_POWERSHELL, text.strip()))
    return [_powershell_token(kind, part) for kind, part in found if kind != "gap"]


def _pieces(form: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = form.match(text, at)
        if found is None:
            raise _never_closed()
        yield found
        at = found.end()


def _never_closed() -> Unreadable:
    return Unreadable("a quotation mark in it is never closed")


def _bash_text(kind: str, part: str) -> str:
    match kind:
        case "ansi":
            return _ANSI.sub(_ansi, part)
        case "double":
            return _BASH_DOUBLE.sub(lambda found: found[1] or "", part)
        case _:
            return part


def _ansi(found: re.Match[str]) -> str:
    if one := found["one"]:
        return one if one in _ANSI_THEMSELVES else _ONE.get(one.lower() if one == "E" else one, found[0])
    code = int(found["octal"], 8) % 256 if found["octal"] else int(found["x"] or found["u"] or found["U"], 16)
    return chr(code) if code <= _LAST_CHARACTER else ""


def _powershell_token(kind: str, part: str) -> Token:
    match kind:
        case "double":
            return Token(_POWERSHELL_DOUBLE.sub(_powershell, part), quoted=True)
        case "single":
            return Token(part.replace("''", "'"), quoted=True)
        case _:
            return Token(part, quoted=False)


def _powershell(found: re.Match[str]) -> str:
    if one := found["one"]:
        return _ONE.get(one, one)
    if found["quote"]:
        return '"'
    code = int(found["code"])
    return chr(code) if code <= _LAST_CHARACTER else ""
