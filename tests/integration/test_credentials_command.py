"""`bin/run credentials` from the copied request to the encrypted file, with the real ways to a key."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bin import cli
from bin.credentials_key import NEW_VARIABLE, VARIABLE
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock
from exchange.alpha.sealed_file import VaultKey
from exchange.alpha.session import Credentials
from exchange.alpha.vault import open_vault
from tests.support.copied import as_cmd, as_powershell
from tests.support.far_venue import far_venue, logged_in
from tests.support.keyrings import MemoryKeyring, keyring_in_use, no_keyring
from tests.support.paper import PaperVenue
from tests.support.settings import settings_file, strategy
from tests.support.source import ROOT
from tests.support.vaults import KEY, credentials_of, vault_of

TOKEN = "0123456789abcdef0123456789abcdef"
LOGIN = "login-that-nobody-may-see"
TAKE_TERMINAL = """
# A session's leader that opens a terminal gets it for its own, which /dev/tty then names.
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.executable, [sys.executable, "-m", "bin", *sys.argv[1:]])
"""
REQUEST = ("https://v.example/bapi/x", {"csrftoken": TOKEN, "device-info": "browser"}, {"p20t": LOGIN})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory."""
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY.text)


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """The operating system's keyring."""
    backend = MemoryKeyring()
    with keyring_in_use(backend):
        yield backend


def credentials(command: str, data: Path, *options: str | Path) -> int:
    """`bin/run credentials COMMAND --data-dir DATA ...`, in this process; its exit code."""
    return cli.main(["credentials", command, "--data-dir", str(data), *map(str, options)])


def copied(tmp_path: Path, text: str = as_powershell(REQUEST)) -> Path:
    """A file with a copied request."""
    file = tmp_path / "copied.txt"
    file.write_text(text)
    return file


