"""A day of several accounts in a few lines, for an alert."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bin.views import caught_up_views
from events.journal import EventJournal
from events.numbers import plain
from projections.figures import counted, readable
from projections.statement import statement
from projections.statement_lines import Statement


def statement_text(journal: EventJournal, views: Path, day: str, accounts: tuple[int, ...]) -> str:
    """A line for each account, from its statement; amounts in USDT. Raises ViewsUnwritable, StorageFailed."""
    starts_at = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000
    with caught_up_views(journal, views) as found:
        pages = [statement(found.db, user, day, starts_at) for user in accounts]
    lines = (f"user {page.user_id}: {', '.join(_parts(page))}" for page in pages)
    return readable("\n".join((*lines, f"More: bin/run query statement --user N --day {day}")))


def _parts(page: Statement) -> Iterator[str]:
    yield counted(sum(one.completed + one.partly_completed for one in page.trades), "trade")
    failed = sum(one.failed for one in page.trades)
    if failed:
        yield f"{failed} failed"
    yield f"bought {plain(page.wear.turnover)}, wear {plain(page.wear.wear)}"
    for volume in page.volume:
        yield f"the venue counted {plain(volume.counted)} of {volume.token}"
    for coins in page.inventory:
        if coins.held_at_end:
            yield f"{plain(coins.held_at_end)} {coins.asset} held unsold"
