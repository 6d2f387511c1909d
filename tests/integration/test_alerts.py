"""Alerts over real loopback HTTP, by the library that speaks to the services, and their tracking over restarts."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bin import alert_tracking
from bin.alert_loop import AlertLoop, Begin
from bin.alert_process import alerting, storage_told
from bin.alert_services import Service, send, service_of, services
from bin.exit_codes import ExitCode
from config.schema import AlertSettings
from events.base import Event, Metadata, NewEvent
from events.journal import InMemoryJournal, SqliteJournal
from events.system import AccountParked, LogCut
from projections.states.alerts import DAY_MS, AlertRules
from projections.states.outbox import RETRIES_MS
from tests.support.alert_server import SECRET, AlertServer, alert_server
from tests.support.asking import ask
from tests.support.house import RUN
from tests.support.source import ROOT

# What apprise imports warns of a module that goes with Python 3.13.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOON = 20_000 * DAY_MS + DAY_MS // 2
BEGIN = Begin(rules=AlertRules(), urls_file=None, after_position=0)


@pytest.fixture
def server() -> Iterator[AlertServer]:
    with alert_server() as one:
        yield one


class House:
    """A log, and the loop that tells of it; `said` is what the supervisor would log."""

    def __init__(self, data: Path, *urls: str) -> None:
        self.data = data
        self.journal = InMemoryJournal()
        self.known = {one.name: one for one in (service_of(url, "a test") for url in urls)}
        self.said: list[str] = []
        self.loop = self.started()

    def started(self) -> AlertLoop:
        return AlertLoop(self.journal, self.data, BEGIN, self.known, self.said.append)

    def record(self, event: Event, at: int = NOON) -> None:
        meta = Metadata(correlation_id="c", causation=None, ts_event=at, ts_init=at)
        self.journal.append("s", self.journal.stream_version("s"), [NewEvent(event=event, meta=meta)])

    def parked(self, user: int, at: int = NOON) -> None:
        self.record(AccountParked(user_id=user, reason="the session has expired"), at)


def test_an_alert_arrives_with_its_words(server: AlertServer, tmp_path: Path) -> None:
    """Title, reason, what to do, when and of which data directory."""
    house = House(tmp_path, server.url)
    house.parked(3)
    house.loop.step(NOON)
    call = server.next()
    assert call["title"] == "Otomat: User 3: parked"
    assert "the session has expired\nLook at the account at the venue" in call["message"]
    assert str(tmp_path) in call["message"]


def test_a_restart_neither_repeats_nor_loses(server: AlertServer, tmp_path: Path) -> None:
    """What was told is not told again; what was recorded while nobody told is; what waited is sent."""
    house = House(tmp_path, server.url)
    house.parked(1)
    house.loop.step(NOON)
    server.answer = "refuses"
    house.parked(2)
    house.loop.step(NOON)
    house.parked(3)  # nobody has looked at it when the process dies
    server.answer = "takes"
    house.started().step(NOON + RETRIES_MS[0])
    titles = [server.next()["title"] for _ in range(4)]
    assert [title[13] for title in titles] == ["1", "2", "2", "3"]
    assert (server.calls.empty(), house.data.joinpath("alerts.json").stat().st_mode & 0o777) == (True, 0o600)


def test_each_service_has_its_own_tries(server: AlertServer, tmp_path: Path) -> None:
    """One that refuses is tried again later; the other got the alert, and gets it once."""
    with alert_server() as other:
        other.answer = "refuses"
        house = House(tmp_path, other.url, server.url)
        house.parked(1)
        house.loop.step(NOON)
        house.loop.step(NOON + 1)
        assert (other.calls.qsize(), server.calls.qsize()) == (1, 1)
        house.loop.step(NOON + RETRIES_MS[0])
        assert (other.calls.qsize(), server.calls.qsize()) == (2, 1)


def test_what_cannot_be_sent_is_given_up_and_said(server: AlertServer, tmp_path: Path) -> None:
    """After the last try; and no word of it holds the URL."""
    server.answer, now = "refuses", NOON
    house = House(tmp_path, server.url)
    house.parked(1)
    for wait in (0, *RETRIES_MS):
        now += wait
        house.loop.step(now)
    assert (server.calls.qsize(), house.loop.tracked.outbox.dropped) == (len(RETRIES_MS) + 1, 1)
    assert ["given up" in words for words in house.said] == [False, True]
    assert SECRET not in "".join(house.said) + house.data.joinpath("alerts.json").read_text()


def test_a_failed_storage_is_told_past_the_log(server: AlertServer, tmp_path: Path) -> None:
    """Which cannot tell of itself any more."""
    House(tmp_path, server.url).loop.step(NOON, "the disk is full")
    assert (server.next()["message"]).startswith("the disk is full")


def test_an_old_alert_is_not_sent_and_that_is_said(server: AlertServer, tmp_path: Path) -> None:
    """As when alerts were off for a week."""
    house = House(tmp_path, server.url)
    house.parked(1)
    house.loop.step(NOON + 2 * DAY_MS)
    assert (server.calls.empty(), house.said) == (True, ["not sent, as it is more than a day old: User 1: parked"])


def test_a_statement_has_its_figures(server: AlertServer, tmp_path: Path) -> None:
    """A line for each account of the day's runs, from the same sums as `query statement`."""
    house = House(tmp_path, server.url)
    house.record(RUN)
    house.loop.step(NOON + DAY_MS)
    assert "user 1: 0 trades, bought 0, wear 0\n" in server.next()["message"]


