"""Log lines: JSON to a rotating file in the data directory, text to stderr.

Business lines are made from recorded events (see projections.business); other code logs with the standard library's
`logging.getLogger("otomat....")` and `extra`, and comes out in the same form. HTTP lines are at DEBUG. What looks like
a secret is replaced before anything is written.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, Literal, TextIO

from bin.lines import LineFollower
from events.journal import EventJournal
from projections.business import NOTHING_BEFORE, Before, BusinessLine
from projections.figures import utc

LogLevel = Literal["debug", "info", "warning", "error"]

FILE_BYTES = 10_000_000
OLD_FILES = 5
BUSINESS = "otomat.business"
HIDDEN = "[hidden]"

_SECRET_KEYS = frozenset(
    {
        "apikey",
        "authorization",
        "cookie",
        "cookies",
        "credentials",
        "csrftoken",
        "listenkey",
        "p20t",
        "password",
        "secret",
        "sessionid",
        "setcookie",
        "xapikey",
    }
)
# A secret inside a text: listenKey=..., "csrftoken": "...", Cookie: ..., alpha@... (the subscription's name).
_SECRET_TEXT = re.compile(
    r"""(?ix)
    (alpha@)[^\s"',;&)\]}]+
    | ((?:set-)?cookies?["']?\s*[:=]\s*["']?)[^\r\n"']+
    | (authorization["']?\s*[:=]\s*["']?(?:[a-z]+\s+)?)[^\s"',;&]+
    | ((?:csrf_?-?token|listen_?-?key|x-?api-?key|api_?-?key|p20t|password|secret|session_?-?id)["']?\s*[:=]\s*["']?)
      [^\s"',;&)\]}]+
    """
)
_FRAME: Final = ("timestamp", "level", "event", "logger", "exception")
"""Keys of a line that its text form does not repeat as fields."""
_NO_EXTRAS: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "fields"})
"""Attributes of a record that the library puts there, or that hold what the line says elsewhere."""


def set_up_logging(data_dir: Path, stderr_level: LogLevel | None = None) -> Callable[[], None]:
    """Send every log line of the process to `data_dir`/logs/otomat.log and to stderr; the result undoes it.

    The file takes INFO and above, or more when `stderr_level` is `debug`. Without a `stderr_level`, stderr takes
    warnings, but no business lines, which the display shows anyway. Raises OSError where the file cannot be made.
    """
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handlers = (_file_handler(folder / "otomat.log", stderr_level), _stderr_handler(stderr_level))
    root = logging.getLogger()
    before = root.level
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(min(handler.level for handler in handlers))

    def undo() -> None:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return undo


class BusinessLog:
    """Logs the business line of each event recorded between `start` and `stop`, on a thread of its own.

    Construct it before the run's first event is recorded.
    """

    def __init__(self, journal: EventJournal, before: Before = NOTHING_BEFORE) -> None:
        self._follower = LineFollower("business-log", journal, log_line, before)

    def start(self) -> None:
        self._follower.start()

    def stop(self) -> None:
        """Log what is left. Raises what ended the thread before its time."""
        self._follower.stop()


def log_line(line: BusinessLine) -> None:
    """Log one business line, with the time at which its event was decided."""
    account = {"user_id": line.user_id, "strategy_id": line.strategy_id}
    known = {name: value for name, value in account.items() if value is not None}
    # In one attribute: a field's name may be one that the library gives to its own.
    fields = {"timestamp": utc(line.at), **known, **line.fields, "position": line.position}
    level = logging.getLevelNamesMapping()[line.level.upper()]
    logging.getLogger(BUSINESS).log(level, "%s", line.text, extra={"fields": fields})


def redact(line: Mapping[str, object]) -> dict[str, object]:
    """Hide the values of secret keys, at any depth, and what looks like a secret inside a text."""
    return {key: HIDDEN if _is_secret(key) else _redacted(value) for key, value in line.items()}


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: next(filter(None, found.groups())) + HIDDEN, value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if _is_secret(str(key)) else _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value if isinstance(value, int | float | None) else _redacted(str(value))


def _is_secret(key: str) -> bool:
    return re.sub(r"[-_]", "", key).lower() in _SECRET_KEYS


class _LineFormatter(logging.Formatter):
    """Gathers what a record says, hides the secrets in it, and has `render` write it."""

    def __init__(self, render: Callable[[Mapping[str, object]], str]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        return self._render(redact(dict(self._items(record))))

    def _items(self, record: logging.LogRecord) -> Iterator[tuple[str, object]]:
        yield "event", record.getMessage()
        yield "timestamp", utc(int(record.created * 1000))
        yield "level", record.levelname.lower()
        yield "logger", record.name
        yield from ((name, value) for name, value in vars(record).items() if name not in _NO_EXTRAS)
        yield from getattr(record, "fields", {}).items()
        if record.exc_info:
            yield "exception", self.formatException(record.exc_info)


def text_line(line: Mapping[str, object]) -> str:
    """`2025-10-10 00:04:00.000 | INFO | loops planned, user_id=1, ...`, as the documents' log examples."""
    fields = "".join(f", {key}={value}" for key, value in line.items() if key not in _FRAME)
    trace = f"\n{line['exception']}" if "exception" in line else ""
    return f"{line['timestamp']} | {str(line['level']).upper()} | {line['event']}{fields}{trace}"


class _FileHandler(RotatingFileHandler):
    """Says once that the log file cannot be written, in place of a traceback for each line."""

    told = False

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: ARG002, N802 - the library's name
        """When the file is full; the library would format each line twice, and ask twice what kind of file it is."""
        stream = self.stream
        return stream is not None and stream.seekable() and stream.tell() >= self.maxBytes

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self.told:
            self.told = True
            sys.stderr.write(f"cannot write {self.baseFilename}: {error.strerror}; later lines may be missing there\n")

    def close(self) -> None:
        with suppress(OSError):  # of lines that could not be written before either, which was said
            super().close()


def _file_handler(path: Path, stderr_level: LogLevel | None) -> logging.Handler:
    handler = _FileHandler(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    handler.setLevel(logging.DEBUG if stderr_level == "debug" else logging.INFO)
    handler.setFormatter(_LineFormatter(json.dumps))
    return handler


def _stderr_handler(level: LogLevel | None) -> logging.Handler:
    handler = _StderrHandler()
    handler.setLevel((level or "warning").upper())
    handler.setFormatter(_LineFormatter(text_line))
    if level is None:
        handler.addFilter(lambda record: record.name != BUSINESS)
    return handler


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment: the live display puts lines above itself by replacing it."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """The base class sets it once; what it sets does not matter."""
