"""The doctor's look at the data directory: room, modes, and who else is there. Nothing is written."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bin.alert_tracking import FILE_NAME as ALERTS
from bin.doctor_findings import Finding, failure, ok, skipped, warning
from bin.lock import holder

DIRECTORY = "data directory"
WHOSE = "run this as the user whose directory it is, mend its mode, or name another one: --data-dir"
MB = 1_000_000
LITTLE_MB, TOO_LITTLE_MB = 1_000, 100
SECRET_NAMES = (ALERTS,)
"""Files of ours that nobody else has any business to read, beside those that the settings name."""


def place_findings(data_dir: Path, secrets: tuple[Path, ...] = ()) -> Iterator[Finding]:
    """`secrets` are files beside those of the directory that only their owner may read. Where no run could use the
    directory, the first finding is a failure and the only one.
    """
    usable = directory(data_dir)
    yield usable
    if usable.verdict == "failure":
        return
    yield disk(data_dir)
    yield modes(data_dir, secrets)
    yield other_process(data_dir)


def directory(data_dir: Path) -> Finding:
    """Whether a run could write to it, or make it."""
    try:
        os.scandir(data_dir).close()
        where, words = data_dir, f"{data_dir} can be written"
    except FileNotFoundError:
        where = next(one for one in data_dir.absolute().parents if os.path.lexists(one))
        words = f"{data_dir} is made by the first run"
    except OSError as error:
        return failure(DIRECTORY, f"{data_dir} cannot be used: {error.strerror}", WHOSE)
    if not os.access(where, os.W_OK | os.X_OK):
        return failure(DIRECTORY, f"{where} cannot be written by {os.geteuid()}, which is us", WHOSE)
    return ok(DIRECTORY, words)


def disk(data_dir: Path, little_mb: int = LITTLE_MB, too_little_mb: int = TOO_LITTLE_MB) -> Finding:
    free_mb = shutil.disk_usage(_existing(data_dir)).free // MB
    words, mend = f"{free_mb:,} MB are free for {data_dir}", "free some, or move the directory: --data-dir"
    if free_mb < too_little_mb:
        return failure("disk space", words, mend)
    return warning("disk space", words, mend) if free_mb < little_mb else ok("disk space", words)


def modes(data_dir: Path, secrets: tuple[Path, ...]) -> Finding:
    """Nobody else may read what is secret, nor write what we believe; a group that may write is perhaps meant so."""
    if not data_dir.is_dir():
        return skipped("file modes", f"{data_dir} is not there yet")
    readable = _open_to((*secrets, *(data_dir / name for name in SECRET_NAMES)), stat.S_IRWXG | stat.S_IRWXO)
    ours = [one for one in (data_dir, *sorted(data_dir.iterdir())) if one not in readable]
    writable, grouped = _open_to(ours, stat.S_IWOTH), _open_to(ours, stat.S_IWGRP)
    wrong = [f"{one} can be read by others" for one in readable]
    changeable = {one: "everybody" if one in writable else "its group" for one in ours if one in writable + grouped}
    wrong += [f"{one} can be written by {who}" for one, who in changeable.items()]
    mend = "; ".join([f"chmod 600 {one}" for one in readable] + [f"chmod go-w {one}" for one in changeable])
    if readable or writable:
        return failure("file modes", "; ".join(wrong), mend)
    if grouped:
        return warning("file modes", "; ".join(wrong), mend)
    return ok("file modes", "nobody else can write what is there, or read what is secret")


def _open_to(files: Iterable[Path], bits: int) -> list[Path]:
    return [one for one in files if _mode(one) & bits]


def other_process(data_dir: Path) -> Finding:
    pid = holder(data_dir)
    if pid is None:
        return ok("other process", f"nobody else has {data_dir}")
    words = f"the supervisor with pid {pid} has {data_dir}"
    return warning(
        "other process", words, "a second one would be refused; bin/run status shows it, bin/run stop --all ends it"
    )


def _existing(path: Path) -> Path:
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


def _mode(path: Path) -> int:
    """0 for what is not there, and for what its mode does not govern."""
    try:
        found = path.lstat().st_mode
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(found) else found
