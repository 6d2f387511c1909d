"""The control socket by itself: who may speak, what is refused, and what a client says where nobody listens."""

import logging
import os
import resource
import select
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bin.control_client import ask
from bin.control_socket import MOST_SESSIONS, ControlSocket
from bin.control_wire import SOCKET, Asked, End, Reply, this_operator
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from events.values import Operator
from tests.support.controls import control
from tests.support.waiting import happens

PAUSE = Asked(command="pause", user_id=1)


def echo(asked: Asked, by: Operator) -> Iterator[Reply]:
    """Says back what was asked, and by whom."""
    yield End(exit_code=0, message=f"{asked.command} {asked.user_id} by {by}")


def only(data: Path, asked: Asked = PAUSE) -> End:
    ((_, reply),) = ask(data, asked)
    assert isinstance(reply, End)
    return reply


def test_the_owner_is_answered_and_known_by_name_and_process(tmp_path: Path) -> None:
    """The kernel says whose process asks; the socket is its owner's alone, and gone at the end."""
    with ControlSocket(tmp_path, echo):
        assert only(tmp_path).message == f"pause 1 by {this_operator()}"
        assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600
    assert not (tmp_path / SOCKET).exists()


def test_another_user_is_refused(tmp_path: Path) -> None:
    """Also where the file's mode would let him in, and nothing is carried out."""
    with ControlSocket(tmp_path, echo, owner=os.geteuid() + 1):
        refused = control(tmp_path, "pause", "--all")
    assert (refused.code, "does not own this supervisor" in refused.err) == (ExitCode.NOT_ALLOWED, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_files_mode_keeps_others_out(tmp_path: Path) -> None:
    """A process of another user cannot even connect."""
    with ControlSocket(tmp_path, echo):
        assert control(tmp_path, "pause", "--all").code == ExitCode.OK  # and has loaded what others may not read
        os.seteuid(65_534)
        try:
            assert control(tmp_path, "pause", "--all").code == ExitCode.NOT_ALLOWED
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("line", [b"hello\n", b'{"command":"dance"}\n', b'{"command":"stop","users":[1]}\n', b"\xff\n"])
def test_what_is_no_command_is_refused(tmp_path: Path, line: bytes) -> None:
    """With the usage error's code; the socket goes on."""
    with ControlSocket(tmp_path, echo), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / SOCKET))
        client.sendall(line)
        assert msgspec.json.decode(client.makefile("rb").readline(), type=End).exit_code == ExitCode.USAGE
        assert only(tmp_path).exit_code == ExitCode.OK


def test_a_defect_in_an_answer_is_told_and_the_socket_goes_on(tmp_path: Path) -> None:
    """Whatever a command comes to, the run is not touched."""

    def defect(_asked: Asked, _by: Operator) -> Iterator[Reply]:
        yield End(exit_code=0, message=str(1 // 0))

    with ControlSocket(tmp_path, defect):
        assert [only(tmp_path).exit_code for _ in range(2)] == [ExitCode.INTERNAL] * 2


def test_a_path_that_is_too_long_for_a_socket_is_reached(tmp_path: Path) -> None:
    """Through its directory."""
    deep = tmp_path.joinpath(*["directory"] * 12)
    deep.mkdir(parents=True)
    with ControlSocket(deep, echo):
        assert only(deep).exit_code == ExitCode.OK


def test_a_socket_that_a_dead_supervisor_left_is_told_and_taken_over(tmp_path: Path) -> None:
    """The next supervisor on the directory makes its own."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / SOCKET))
    told = control(tmp_path, "stop", "--all")
    assert (told.code, "left over from one that died" in told.err) == (ExitCode.NO_SUPERVISOR, True)
    with ControlSocket(tmp_path, echo):
        assert only(tmp_path).exit_code == ExitCode.OK


def test_a_directory_in_its_place_leaves_the_run_without_control(tmp_path: Path) -> None:
    """It stays where it is, and the end of the run goes on."""
    (tmp_path / SOCKET / "x").mkdir(parents=True)
    with ControlSocket(tmp_path, echo):
        pass
    assert (tmp_path / SOCKET / "x").exists()


def connected(data: Path, said: bytes = b"") -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(data / SOCKET))
    client.sendall(said)
    return client


def answered(client: socket.socket) -> bool:
    with client, client.makefile("rb") as answer:
        return msgspec.json.decode(answer.readline(), type=End).exit_code == ExitCode.OK


def sessions() -> int:
    return sum(one.name == "control" for one in threading.enumerate()) - 1


def test_whoever_comes_when_all_sessions_are_taken_waits(tmp_path: Path) -> None:
    """Until one is done; so connections take no more than so many threads and descriptors."""
    with ControlSocket(tmp_path, echo):
        silent = [connected(tmp_path) for _ in range(MOST_SESSIONS)]
        assert happens(lambda: sessions() == MOST_SESSIONS)
        late = connected(tmp_path, msgspec.json.encode(PAUSE) + b"\n")
        assert (select.select([late], [], [], 0)[0], sessions()) == ([], MOST_SESSIONS)
        for one in silent:
            one.close()
        assert answered(late)


def test_a_process_without_descriptors_takes_commands_again_when_it_has_some(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says once why they wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ControlSocket(tmp_path, echo), caplog.at_level(logging.WARNING, "otomat.control"):
        clients = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            for client in clients:  # the kernel may have a descriptor at hand for the first
                client.connect(str(tmp_path / SOCKET))
            assert happens(lambda: "commands have to wait" in caplog.text)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        clients[1].sendall(msgspec.json.encode(PAUSE) + b"\n")
        assert answered(clients[1])
        clients[0].close()


def test_a_directory_without_a_supervisor_is_told_apart_from_one_that_is_starting(tmp_path: Path) -> None:
    """The same code, other words; as JSON, too."""
    assert "no supervisor runs on" in control(tmp_path, "status").err
    with DataDirLock(tmp_path):
        starting = control(tmp_path, "kill", "--all", "--json")
    end = msgspec.json.decode(starting.out, type=End)
    assert (starting.code, end.exit_code) == (ExitCode.NO_SUPERVISOR, ExitCode.NO_SUPERVISOR)
    assert f"pid {os.getpid()}" in end.message


@pytest.mark.parametrize("args", [(), ("--user", "1", "--all"), ("--user", "0"), ("--strategy", "s", "--all")])
def test_a_command_says_what_it_is_for(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Exactly one of an account, a strategy, or all."""
    assert control(tmp_path, "kill", *args).code == ExitCode.USAGE
