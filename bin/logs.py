"""Log lines: JSON to a rotating file in the data directory, text to stderr.

Business lines are made from recorded events (see projections.business); other code logs with the standard library's
`logging.getLogger("otomat....")` and `extra`, or with structlog, and comes out in the same form. HTTP lines are at
DEBUG. What looks like a secret is replaced before anything is written.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from bin.lines import LineFollower
from events.journal import EventJournal
from projections.business import BusinessLine
from projections.figures import utc


@contextmanager
def _without_rich() -> Iterator[None]:
    """Let structlog load as where rich is not installed: it would load rich, some 18 MB, for tracebacks we do not use.

    An entry of None is the import system's own way to say "not installed" (language reference, 5.3.1). Rich itself is
    left untouched, and can be imported afterwards.
    """
    if "rich" in sys.modules or "structlog" in sys.modules:
        yield
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["rich"]


with _without_rich():
    import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

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
_FRAME = ("timestamp", "level", "event", "logger", "exception")
"""Keys of a line that its text form does not repeat as fields."""


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
    structlog.configure(
        processors=[*_shared_processors(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )

    def undo() -> None:
        root.setLevel(before)
        structlog.reset_defaults()
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return undo


class BusinessLog:
    """Logs the business line of each event recorded between `start` and `stop`, on a thread of its own.

    Construct it before the run's first event is recorded.
    """

    def __init__(self, journal: EventJournal) -> None:
        self._follower = LineFollower("business-log", journal, log_line)

    def start(self) -> None:
        self._follower.start()

    def stop(self) -> None:
        """Log what is left. Raises what ended the thread before its time."""
        self._follower.stop()


def log_line(line: BusinessLine) -> None:
    """Log one business line, with the time at which its event was decided."""
    account = {"user_id": line.user_id, "strategy_id": line.strategy_id}
    known = {name: value for name, value in account.items() if value is not None}
    logger = structlog.stdlib.get_logger(BUSINESS)
    getattr(logger, line.level)(line.text, timestamp=utc(line.at), **known, **line.fields, position=line.position)


def redact(_logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
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


def text_line(_logger: "WrappedLogger", _method: str, line: "EventDict") -> str:
    """`2025-10-10 00:04:00.000 | INFO | loops planned, user_id=1, ...`, as the documents' log examples."""
    fields = "".join(f", {key}={value}" for key, value in line.items() if key not in _FRAME)
    trace = f"\n{line['exception']}" if "exception" in line else ""
    return f"{line['timestamp']} | {str(line['level']).upper()} | {line['event']}{fields}{trace}"


def _shared_processors() -> list["Processor"]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _add_time,
    ]


def _add_time(_logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
    line.setdefault("timestamp", utc(time.time_ns() // 1_000_000))
    return line


def _drop_formatted(_logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
    """The standard library's formatters leave their work on the record, where it looks like an extra."""
    return {key: value for key, value in line.items() if key not in ("message", "asctime")}


def _formatter(renderer: "Processor") -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared_processors(), structlog.stdlib.ExtraAdder(), _drop_formatted],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
    )


class _FileHandler(RotatingFileHandler):
    """Says once that the log file cannot be written, in place of a traceback for each line."""

    told = False

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
    handler.setFormatter(_formatter(structlog.processors.JSONRenderer()))
    return handler


def _stderr_handler(level: LogLevel | None) -> logging.Handler:
    handler = _StderrHandler()
    handler.setLevel((level or "warning").upper())
    handler.setFormatter(_formatter(text_line))
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
