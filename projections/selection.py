"""Which events of a log are to be told."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from events.base import Recorded
from events.catalog import Catalog
from events.journal import EventJournal
from projections.answers import CannotAnswer, listed
from projections.replay import Told
from projections.subjects import NAMING, Subjects, account, orders_of, statuses_of

PAGE = 2_000
MOST_HELD = 10_000
"""Events that may wait for their order's trade. Orders that are not ours never get one."""

Tell = Callable[[int, int], object]
"""Hears how many events have been looked at, and of how many."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What an event must be about. `since` is the first moment that counts and `until` the first that does not, ms."""

    user: int | None = None
    strategy: str | None = None
    token: str | None = None
    status: str | None = None
    order: str | None = None
    trade: str | None = None
    types: tuple[str, ...] = ()
    correlation: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def asks_whose(self) -> bool:
        """Whether an event's order has to be known as somebody's before it can be told."""
        return self.strategy is not None or self.token is not None or self.trade is not None

    @property
    def names_somebody(self) -> bool:
        """Whether somebody is named whom the log may not know."""
        return self.asks_whose or self.user is not None


def scan(journal: EventJournal, upto: int, tell: Tell = lambda _done, _total: None) -> Subjects:
    """Who belongs to whom in the log up to a position. Raises StorageFailed, EventUnreadable."""
    after, subjects = 0, Subjects()
    while page := journal.stored(after, limit=PAGE, upto=upto):
        for row in page:
            if journal.catalog.kind(row.topic) in NAMING:
                subjects.learn(journal.decoded(row).event)
        after = page[-1].id
        tell(after, upto)
    return subjects


class Selector:
    """Takes out of a log what was asked for. Who belongs to whom is known from `subjects`."""

    def __init__(self, wanted: Selection, catalog: Catalog, subjects: Subjects) -> None:
        self.wanted = wanted
        self.subjects = subjects
        self.order_seen = False
        self._held: list[Told] = []
        self._tests = tuple(self._asked(wanted, catalog))

    def _asked(self, wanted: Selection, catalog: Catalog) -> Iterator[Callable[[Recorded], bool]]:
        yield from self._whose(wanted)
        if wanted.status is not None:
            yield lambda one: wanted.status in statuses_of(one.event)
        if wanted.types:
            yield lambda one: any(is_type(one.topic, name, catalog) for name in wanted.types)
        if wanted.correlation is not None:
            yield lambda one: one.meta.correlation_id == wanted.correlation
        if (since := wanted.since) is not None:
            yield lambda one: one.meta.ts_init >= since
        if (until := wanted.until) is not None:
            yield lambda one: one.meta.ts_init < until

    def _whose(self, wanted: Selection) -> Iterator[Callable[[Recorded], bool]]:
        subjects = self.subjects
        if wanted.user is not None:
            yield lambda one: account(one) == wanted.user
        if wanted.order is not None:
            yield self._of_order
        if wanted.trade is not None:
            yield lambda one: wanted.trade in subjects.trades(one)
        if wanted.strategy is not None:
            yield lambda one: wanted.strategy in subjects.strategies_of(one)
        if wanted.token is not None:
            yield lambda one: wanted.token in subjects.tokens_of(one)

    def _of_order(self, recorded: Recorded) -> bool:
        found = self.wanted.order in orders_of(recorded.event)
        self.order_seen = self.order_seen or found
        return found

    def takes(self, recorded: Recorded) -> bool:
        """Whether it is to be told."""
        return all(test(recorded) for test in self._tests)

    def from_growing(self, news: Sequence[Told]) -> Iterator[Told]:
        """What is to be told of events that were just recorded. One whose order is nobody's yet is told when it is
        somebody's.
        """
        for one in news:
            self.subjects.learn(one.recorded.event)
        waiting, self._held = [*self._held[-MOST_HELD:], *news], []
        for one in waiting:
            if self.takes(one.recorded):
                yield one
            elif self.wanted.asks_whose and self.subjects.is_of_nobody(one.recorded):
                self._held.append(one)


def is_type(topic: str, name: str, catalog: Catalog) -> bool:
    """Whether events of this stored name are of the type: the whole name, without its version, its group, or a class.

    `order.oto_requested.v1`, `order.oto_requested`, `order` and `OtoRequested` name the same event.
    """
    kind = catalog.kind(topic)
    return topic == name or topic.startswith(name + ".") or (kind is not None and kind.__name__ == name)


def check_types(types: Iterable[str], journal: EventJournal, upto: int) -> None:
    """Raises CannotAnswer for a type that neither this version nor the log knows; StorageFailed."""
    catalog = journal.catalog
    known = sorted(catalog.names.values())
    for name in types:
        if not any(is_type(topic, name, catalog) for topic in known) and not _in_log(name, journal, upto):
            close = difflib.get_close_matches(name, [*known, *(cls.__name__ for cls in catalog.names)], n=3, cutoff=0.4)
            hint = f"did you mean {', '.join(close)}?" if close else "write order, order.closed or OrderClosed"
            raise CannotAnswer(f"no event is of type {name!r}; {hint}")


def _in_log(name: str, journal: EventJournal, upto: int) -> bool:
    after = 0
    while page := journal.stored(after, limit=PAGE, upto=upto):
        if any(is_type(row.topic, name, journal.catalog) for row in page):
            return True
        after = page[-1].id
    return False


def check_known(wanted: Selection, subjects: Subjects) -> None:
    """Raises CannotAnswer for an account, a strategy, a token or a trade that the log never had."""
    if wanted.user is not None and wanted.user not in subjects.accounts:
        raise _unknown("account", wanted.user, map(str, sorted(subjects.accounts)))
    if wanted.strategy is not None and wanted.strategy not in subjects.strategies:
        raise _unknown("strategy", wanted.strategy, sorted(subjects.strategies))
    if wanted.token is not None and wanted.token not in subjects.tokens:
        raise _unknown("token", wanted.token, sorted(subjects.tokens))
    if wanted.trade is not None and not subjects.has_trade(wanted.trade):
        raise CannotAnswer(f"the log knows no trade {wanted.trade}; bin/run query trades lists them")


def _unknown(what: str, name: object, known: Iterable[str]) -> CannotAnswer:
    return CannotAnswer(f"the log knows no {what} {name}; it knows {listed(list(known))}")
