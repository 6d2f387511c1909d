"""Marked secrets in a run where much fails: whatever it writes, and wherever it is seen, none of them is in it."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

import msgspec
import pytest
from msgspec.structs import replace

from bin import cli
from bin.credentials_key import VARIABLE
from bin.exit_codes import ExitCode
from exchange.alpha.session import Credentials, Login, cookies_of
from exchange.paper.chance import chance
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.settings import PaperSettings, Strictness
from projections.views import VIEWS
from tests.support.far_venue import far_client, far_venue
from tests.support.live import LiveHouse, live_house
from tests.support.source import ROOT
from tests.support.vaults import KEY

SEED = 77
USERS = range(1, 7)
MARKER = "CANARY5f3a9c"
GIVEN_OUT = 500
"""More secrets of each kind than the venue gives out in this run."""

RULES = (
    ({"account": "1", "endpoint": "oto-order/place", "nth": 2}, {"fault": "reply", "name": "login_expired"}),
    ({"account": "2", "endpoint": "oto-order/place", "nth": 2}, {"fault": "reply", "name": "risk_challenge"}),
    ({"account": "3", "endpoint": "oto-order/place", "nth": 1}, {"fault": "reply", "name": "rate_limited"}),
    ({"account": "4", "endpoint": "get-listen-key", "nth": 1}, {"fault": "reply", "name": "html_page"}),
    ({"account": "5", "nth": 2}, {"fault": "odd_frame", "kind": "broken"}),
    ({"account": "5", "nth": 4}, {"fault": "cut", "code": 1001}),
)
SIGNS = {
    (1, "account.parked.v1"),
    (2, "account.parked.v1"),
    (3, "account.quieted.v1"),
    (4, "stream.lost.v1"),
    (5, "stream.frame_unreadable.v1"),
    (5, "stream.lost.v1"),
    (6, "system.actor_failed.v1"),
}
"""What must have happened, each to its account, before the run is killed."""
SABOTAGED = """
import sys
from bin import cli
from exchange.alpha import session

renewed, struck = session.renewed, []
def fail_once(credentials, cookies):
    if credentials.cookie.endswith("6") and not struck:  # account 6, by its marker
        struck.append(1)
        raise ZeroDivisionError("a defect")
    return renewed(credentials, cookies)
session.renewed = fail_once
sys.exit(cli.main(sys.argv[1:]))
"""


class Seen(msgspec.Struct, frozen=True):
    """All that could be seen of a killed run from outside, besides its files."""

    exit_code: int
    core_limit: str
    texts: dict[str, bytes]


class Run(msgspec.Struct, frozen=True):
    """The killed run, the secrets that it had, and the sessions before and after it."""

    directory: Path
    seen: Seen
    secrets: frozenset[bytes]
    given: tuple[Credentials, ...]
    kept: tuple[Credentials, ...]
    listen_key: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All that it may write is below its directory; also its working, home and temporary directories."""
    place = tmp_path_factory.mktemp("canary")
    strict = Strictness(calls_per_second=1_000, placements_per_second=1_000)
    faults = msgspec.convert({"rules": [{"when": when, "do": do} for when, do in RULES]}, FaultPlan)
    with far_venue(place / "far", PaperSettings(seed=SEED, strict=strict, faults=faults)) as venue:
        house = live_house(place / "run", venue, *USERS, target=10_000, section="self_match_guard: false")
        given = marked(house)
        seen = killed_run(house, place / "run")
        looked = {command: looking(house, command) for command in ("doctor", "monitor --user 4 --duration 1")}
        kept = tuple(house.vault().credentials(user) for user in USERS)
        with far_client(venue, Login(kept[4])) as client:
            listen_key = client.create_listen_key()
    return Run(place / "run", replace(seen, texts=seen.texts | looked), secrets_of(given), given, kept, listen_key)


def marked(house: LiveHouse) -> tuple[Credentials, ...]:
    """Each account's session, with one more cookie in it."""
    vault = house.vault()
    for user in USERS:
        session = vault.credentials(user)
        vault.save(user, Credentials(f"{session.cookie}; marker={MARKER}{user}", session.csrf_token))
    return tuple(vault.credentials(user) for user in USERS)


def secrets_of(given: tuple[Credentials, ...]) -> frozenset[bytes]:
    """Whatever cookie or listen key the venue may have given out, the token, the marker, and the key to the vault."""
    drawn = [chance(SEED, kind, n).randbytes(16).hex() for kind in ("session", "key") for n in range(GIVEN_OUT)]
    texts = [*drawn, *(one.csrf_token for one in given), MARKER, KEY.text]
    return frozenset(form for text in texts for form in (text.encode(), base64.b64encode(text.encode())))


def killed_run(house: LiveHouse, directory: Path) -> Seen:
    """Start a supervisor that might leave a core file, follow its log until all has gone wrong, and abort it."""
    over = threading.Event()
    command_lines: set[bytes] = set()
    threads = [threading.Thread(target=watch_processes, args=(over, command_lines))]
    with (directory / "stdout").open("wb") as out, (directory / "stderr").open("wb") as err:
        process = started(house, directory, err)
        assert process.stdout is not None
        out.write(process.stdout.readline())  # from here on there is a log
        threads.append(threading.Thread(target=shutil.copyfileobj, args=(process.stdout, out)))
        for thread in threads:
            thread.start()
        try:
            followed = until_all_went_wrong(house.data)
            limits = Path(f"/proc/{process.pid}/limits").read_text()
        finally:
            process.send_signal(signal.SIGABRT)
            exit_code = process.wait()
            over.set()
            for thread in threads:
                thread.join()
            process.stdout.close()
    core_limit = limits.partition("Max core file size")[2].split()[0]
    return Seen(exit_code, core_limit, {"followed": followed, "command lines": b"\n".join(command_lines)})


