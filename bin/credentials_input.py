"""The copied request as it reaches us: from a file, from standard input, or pasted unseen."""

import os
import sys
import termios
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1_000_000
_END_OF_INPUT: Final = b"\x04"


class NothingToRead(Exception):
    """There is no text; the message says where it was looked for."""


def copied_text(file: Path | None) -> str:
    """What `file` holds, or else standard input; at a terminal, what is pasted there. Raises NothingToRead."""
    try:
        if file is not None:
            return _text(file.read_bytes()[: MOST_BYTES + 1])
        if not sys.stdin.isatty():
            return _text(sys.stdin.buffer.read(MOST_BYTES + 1))
        return _text(_pasted("Paste the copied request (it is not shown), then press Enter and Ctrl-D: "))
    except OSError as error:
        raise NothingToRead(f"{file or 'standard input'} cannot be read: {error.strerror}") from None


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise NothingToRead(f"the text is longer than {MOST_BYTES} bytes: no copied request is")
    for encoding in ("utf-8-sig", "utf-16"):  # the second is what Windows' PowerShell writes to files
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NothingToRead("the text is neither UTF-8 nor UTF-16: save it as one of them")


def _pasted(question: str) -> bytes:
    """Whatever is typed up to Ctrl-D. Not line by line, since a terminal cuts lines at 4,095 characters."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    unseen = termios.tcgetattr(terminal)
    unseen[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSAFLUSH, unseen)
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        return _up_to_its_end(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        sys.stderr.write("\n")


def _up_to_its_end(terminal: int) -> bytes:
    content = b""
    while _END_OF_INPUT not in content and len(content) <= MOST_BYTES:
        some = os.read(terminal, 65_536)
        if not some:
            break
        content += some
    return content.partition(_END_OF_INPUT)[0]
