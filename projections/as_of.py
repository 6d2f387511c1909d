"""Which part of the log was there at an earlier time."""

import msgspec

from events.journal import EventJournal

PAGE = 5_000


class OutsideLog(ValueError):
    """There is no such place in the log; the message says where it begins and ends."""


class _Meta(msgspec.Struct, frozen=True):
    ts_init: int = 0


class _Timed(msgspec.Struct, frozen=True):
    meta: _Meta = _Meta()


def check_position(journal: EventJournal, position: int) -> int:
    """The position itself. Raises OutsideLog, StorageFailed."""
    head = journal.head()
    if not 1 <= position <= head:
        raise OutsideLog(f"the log has no position {position}; it {'ends at ' + str(head) if head else 'is empty'}")
    return position


def position_at(journal: EventJournal, ms: int) -> int:
    """The position before the first event that was decided after `ms`, the newest where there is none.

    Raises OutsideLog for a time before the first event, StorageFailed.
    """
    head = journal.head()
    after = 0
    while page := journal.stored(after, limit=PAGE, upto=head):
        for row in page:
            if _decided_at(row.state) > ms:
                return _before(row.id)
        after = page[-1].id
    return _before(head + 1)


def decided_at(journal: EventJournal, position: int) -> int:
    """When the event at this position was decided, ms since the epoch. Raises StorageFailed."""
    (row,) = journal.stored(position - 1, limit=1, upto=position)
    return _decided_at(row.state)


def _before(position: int) -> int:
    if position == 1:
        raise OutsideLog("the log had not begun at that time; its first event came later")
    return position - 1


def _decided_at(state: bytes | str) -> int:
    """Of an event of another program, 0: it has no time that we know."""
    try:
        return msgspec.json.decode(state, type=_Timed).meta.ts_init
    except msgspec.DecodeError:
        return 0