def started(house: LiveHouse, directory: Path, err: IO[bytes]) -> subprocess.Popen[bytes]:
    """`bin/run supervisor`, with a defect in it, that tells where it is when it is aborted."""
    for name in ("cwd", "home", "tmp"):
        (directory / name).mkdir()
    environment = {"HOME": str(directory / "home"), "TMPDIR": str(directory / "tmp"), VARIABLE: KEY.text}
    shell = ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", sys.executable, "-X", "faulthandler", "-c", SABOTAGED]
    options = ["--config", str(house.config), "--data-dir", str(house.data), "--json", "--log-level", "debug"]
    return subprocess.Popen(
        [*shell, "supervisor", *options],
        cwd=directory / "cwd",
        env=os.environ | environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=err,
    )


def until_all_went_wrong(data: Path) -> bytes:
    """What `bin/run replay --follow` shows until every sign was seen (the suite's timeout bounds the wait)."""
    options = ["replay", "--follow", "--format", "jsonl", "--data-dir", str(data)]
    with subprocess.Popen([sys.executable, "-m", "bin", *options], cwd=ROOT, stdout=subprocess.PIPE) as follower:
        assert follower.stdout is not None
        missing, lines = set(SIGNS), []
        for line in follower.stdout:
            lines.append(line)
            row = json.loads(line)
            missing.discard((row["account"], row["topic"]))
            if not missing:
                follower.terminate()
                break
        follower.stdout.read()
    assert not missing
    return b"".join(lines)


def looking(house: LiveHouse, command: str) -> bytes:
    """All that a command shows which looks at the venue with the accounts' sessions."""
    options = ["--config", str(house.config), "--data-dir", str(house.data)]
    done = subprocess.run(
        [sys.executable, "-m", "bin", *command.split(), *options],
        cwd=ROOT,
        env=os.environ | {VARIABLE: KEY.text},
        capture_output=True,
        check=False,
    )
    return done.stdout + done.stderr


def watch_processes(over: threading.Event, command_lines: set[bytes]) -> None:
    """The process list, again and again."""
    while not over.wait(0.05):
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command_lines.add(file.read_bytes())
            except OSError:
                continue  # it has ended meanwhile


def found(secrets: Iterable[bytes], texts: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Where which secret is."""
    return [(place, secret) for place, text in texts.items() for secret in secrets if secret in text]


def files_below(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_secrets_were_there_to_be_found(run: Run) -> None:
    """The search knows those that were given out, renewed and used, and finds them where they are."""
    assert {cookie.encode() for one in run.given + run.kept for cookie in hex_cookies(one)} <= run.secrets
    assert run.listen_key.encode() in run.secrets
    assert run.given[0] != run.kept[0]
    assert b"listen key" in run.seen.texts["monitor --user 4 --duration 1"]
    planted = {"a dump": f"{run.kept[0].cookie} {run.listen_key}".encode()}
    assert len(found(run.secrets, planted)) >= 7


def hex_cookies(credentials: Credentials) -> list[str]:
    """The values that the venue made."""
    return [value for name, value in cookies_of(credentials.cookie).items() if name != "marker"]


def test_nothing_that_was_written_or_shown_has_a_secret(run: Run) -> None:
    """Neither a file of the data directory nor the output, a traceback's too, nor any process's arguments."""
    files = files_below(run.directory)
    assert {"events.sqlite", "views.sqlite", "otomat.log", "stdout", "stderr"} <= {Path(name).name for name in files}
    assert found(run.secrets, files | run.seen.texts) == []


def test_the_crash_told_where_it_was_and_left_no_memory_behind(run: Run) -> None:
    """Both tracebacks are there, the defect's and the abort's; no core may be written or piped, and no file was."""
    err = (run.directory / "stderr").read_text()
    assert run.seen.exit_code == -signal.SIGABRT
    assert "ZeroDivisionError: a defect" in err
    assert "Fatal Python error: Aborted" in err
    assert run.seen.core_limit == "1"  # 0 where a pipe collects cores would not keep it from being sent there
    assert [*(run.directory / "cwd").iterdir()] == []


def test_nothing_that_is_asked_afterwards_has_a_secret(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    """Every view, the statement, the log in words and in full, its export, and the list of credentials."""
    data = ["--data-dir", str(run.directory / "data")]
    asked = [["query", view.name, "--format", "json", *data] for view in VIEWS]
    asked += [["query", "statement", "--user", "3", *data], ["replay", *data], ["replay", "--format", "jsonl", *data]]
    asked += [["export", "events", "--out", "-", "--format", "jsonl", *data], ["replay", "verify", *data]]
    for command in asked:
        assert cli.main(command) == ExitCode.OK, command
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, KEY.text)
        assert cli.main(["credentials", "list", "--json", *data]) == ExitCode.OK
    shown = "".join(capfd.readouterr())
    assert '"account.parked.v1"' in shown
    assert found(run.secrets, {"shown": shown.encode()}) == []
