"""Whose log is it? One data directory is of one venue: paper trades would count for real targets and limits."""

from bin.run_plan import hosts_of
from config.schema import VenueSettings
from events.journal import EventJournal
from events.system import RunStarted


class OtherVenue(Exception):
    """The log is of another venue than the settings. The message says of which, and how to mend it."""


def keep_to_venue(journal: EventJournal, venue: VenueSettings) -> None:
    """Raises OtherVenue where the last run of the log was on another venue, or at another host, than the settings name.

    The host is that of orders (`rest_url`); all paper venues are one. Raises StorageFailed, EventUnreadable.
    """
    runs = [one.event for one in journal.read_stream("system") if isinstance(one.event, RunStarted)]
    if not runs:
        return
    was, wanted = _place(runs[-1].hosts), _place(hosts_of(venue))
    if was != wanted:
        raise OtherVenue(f"this data directory is of {was}, and the settings name {wanted}; name another --data-dir")


def _place(hosts: tuple[str, ...]) -> str:
    return f"the real venue at {hosts[0].lower()}" if hosts else "the paper venue"
