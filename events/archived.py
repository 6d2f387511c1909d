"""The recorder of a log of which days may have been archived: their segments and its own file, read as one."""

from collections.abc import Sequence
from pathlib import Path

from eventsourcing.persistence import Notification

from events.recorder import JournalDatastore, JournalRecorder
from events.seals import Row
from events.segments import SealedEvent, Segment, SegmentReader, segments_in

_ARCHIVED_VERSION = "SELECT version FROM archived_streams WHERE stream = ?"


class WholeRecorder(JournalRecorder):
    """Positions have no gaps, so rows that do not begin where they should tell that the rest is in a segment.

    A log may be archived while another process reads it: then the segments are looked up anew.
    """

    def __init__(self, datastore: JournalDatastore, log: Path) -> None:
        super().__init__(datastore)
        self._reader = SegmentReader(log)
        self._segments: tuple[Segment, ...] = ()

    def look_for_segments(self) -> None:
        """Learn which parts of the log are archived."""
        with self.datastore.transaction(commit=False) as c:
            self._segments = segments_in(c)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Rows of the whole log in order of position; fewer than `limit` where a segment ends."""
        rows = super().select_notifications(start, limit, stop, topics, inclusive_of_start=inclusive_of_start)
        first = max((start or 0) + (not inclusive_of_start), 1)
        if topics or (rows and rows[0].id == first) or (stop is not None and stop < first):
            return rows
        segment = self._segment_with(first, look=bool(rows) or stop is not None)
        if segment is None:
            return rows
        last = segment.last if stop is None else min(stop, segment.last)
        archived = self._reader.after(segment, first - 1, min(limit, last - first + 1))
        return [_notification(event) for event in archived]

    def select_rows(self, after: int, limit: int, upto: int) -> Sequence[Row]:
        """The same after a position, as plain rows."""
        rows = super().select_rows(after, limit, upto)
        if upto <= after or (rows and rows[0][0] == after + 1):
            return rows
        found = self.select_notifications(after, limit, upto, inclusive_of_start=False)
        return [(row.id, str(row.originator_id), row.originator_version, row.topic, row.state) for row in found]

    def select_stream(self, stream: str, *, gt: int, limit: int) -> Sequence[Notification]:
        """Rows of one stream in order of version, with their positions."""
        rows = super().select_stream(stream, gt=gt, limit=limit)
        if not self._segments or gt >= self._archived_version(stream):
            return rows
        for segment in self._segments:
            if archived := self._reader.of_stream(segment, stream, gt, limit):
                return [_notification(event) for event in archived]
        return rows

    def stream_version(self, stream: str) -> int:
        """The highest version of a stream, 0 when it is empty."""
        version = super().stream_version(stream)
        return version or (self._archived_version(stream) if self._segments else 0)

    def _segment_with(self, position: int, *, look: bool) -> Segment | None:
        found = next((one for one in self._segments if one.first <= position <= one.last), None)
        if found is None and look:
            self.look_for_segments()
            found = next((one for one in self._segments if one.first <= position <= one.last), None)
        return found

    def _archived_version(self, stream: str) -> int:
        with self.datastore.transaction(commit=False) as c:
            c.execute(_ARCHIVED_VERSION, (stream,))
            row = c.fetchone()
            return int(row[0]) if row else 0


def _notification(event: SealedEvent) -> Notification:
    return Notification(event.stream, event.version, event.topic, event.state.encode(), id=event.position)
