"""The local socket on which a running supervisor takes commands: its owner's only.

Every connection has a thread of its own, reads one line and is answered line by line.
"""

import logging
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import msgspec

from bin.control_wire import LONGEST_LINE, SOCKET, Asked, End, Reply, operator
from bin.exit_codes import ExitCode
from events.values import Operator

SAID_WITHIN_S = 5.0
"""Whoever connects and says nothing is not waited for."""

ANSWERED_WITHIN_S = 2.0
"""At the end of a run, so long for all who are being answered."""

MOST_SESSIONS = 32
"""So many are answered at a time; who comes then waits until one is done."""

RETRY_S = 0.1
"""So long until the next is looked for, where there was no room for it."""

LONGEST_PATH = 100
"""A socket's path has room for some 108 bytes; a longer one is reached through the directory's descriptor."""

UCRED = "3i"
"""The kernel's struct ucred: pid, uid, gid."""

Answer = Callable[[Asked, Operator], Iterable[Reply]]


class ControlSocket:
    """Answers from `__enter__` to `__exit__`. The caller holds the data directory, so an older socket is left over."""

    def __init__(self, data_dir: Path, answer: Answer, owner: int | None = None) -> None:
        self._path = data_dir / SOCKET
        self._answer = answer
        self._owner = os.geteuid() if owner is None else owner
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sessions: list[Thread] = []
        self._closing = Event()
        self._log = logging.getLogger("otomat.control")

    def __enter__(self) -> Self:
        """A directory that can hold no socket leaves the run without control, and the log says so."""
        try:
            self._listen()
        except OSError as error:
            self._log.warning("the run cannot be controlled: no socket at %s: %s", self._path, error)
        else:
            Thread(target=self._accept, name="control", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Never raises: the run has its end to write."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        with suppress(OSError):  # not there, or a directory that somebody put there
            self._path.unlink()
        until = time.monotonic() + ANSWERED_WITHIN_S
        for session in self._sessions:
            session.join(max(0, until - time.monotonic()))

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        with short_path(self._path) as path:
            self._listener.bind(path)
        self._path.chmod(0o600)  # nobody can connect before `listen`
        self._listener.listen()

    def _accept(self) -> None:
        told = False
        while not self._closing.is_set():
            self._sessions = [one for one in self._sessions if one.is_alive()]
            try:
                if len(self._sessions) < MOST_SESSIONS:
                    self._begin(self._listener.accept()[0])
                    told = False
                    continue
            except (OSError, RuntimeError) as error:  # no descriptor or no thread is left; or it is over
                if not (told or self._closing.is_set()):
                    self._log.warning("commands have to wait: %s", error)
                    told = True
            self._closing.wait(RETRY_S)

    def _begin(self, connection: socket.socket) -> None:
        """Raises RuntimeError where no thread can be had; who asked sees that the connection ended."""
        session = Thread(target=self._serve, args=(connection,), name="control", daemon=True)
        try:
            session.start()
        except RuntimeError:
            connection.close()
            raise
        self._sessions.append(session)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(SAID_WITHIN_S)
            try:
                for reply in self._replies(connection):
                    connection.sendall(msgspec.json.encode(reply) + b"\n")
            except OSError as error:
                self._log.info("a command's answer was not taken: %s", error)

    def _replies(self, connection: socket.socket) -> Iterator[Reply]:
        by, line = _peer(connection), _line(connection)  # who is refused unheard would miss the answer
        if by.uid != self._owner:
            self._log.warning("a command of %s was refused", by)
            yield End(exit_code=ExitCode.NOT_ALLOWED, message=f"{by.name} does not own this supervisor")
            return
        try:
            yield from self._answer(msgspec.json.decode(line, type=Asked), by)
        except msgspec.DecodeError as error:
            yield End(exit_code=ExitCode.USAGE, message=f"that is no command: {error}")
        except Exception as error:  # noqa: BLE001 - the run goes on whatever a command comes to
            self._log.exception("a command failed")
            yield End(exit_code=ExitCode.INTERNAL, message=f"{type(error).__name__}: {error}")


class short_path:  # noqa: N801 - used as a function
    """A path that a socket's address has room for: the same file, by way of its directory's descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory: int | None = None

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) < LONGEST_PATH:
            return str(self._path)
        self._directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._directory}/{self._path.name}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._directory is not None:
            os.close(self._directory)


def _line(connection: socket.socket) -> bytes:
    """Up to the end of the line, of the connection, or of what is allowed."""
    read = b""
    while b"\n" not in read and len(read) < LONGEST_LINE:
        more = connection.recv(4_096)
        if not more:
            break
        read += more
    return read


def _peer(connection: socket.socket) -> Operator:
    """Whose process is at the other end, as the kernel says."""
    pid, uid, _ = struct.unpack(
        UCRED, connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(UCRED))
    )
    return operator(uid, pid)
