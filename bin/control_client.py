"""Asking a running supervisor over its control socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bin.control_socket import short_path
from bin.control_wire import SOCKET, AnyReply, Asked
from bin.exit_codes import ExitCode
from bin.lock import holder

# The tree:
#
#   ControlError
#     NoSupervisor     nobody listens: none runs on the directory, or it is just starting or ending
#     NotAllowed       the supervisor is another user's
#     Broken           it ended in the middle of its answer

ANSWERED_WITHIN_S = 60.0


class ControlError(Exception):
    """The command could not be given; the message is for the operator."""

    exit_code = ExitCode.NO_SUPERVISOR


class NoSupervisor(ControlError):
    """`pid` names a supervisor that holds the directory and does not listen, None where none holds it."""

    def __init__(self, data_dir: Path) -> None:
        self.pid = holder(data_dir)
        left = "; its socket is left over from one that died" if (data_dir / SOCKET).exists() else ""
        if self.pid is not None:
            super().__init__(f"the supervisor with pid {self.pid} on {data_dir} is just starting or ending; try again")
        else:
            super().__init__(f"no supervisor runs on {data_dir}{left}; start one with bin/run supervisor")


class NotAllowed(ControlError):
    """Only the user who started the supervisor may command it."""

    exit_code = ExitCode.NOT_ALLOWED

    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"the supervisor on {data_dir} is another user's; give the command as that user")


class Broken(ControlError):
    """The connection ended before the answer did: what became of the command is in the log."""

    def __init__(self, data_dir: Path, error: object) -> None:
        super().__init__(f"the supervisor on {data_dir} did not answer to the end ({error}); bin/run replay tells more")


def ask(data_dir: Path, asked: Asked) -> Iterator[tuple[bytes, AnyReply]]:
    """Each line of the answer, as it came and as it is read; the last one is an End. Raises ControlError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWERED_WITHIN_S)
        _connect(connection, data_dir)
        try:
            connection.sendall(msgspec.json.encode(asked) + b"\n")
            for line in connection.makefile("rb"):
                yield line, msgspec.json.decode(line, type=AnyReply)
        except (OSError, msgspec.DecodeError) as error:
            raise Broken(data_dir, error) from error


def _connect(connection: socket.socket, data_dir: Path) -> None:
    try:
        with short_path(data_dir / SOCKET) as path:
            connection.connect(path)
    except PermissionError:
        raise NotAllowed(data_dir) from None
    except OSError:
        raise NoSupervisor(data_dir) from None
