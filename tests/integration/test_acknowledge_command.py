"""`bin/run acknowledge` on the log of a run that was killed."""

from pathlib import Path

from typer.testing import CliRunner, Result

from bin.acknowledge_command import app
from bin.exit_codes import ExitCode
from bin.log_file import log_of
from events.base import Metadata, NewEvent
from events.inventory import InventoryCleared
from events.journal import SqliteJournal
from tests.support.account import Account
from tests.unit.deciders.test_user_sweeps import left_with_coins, sweeping

META = Metadata(correlation_id="user-1", causation=None, ts_event=0, ts_init=0)


def acknowledge(account: Account, data: Path) -> tuple[Result, int]:
    """What the command says when the account's log stands in `data`, and how often coins were taken off its books."""
    with SqliteJournal(data / "events.sqlite") as journal:
        for version, one in enumerate(account.log):
            journal.append("user-1", version, [NewEvent(event=one.event, meta=META)])
    result = CliRunner().invoke(app, ["--user", "1", "--data-dir", str(data)])
    with log_of(data) as written:
        return result, sum(isinstance(one.event, InventoryCleared) for one in written.read())


def test_held_coins_are_taken_off_the_books(tmp_path: Path) -> None:
    """All that the account holds, and the command says how many they were."""
    result, cleared = acknowledge(left_with_coins(), tmp_path)
    assert (result.exit_code, cleared) == (ExitCode.OK, 1)
    assert "1799.82 ALPHA_900 are off the books" in result.stdout


def test_coins_that_an_open_order_may_be_selling_stay_on_the_books(tmp_path: Path) -> None:
    """A sweep was killed with its sale at the venue: nothing is written, and the command says what must end first."""
    result, cleared = acknowledge(sweeping(left_with_coins()).sees_book().sale_is_placed(), tmp_path)
    assert (result.exit_code, cleared) == (ExitCode.ACCOUNT_FAILED, 0)
    assert "trade 1-000002 is in hand and may be selling the 1799.82 AOP" in result.stderr