def test_add_says_what_it_found_and_keeps_it(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, never values; and the file has the session."""
    assert credentials("add", data, "--user", "7", "--file", copied(tmp_path)) == ExitCode.OK
    out, err = capsys.readouterr()
    assert "read a request for PowerShell to v.example" in out
    assert "cookies: p20t\n  not needed: device-info\n" in out
    assert "delete it" in err
    assert LOGIN not in out + err
    assert TOKEN not in out + err
    assert open_vault(data / "credentials.json", KEY).credentials(7) == Credentials(f"p20t={LOGIN}", TOKEN)


def test_add_says_what_is_missing(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then nothing is kept, and no key is asked for."""
    file = copied(tmp_path, as_cmd(("https://v.example", {}, {"p20t": LOGIN})))
    assert credentials("add", data, "--user", "7", "--file", file) == ExitCode.CONFIGURATION
    assert "missing: the header csrftoken" in capsys.readouterr().err
    assert not data.exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xff", b"x" * 1_000_001, f"curl '{LOGIN}".encode()])
def test_add_refuses_other_text(data: Path, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """With a word on why, and without a word of it."""
    file = tmp_path / "other"
    file.write_bytes(content)
    assert credentials("add", data, "--user", "7", "--file", file) == ExitCode.CONFIGURATION
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert LOGIN not in err


def test_list_shows_no_secret(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Users, numbers, times, and a print by which sessions can be told apart."""
    vault_of(data / "credentials.json", 1, 2)
    assert credentials("list", data, "--json") == ExitCode.OK
    out = capsys.readouterr().out
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["user_id"], row["cookies"], row["renewed_at"]) for row in rows] == [
        (1, ["p20t"], None),
        (2, ["p20t"], None),
    ]
    assert len({row["print"] for row in rows}) == 2
    assert credentials_of(1).csrf_token not in out
    assert "first" not in out


def test_remove(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once; the second time there is nothing to remove."""
    vault = vault_of(data / "credentials.json", 1, 2)
    assert credentials("remove", data, "--user", "1") == ExitCode.OK
    assert vault.users() == (2,)
    monkeypatch.setenv(VARIABLE, KEY.text)  # whoever reads it takes it out of the environment
    assert credentials("remove", data, "--user", "1") == ExitCode.CONFIGURATION
    assert "no credentials of user 1: there is nothing to remove" in capsys.readouterr().err


def test_remove_tells_scripts(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on stdout, and nothing else."""
    vault_of(data / "credentials.json", 1, 2)
    assert credentials("remove", data, "--user", "1", "--json") == ExitCode.OK
    removed = {"user_id": 1, "removed_from": str(data / "credentials.json"), "still_used_by": None}
    assert json.loads(capsys.readouterr().out) == removed


def test_remove_beside_a_supervisor_says_that_it_goes_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has read the session; what ends its trading is said, and a script sees it by the exit code."""
    vault = vault_of(data / "credentials.json", 1)
    with DataDirLock(data):
        assert credentials("remove", data, "--user", "1") == ExitCode.DIFFERENCE
    assert vault.users() == ()
    err = capsys.readouterr().err
    assert f"pid {os.getpid()} still trades with it" in err
    assert f"bin/run kill --user 1 --data-dir {data}" in err


def test_the_key_does_not_stay_in_the_environment(data: Path) -> None:
    """No child that is started afterwards inherits it."""
    vault_of(data / "credentials.json", 1)
    credentials("list", data)
    assert VARIABLE not in os.environ


def test_a_wrong_key(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Is told, with a code for scripts, and changes nothing."""
    vault = vault_of(data / "credentials.json", 1)
    monkeypatch.setenv(VARIABLE, "another passphrase")
    assert credentials("remove", data, "--user", "1") == ExitCode.CONFIGURATION
    assert "the key does not open it" in capsys.readouterr().err
    assert vault.users() == (1,)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "it is damaged"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b'"iterations":1', b'"iterations":2')),
            "it is damaged",
        ),
        (lambda path: path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":0')), "an older version"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2')), "a newer version"),
        (lambda path: path.chmod(0o644), "chmod 600"),
        (lambda path: path.unlink(), "is not there"),
    ],
)
def test_a_spoilt_file(
    data: Path, spoil: Callable[[Path], object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is told in one line that says which file and what to do, with a code for scripts."""
    vault_of(data / "credentials.json", 1)
    spoil(data / "credentials.json")
    assert credentials("list", data) == ExitCode.CONFIGURATION
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert str(data / "credentials.json") in err
    assert words in err


def test_a_short_passphrase_is_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is made with it."""
    monkeypatch.setenv(VARIABLE, "eleven char")
    assert credentials("add", data, "--user", "7", "--file", copied(tmp_path)) == ExitCode.CONFIGURATION
    assert not data.exists()


def test_rotate_key_from_a_descriptor(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The old key comes from one place and the new from another; from then on the new one opens the file."""
    vault_of(data / "credentials.json", 1)
    (tmp_path / "new").write_text("the new passphrase\n")
    descriptor = os.open(tmp_path / "new", os.O_RDONLY)
    assert credentials("rotate-key", data, "--new-key-fd", str(descriptor), "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == {"rotated": str(data / "credentials.json")}
    assert open_vault(data / "credentials.json", VaultKey("the new passphrase")).users() == (1,)


def test_rotate_key_waits_for_no_supervisor(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that runs could not save what the venue renews any more, so the key stays."""
    vault = vault_of(data / "credentials.json", 1)
    monkeypatch.setenv(NEW_VARIABLE, "the new passphrase")
    with DataDirLock(data):
        assert credentials("rotate-key", data) == ExitCode.STORAGE
    assert vault.users() == (1,)


def test_a_key_in_the_keyring(
    data: Path, tmp_path: Path, memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made there, found there, and replaced there; nobody types it."""
    monkeypatch.delenv(VARIABLE)
    assert credentials("add", data, "--user", "7", "--keyring", "--file", copied(tmp_path)) == ExitCode.OK
    (first,) = memory.entries.values()
    assert credentials("rotate-key", data, "--keyring") == ExitCode.OK
    (second,) = memory.entries.values()
    assert first != second
    assert credentials("list", data) == ExitCode.OK
    memory.entries.clear()
    assert credentials("list", data) == ExitCode.CONFIGURATION


def test_a_machine_without_a_keyring(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Says so, and makes no file whose key nobody has."""
    with keyring_in_use(no_keyring()):
        code = credentials("add", data, "--user", "7", "--keyring", "--file", copied(tmp_path))
    assert code == ExitCode.CONFIGURATION
    assert "the keyring takes no key" in capsys.readouterr().err
    assert not data.exists()


def test_check_asks_nothing_of_a_paper_venue(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The settings say where to ask; those of the paper venue name nobody who could answer."""
    assert credentials("check", data) == ExitCode.CONFIGURATION
    assert "paper venue, which needs no credentials" in capsys.readouterr().err


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    """As far away as the real one."""
    with far_venue(tmp_path_factory.mktemp("far")) as running:
        yield running


def settings_of(venue: PaperVenue, directory: Path, **more: str) -> Path:
    """Settings that name this venue as the real one."""
    keys = {"kind": "alpha", "rest_url": venue.url, "stream_url": venue.ws, "ca_file": str(venue.ca_file)} | more
    section = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    return settings_file(directory, f"strategies:\n{strategy()}venue:\n{section}")


def test_check_tells_the_living_from_the_dead(
    venue: PaperVenue, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By one reading request for each account, and with what to do about the dead one."""
    vault = vault_of(data / "credentials.json", 2)
    vault.save(1, logged_in(venue, 1))
    before = venue.ledger()["requests"].get("1", {})
    assert credentials("check", data, "--config", settings_of(venue, tmp_path), "--json") == ExitCode.ACCOUNT_FAILED
    alive, dead = map(json.loads, capsys.readouterr().out.splitlines())
    assert (alive["user_id"], alive["verdict"]) == (1, "alive")
    assert (dead["user_id"], dead["verdict"]) == (2, "expired")
    assert "credentials add --user 2" in dead["words"]
    assert venue.ledger()["requests"]["1"] == before | {"cloud-wallet/alpha": before.get("cloud-wallet/alpha", 0) + 1}


def test_check_says_when_it_cannot_tell(venue: PaperVenue, data: Path, tmp_path: Path) -> None:
    """A venue that does not answer, or is not who it should be, says nothing about a session."""
    vault_of(data / "credentials.json", 1)
    settings = settings_of(venue, tmp_path, rest_url="https://localhost:9")
    assert credentials("check", data, "--config", settings) == ExitCode.UNREADABLE


def test_check_of_an_account_without_credentials(
    venue: PaperVenue, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is refused, as is a file that the settings name and that is not there."""
    vault_of(data / "credentials.json", 1)
    settings = settings_of(venue, tmp_path)
    assert credentials("check", data, "--config", settings, "--user", "3") == ExitCode.CONFIGURATION
    assert "no credentials of user 3" in capsys.readouterr().err
    elsewhere = settings_of(venue, tmp_path, credentials_file=str(tmp_path / "missing.json"))
    assert credentials("check", data, "--config", elsewhere) == ExitCode.CONFIGURATION
    assert f"{tmp_path / 'missing.json'} is not there" in capsys.readouterr().err


def test_nowhere_to_ask_for_a_key(data: Path) -> None:
    """Without a terminal it is said where a key may come from, and nothing waits."""
    vault_of(data / "credentials.json", 1)
    command = [sys.executable, "-m", "bin", "credentials", "list", "--data-dir", str(data)]
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.CONFIGURATION
    assert f"set {VARIABLE} or give --key-fd N" in done.stderr


def test_what_is_pasted_at_a_terminal_is_not_shown(data: Path) -> None:
    """Neither the request, whose lines are longer than a terminal's, nor the passphrase, which is asked for twice."""
    long = (REQUEST[0], REQUEST[1], REQUEST[2] | {"long": "x" * 6_000})
    answers = {
        b"Ctrl-D: ": as_powershell(long) + "\n\x04",
        b"New passphrase: ": KEY.text + "\n",
        b"again: ": KEY.text + "\n",
    }
    shown = at_a_terminal(["credentials", "add", "--user", "7", "--data-dir", str(data)], answers)
    for secret in (LOGIN, TOKEN, KEY.text, "x" * 50):
        assert secret not in shown
    kept = open_vault(data / "credentials.json", KEY).credentials(7)
    assert kept == Credentials(f"p20t={LOGIN}; long={'x' * 6_000}", TOKEN)


def at_a_terminal(args: list[str], answers: dict[bytes, str]) -> str:
    """All that a terminal shows of a command, which gets each answer after the words that ask for it."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-c", TAKE_TERMINAL, *args]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    for words, answer in answers.items():
        while words not in shown.replace(b"\r\n", b""):
            shown += os.read(ours, 4096)
        write_all(ours, answer.encode())
    try:
        while some := os.read(ours, 4096):
            shown += some
    except OSError:
        pass  # how Linux tells that nobody has the other end open any more
    os.close(ours)
    assert process.wait() == ExitCode.OK, shown
    return shown.decode()


def write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content[:1024]) :]
