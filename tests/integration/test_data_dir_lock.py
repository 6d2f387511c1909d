"""One supervisor per data directory, with real processes: the kernel's lock is the part that matters."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bin.exit_codes import ExitCode
from bin.lock import DataDirLock, DataDirTaken, DataDirUnusable, died
from tests.support.source import ROOT

HOLDER = """
import sys
from pathlib import Path
from bin.lock import DataDirLock
with DataDirLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `data_dir` until its stdin is closed or it is killed."""
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_that_a_supervisor_died_can_be_told_without_the_lock(tmp_path: Path) -> None:
    """Not while it lives, and not where none was; the file still names one that was killed."""
    assert not died(tmp_path)
    with holder(tmp_path) as process:
        assert not died(tmp_path)
        process.kill()
        process.wait(10)
    assert died(tmp_path)


def test_a_supervisor_that_ended_in_order_did_not_die(tmp_path: Path) -> None:
    """It takes its name out of the file."""
    with DataDirLock(tmp_path):
        pass
    assert not died(tmp_path)


def test_a_pipe_in_place_of_the_lock_file_names_nobody(tmp_path: Path) -> None:
    """To read one that nobody writes would never end; a supervisor cannot run there."""
    os.mkfifo(tmp_path / "supervisor.lock")
    assert not died(tmp_path)
    with pytest.raises(DataDirUnusable):
        DataDirLock(tmp_path).acquire()


def test_second_process_is_refused(tmp_path: Path) -> None:
    """The refusal names the process that holds the directory, so that its owner can be found."""
    with holder(tmp_path) as first, pytest.raises(DataDirTaken, match=f"pid {first.pid}") as refused:
        DataDirLock(tmp_path).acquire()
    assert refused.value.pid == first.pid


def test_killed_process_lets_go(tmp_path: Path) -> None:
    """After SIGKILL the directory is free at once, and nobody has to remove a file."""
    with holder(tmp_path) as first:
        first.kill()
        first.wait(10)
        with DataDirLock(tmp_path):
            assert (tmp_path / "supervisor.lock").read_text() == f"{os.getpid()}\n"


def test_children_do_not_keep_the_lock(tmp_path: Path) -> None:
    """A child that outlives the supervisor, as a paper venue may, does not keep the next supervisor out."""
    with DataDirLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
    with child, DataDirLock(tmp_path):
        child.kill()


def test_same_process_is_refused_too(tmp_path: Path) -> None:
    """Two supervisors in one process are as bad as two processes."""
    with DataDirLock(tmp_path), pytest.raises(DataDirTaken):
        DataDirLock(tmp_path).acquire()


def test_release_is_final_and_harmless_to_repeat(tmp_path: Path) -> None:
    """A released lock can be taken again, and releasing twice frees nobody else's lock."""
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.release()
    with DataDirLock(tmp_path):
        lock.release()
        with pytest.raises(DataDirTaken):
            DataDirLock(tmp_path).acquire()


def test_holder_that_has_not_said_who_it_is(tmp_path: Path) -> None:
    """Between locking and writing its pid a holder is anonymous; the second is refused all the same."""
    with DataDirLock(tmp_path):
        (tmp_path / "supervisor.lock").write_text("")
        with pytest.raises(DataDirTaken, match="just starting") as refused:
            DataDirLock(tmp_path).acquire()
    assert refused.value.pid is None


def test_missing_directory_is_made(tmp_path: Path) -> None:
    """A first run needs no preparation: the directory and its parents are made."""
    with DataDirLock(tmp_path / "some" / "where"):
        assert (tmp_path / "some" / "where" / "supervisor.lock").exists()


@pytest.mark.parametrize("occupied", ["data", "data/supervisor.lock"])
def test_unusable_directory(tmp_path: Path, occupied: str) -> None:
    """A directory that cannot be made or written is refused with its name and the reason: exit code 74."""
    place = tmp_path / occupied
    place.mkdir(parents=True) if place.suffix else place.write_text("in the way")
    with pytest.raises(DataDirUnusable, match=f"cannot write to {tmp_path / 'data'}: .+") as refused:
        DataDirLock(tmp_path / "data").acquire()
    assert refused.value.exit_code == ExitCode.STORAGE