def test_another_log_is_taken_up_from_where_the_run_begins(tmp_path: Path) -> None:
    """A position that the log does not have means nothing in it."""
    alert_tracking.write(tmp_path, alert_tracking.Tracked(position=99))
    assert House(tmp_path).loop.tracked.position == 0


def test_a_log_whose_end_was_cut_off_is_told_of(server: AlertServer, tmp_path: Path) -> None:
    """Though positions beyond its new end were told of before."""
    alert_tracking.write(tmp_path, alert_tracking.Tracked(position=1))
    house = House(tmp_path, server.url)
    house.record(LogCut(first_position=1, events=3, reason="torn", quarantine="quarantine-1"))
    anew = replace(BEGIN, anew=True)
    AlertLoop(house.journal, tmp_path, anew, house.known, house.said.append).step(NOON)
    assert "quarantine-1" in server.next()["message"]


def test_the_process_is_told_what_the_log_cannot(
    server: AlertServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over its pipe, while the run goes on; it sends what is left when the run has ended."""
    monkeypatch.setenv("OTOMAT_ALERT_URLS", server.url)
    with SqliteJournal(tmp_path / "events.sqlite") as journal:
        with (
            alerting(AlertSettings(), tmp_path, journal) as alerts,
            pytest.raises(OSError, match="space"),
            storage_told(alerts),
        ):
            raise OSError(28, "No space left on device")
        assert "No space left on device" in server.next()["message"]


def test_urls_come_from_a_file_of_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or from the environment where no file is named; comments and empty lines are no services."""
    file = tmp_path / "urls"
    file.write_text("# mine\n\njson://localhost/a\n")
    file.chmod(0o600)
    monkeypatch.setenv("OTOMAT_ALERT_URLS", "json://localhost/b xml://localhost/c")
    assert [one.url for one in services(str(file))] == ["json://localhost/a"]
    assert [one.kind for one in services(None)] == ["json", "xml"]
    assert "localhost" not in repr(services(None))


@pytest.mark.parametrize(
    ("text", "mode", "said"), [("json://h/x", 0o644, "chmod 600"), ("sesame", 0o600, "no URL of a service")]
)
def test_urls_that_cannot_be_used_are_refused(tmp_path: Path, text: str, mode: int, said: str) -> None:
    """With the configuration's exit code, before anything is started, and without the text."""
    file, config = tmp_path / "urls", tmp_path / "c.yaml"
    file.write_text(text)
    file.chmod(mode)
    config.write_text(
        "strategies:\n  - {strategy_id: a, target_token: AOP, target_volume: 1, user_ids: [1]}\n"
        "alerts: {urls_file: urls}\n"
    )
    for command in (("alerts", "test"), ("supervisor", "--plain", "--data-dir", tmp_path / "data")):
        answer = ask(*command, "--config", config)
        assert (answer.code, said in answer.err, "sesame" in answer.err) == (ExitCode.CONFIGURATION, True, False)


def test_services_are_tried_by_hand(server: AlertServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each; exit code 4 where one did not take it, 78 where there is none."""
    monkeypatch.setenv("OTOMAT_ALERT_URLS", server.url)
    assert ask("alerts", "test").code == ExitCode.OK
    server.answer = "refuses"
    answer = ask("alerts", "test", "--json")
    assert (answer.code, answer.json()["sent"], SECRET in answer.out) == (ExitCode.ACCOUNT_FAILED, False, False)
    monkeypatch.delenv("OTOMAT_ALERT_URLS")
    assert ask("alerts", "test").code == ExitCode.CONFIGURATION


def test_what_waits_is_told(server: AlertServer, tmp_path: Path) -> None:
    """How many were sent and given up, and what is still to come."""
    server.answer = "refuses"
    house = House(tmp_path, server.url)
    house.parked(1)
    house.loop.step(NOON)
    assert "0 alerts sent, 0 given up, 1 waiting" in ask("alerts", "status", "--data-dir", tmp_path).out
    (waiting,) = ask("alerts", "status", "--data-dir", tmp_path, "--json").json()["waiting"]
    assert (waiting["title"], waiting["failures"]) == ("User 1: parked", 1)


def test_a_url_that_no_service_knows_is_not_sent_to() -> None:
    """And nothing is raised."""
    assert not send(Service("x", "nosuch", "nosuch://h"), "t", "b")


def test_a_run_without_alerts_loads_nothing_of_them() -> None:
    """The library is some 60 MB."""
    code = "import sys, bin.supervise, bin.alert_loop; print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
