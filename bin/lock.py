"""One supervisor per data directory: two would both trade for the same accounts."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from bin.exit_codes import ExitCode

LOCK_FILE = "supervisor.lock"

# The tree:
#
#   DataDirError
#     DataDirUnusable    cannot be made or written: mend it, or choose another with --data-dir
#     DataDirTaken       a supervisor runs on it: wait for that one, or stop it


class DataDirError(Exception):
    """A supervisor cannot run on this data directory; the message is for the operator."""

    exit_code = ExitCode.STORAGE


class DataDirUnusable(DataDirError):
    """The data directory cannot be made, or not be written."""

    def __init__(self, data_dir: Path, error: OSError) -> None:
        reason = error.strerror or str(error)
        super().__init__(f"cannot write to {data_dir}: {reason}; mend it or choose another --data-dir")


class DataDirTaken(DataDirError):
    """Another supervisor runs on the data directory; `pid` names it, or is None when it has not said yet."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = f"the supervisor with pid {pid}" if pid else "another supervisor, which is just starting"
        super().__init__(f"{data_dir} is in use by {who}; bin/run status shows it, bin/run stop --all ends it")
        self.pid = pid


class DataDirLock:
    """Holds `data_dir` for this process, until it is released or the process dies, however it dies.

    The kernel holds the lock, so a killed supervisor leaves nothing to clean up: the file `supervisor.lock`
    stays, and means nothing by itself. A child made by a bare fork would share the lock; subprocess's do not.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._file: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Make the directory where it is missing, and lock it without waiting.

        Raises:
            DataDirUnusable: the directory or the lock file in it cannot be made or written.
            DataDirTaken: another lock on it is held, by whatever process.
        """
        try:
            self._file = _open_locked(self._data_dir)
        except OSError as error:
            raise DataDirUnusable(self._data_dir, error) from error

    def release(self) -> None:
        """Let the next supervisor in; does nothing when the lock is not held."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def died(data_dir: Path) -> bool:
    """Whether the lock file names a supervisor that is no more, so that it did not end in order.

    By its pid: whoever tried the lock could keep one from starting.
    """
    pid = _named(data_dir)
    return pid is not None and not _holds(pid, data_dir)


def holder(data_dir: Path) -> int | None:
    """The pid of the supervisor that runs on `data_dir`, None where none does; by its pid, as above."""
    pid = _named(data_dir)
    return pid if pid is not None and _holds(pid, data_dir) else None


def _named(data_dir: Path) -> int | None:
    lock = data_dir / LOCK_FILE
    try:
        return int(lock.read_bytes()) if lock.is_file() else None
    except (OSError, ValueError):
        return None  # nobody is named


def _holds(pid: int, data_dir: Path) -> bool:
    """Whether the process lives and, where that can be seen, has the lock file open: pids are used again."""
    try:
        os.kill(pid, 0)
        lock = (data_dir / LOCK_FILE).stat()
        opened = [file.stat() for file in os.scandir(f"/proc/{pid}/fd")]
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it is somebody else's, has just closed a file, or there is no /proc
    return any(os.path.samestat(one, lock) for one in opened)


def _open_locked(data_dir: Path) -> int:
    data_dir.mkdir(parents=True, exist_ok=True)
    file = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        pid = os.pread(file, 32, 0).strip()
        os.close(file)
        raise DataDirTaken(data_dir, int(pid) if pid.isdigit() else None) from None
    except OSError:
        os.close(file)
        raise
    return file
