"""Log lines: their form, their levels, where they go, and that no secret is in them."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bin.logs import HIDDEN, BusinessLog, LogLevel, log_line, redact, set_up_logging
from events.journal import InMemoryJournal
from projections.business import BusinessLine
from tests.support.example_log import write_example

SECRET = "pqia91ma19a5s61cv6a81va65sdf19v7"
Start = Callable[[LogLevel | None], None]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Sets logging up in `tmp_path`, and undoes it after the test."""
    undo: list[Callable[[], None]] = []
    yield lambda level: undo.append(set_up_logging(tmp_path, level))
    for each in undo:
        each()


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "logs" / "otomat.log").read_text().splitlines()]


def test_the_business_log_tells_a_run_in_the_file(tmp_path: Path, start: Start) -> None:
    """Lines are JSON with the words of the documents, their inputs and the time of their event."""
    start(None)
    journal = InMemoryJournal()
    log = BusinessLog(journal)
    log.start()
    write_example(journal)
    log.stop()
    planned = next(line for line in lines(tmp_path) if line["event"] == "loops planned")
    assert (planned["user_id"], planned["remaining_volume"], planned["loop_count"]) == (1, "200", 20)
    assert (planned["level"], planned["timestamp"]) == ("info", "2025-10-10 00:00:01.100")
    assert [line["loop"] for line in lines(tmp_path) if line["event"] == "trade done"][-1] == "1/1"


def test_the_file_takes_info_and_stderr_warnings(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default HTTP lines at DEBUG go nowhere, INFO to the file only, warnings to both."""
    start(None)
    for level in ("debug", "info", "warning"):
        getattr(logging.getLogger("otomat.http"), level)("line of %s", level)
    assert [line["event"] for line in lines(tmp_path)] == ["line of info", "line of warning"]
    (shown,) = capsys.readouterr().err.splitlines()
    assert shown.endswith(" | WARNING | line of warning")


def test_a_chosen_level_counts_for_stderr_and_debug_for_the_file_too(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--log-level debug` shows HTTP lines with their fields, and keeps them in the file."""
    start("debug")
    logging.getLogger("otomat.http").debug("HTTP request", extra={"method": "GET", "status": 200})
    assert capsys.readouterr().err.endswith(" | DEBUG | HTTP request, method=GET, status=200\n")
    (line,) = lines(tmp_path)
    assert (line["method"], line["status"], line["logger"]) == ("GET", 200, "otomat.http")


def test_business_lines_reach_stderr_only_when_asked(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """The display shows them already; with a level they come in the documents' form."""
    start(None)
    logging.getLogger("otomat.business").warning("trade failed")
    assert capsys.readouterr().err == ""
    start("info")
    logging.getLogger("otomat.business").warning("trade failed", extra={"user_id": 1, "loop": "3/20"})
    assert capsys.readouterr().err.endswith(" | WARNING | trade failed, user_id=1, loop=3/20\n")


def test_a_field_may_have_any_name(tmp_path: Path, start: Start) -> None:
    """Also one that the library gives to an attribute of its records, which `extra` refuses."""
    start(None)
    odd = {"name": "AOP", "args": "2"}
    log_line(
        BusinessLine(position=7, at=0, level="info", text="100 % done", user_id=None, strategy_id=None, fields=odd)
    )
    (line,) = lines(tmp_path)
    assert (line["event"], line["name"], line["args"], line["position"]) == ("100 % done", "AOP", "2", 7)


def test_a_full_disk_is_told_once(tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """Not with a traceback for each line: the message that matters must not drown in them."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "otomat.log").symlink_to("/dev/full")
    start(None)
    for _ in range(3):
        logging.getLogger("otomat").info("a line")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("otomat.log: No space left on device; later lines may be missing there")


def test_a_full_file_is_put_aside(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line is in one file or the other."""
    monkeypatch.setattr("bin.logs.FILE_BYTES", 300)
    start(None)
    for number in range(5):
        logging.getLogger("otomat").info("line %d of a file that is full after three of them", number)
    older = [json.loads(line) for line in (tmp_path / "logs" / "otomat.log.1").read_text().splitlines()]
    assert [line["event"][5] for line in older] == ["0", "1", "2"]
    assert [line["event"][5] for line in lines(tmp_path)] == ["3", "4"]


def test_errors_keep_their_traceback(tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception is one field of the JSON line, and follows the line on stderr; a secret in it is hidden."""
    start(None)
    try:
        int(f"?listenKey={SECRET}")
    except ValueError:
        logging.getLogger("otomat.http").exception("unexpected")
    (line,) = lines(tmp_path)
    assert f"ValueError: invalid literal for int() with base 10: '?listenKey={HIDDEN}" in line["exception"]
    assert "Traceback" in (shown := capsys.readouterr().err)
    assert SECRET not in shown


def test_undone_logging_writes_no_more(tmp_path: Path) -> None:
    """After the undo the process logs as before."""
    set_up_logging(tmp_path)()
    logging.getLogger("otomat.http").info("late")
    assert lines(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        {"cookie": SECRET},
        {"Set-Cookie": SECRET},
        {"csrftoken": SECRET},
        {"listen_key": SECRET},
        {"listenKey": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"headers": {"Cookie": f"a={SECRET}", "accept": "*/*"}},
        {"params": [f"alpha@{SECRET}"]},
        {"nested": ({"deep": [{"csrf-token": SECRET}]},)},
        {"event": f"DELETE /userDataStream?listenKey={SECRET}&x=1"},
        {"event": f'{{"listenKey": "{SECRET}"}}'},
        {"event": f"Cookie: a=1; p20t={SECRET}; b={SECRET}"},
        {"event": f"authorization: Bearer {SECRET}"},
        {"error": ValueError(f"csrftoken={SECRET}")},
        {"raw": f"{{'csrftoken': '{SECRET}'}}".encode()},
    ],
)
def test_secrets_are_hidden(line: dict[str, Any]) -> None:
    """Under a secret key, at any depth, or inside a text: the value never comes through."""
    hidden = redact(line)
    assert SECRET not in str(hidden)
    assert HIDDEN in str(hidden)


def test_what_is_no_secret_stays() -> None:
    """A token is a coin here, and numbers stay numbers."""
    line = {"event": "volume queried", "token": "AOP", "user_id": 1, "ratio": 0.5, "none": None, "url": "/a?symbol=X"}
    assert redact(line) == line
