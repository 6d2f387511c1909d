"""The log that benchmarks read."""

from collections import Counter

from bin.bench_log import TRADES_A_DAY, fill_journal
from events.journal import InMemoryJournal


def made(events: int, accounts: int = 3) -> list[object]:
    journal = InMemoryJournal()
    fill_journal(journal, events, accounts)
    return list(journal.read())


def test_it_has_as_many_events_as_were_asked_for() -> None:
    """Sizes in the results are exact, also where a day is cut off."""
    assert [len(made(count)) for count in (1, 999, 5_001)] == [1, 999, 5_001]


def test_it_is_the_same_each_time() -> None:
    """Two benchmarks of one size read the same log."""
    assert made(2_000) == made(2_000)


def test_its_trades_end_as_trades_do() -> None:
    """A whole day holds every account's batch, most of it completed, with some of each other end."""
    journal = InMemoryJournal()
    fill_journal(journal, 6_000, 10)
    ends = Counter(recorded.topic for recorded in journal.read())
    settled = [ends[f"trade.{how}.v1"] for how in ("completed", "partly_completed", "abandoned")]
    assert min(settled) > 0
    assert ends["trade.started.v1"] - sum(settled) <= 10
    assert settled[0] > TRADES_A_DAY * 10 * 0.9
