"""What the doctor is asked about, and its findings by check."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bin.doctor_findings import Finding
from bin.doctor_settings import configuration
from config.origins import Loaded
from events.base import Event, Metadata, NewEvent
from events.journal import SqliteJournal


def settings_file(directory: Path, more: str = "", ticker: str = "AOP", user: int = 1) -> Path:
    file = directory / "c.yaml"
    strategy = f"{{strategy_id: a, target_token: {ticker}, target_volume: 100, user_ids: [{user}]}}"
    file.write_text(f"strategies:\n  - {strategy}\n{more}\n")
    return file


def loaded(directory: Path, more: str = "", ticker: str = "AOP", user: int = 1) -> Loaded:
    found, findings = configuration(settings_file(directory, more, ticker, user))
    assert found is not None, findings
    return found


def verdicts(findings: Sequence[Finding] | Iterator[Finding]) -> dict[str, str]:
    return {one.check: one.verdict for one in findings}


def the(findings: Iterator[Finding], check: str) -> Finding:
    return next(one for one in findings if one.check == check)


def record(directory: Path, stream: str, *events: Event, ago_s: int = 0) -> None:
    at = time.time_ns() // 1_000_000 - ago_s * 1000
    meta = Metadata(correlation_id="c", causation=None, ts_event=at, ts_init=at)
    with SqliteJournal(directory / "events.sqlite") as journal:
        new = [NewEvent(event=event, meta=meta) for event in events]
        journal.append(stream, journal.stream_version(stream), new)
