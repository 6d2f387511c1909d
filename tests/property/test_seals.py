"""Whatever is done to a log behind its back, its check finds it."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from events.seals import Head
from events.verifying import Anchor, Tampered, verify
from tests.golden.samples import SAMPLES
from tests.support.sealed_log import change, found, fresh_log, log_bytes, rows, unsynced

EVENTS = len(SAMPLES)
COLUMNS = {
    "stored_events": ("rowid", "originator_id", "originator_version", "topic", "state"),
    "seals": ("last", "first", "seal"),
}
columns = st.sampled_from([(table, column) for table, names in COLUMNS.items() for column in names])
positions = st.integers(1, EVENTS)


def flip(path: Path, table: str, column: str, row: int, bit: int) -> None:
    """Another value in one row: one bit of its bytes, or of its number."""
    with unsynced(path) as db:
        places = [place for (place,) in db.execute(f"SELECT rowid FROM {table}")]
        place = places[row % len(places)]
        kind, value = db.execute(
            f"SELECT typeof({column}), CASE typeof({column}) WHEN 'integer' THEN {column}"
            f" ELSE CAST({column} AS BLOB) END FROM {table} WHERE rowid = {place}"
        ).fetchone()
        other = value ^ (1 << bit % 40) if kind == "integer" else flipped(value, bit)
        shape = "CAST(? AS TEXT)" if kind == "text" else "?"
        db.execute(f"UPDATE OR REPLACE {table} SET {column} = {shape} WHERE rowid = {place}", (other,))


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    return bytes(changed)


def test_the_log_is_sound_before() -> None:
    """Every test here begins with a log in which nothing is found."""
    with fresh_log() as path:
        assert verify(path).head.position == EVENTS


@settings(max_examples=300, deadline=None)
@given(where=columns, row=st.integers(0, 1000), bit=st.integers(0, 100_000))
def test_any_flipped_bit_of_any_value_is_found(where: tuple[str, str], row: int, bit: int) -> None:
    """Of any column of any event or seal."""
    with fresh_log() as path:
        flip(path, *where, row, bit)
        assert isinstance(found(path), Tampered)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(log_bytes()) * 8 - 1))
def test_any_flipped_bit_of_the_file_is_found_or_changes_nothing(place: int) -> None:
    """What a check calls sound reads as it was written, to the last byte."""
    with fresh_log() as path:
        before = rows(path)
        path.write_bytes(flipped(path.read_bytes(), place))
        if found(path) is None:
            assert rows(path) == before


@settings(max_examples=60, deadline=None)
@given(first=positions, count=st.integers(1, EVENTS))
def test_deleted_events_are_found(first: int, count: int) -> None:
    """Any of them, also the last; the first that is missing is named."""
    with fresh_log() as path:
        change(path, f"DELETE FROM stored_events WHERE rowid >= {first} AND rowid < {first + count}")
        error = found(path)
        assert isinstance(error, Tampered)
        assert error.position == first


@settings(max_examples=60, deadline=None)
@given(one=positions, other=positions)
def test_exchanged_events_are_found(one: int, other: int) -> None:
    """Two events in each other's place, nothing in them changed."""
    with fresh_log() as path:
        change(
            path,
            f"UPDATE stored_events SET rowid = -1 WHERE rowid = {one}",
            f"UPDATE stored_events SET rowid = {one} WHERE rowid = {other}",
            f"UPDATE stored_events SET rowid = {other} WHERE rowid = -1",
        )
        assert (found(path) is None) == (one == other)


@settings(max_examples=60, deadline=None)
@given(position=st.integers(-5, 2 * EVENTS))
def test_inserted_events_are_found(position: int) -> None:
    """Before, between (those behind move on) or after the others."""
    with fresh_log() as path:
        change(
            path,
            f"UPDATE stored_events SET rowid = -rowid - 1000 WHERE rowid >= {position}",
            f"INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)"
            f" VALUES ({position}, 'user-9', 1, 'account.parked.v1', x'7b7d')",
            "UPDATE stored_events SET rowid = -rowid - 999 WHERE rowid < -999",
        )
        assert isinstance(found(path), Tampered)


@settings(max_examples=60, deadline=None)
@given(left=st.integers(0, EVENTS - 1))
def test_a_cut_off_end_is_found_where_an_anchor_is_at_hand(left: int) -> None:
    """Whole commits with their seals leave no trace in the file; the rest of a commit does."""
    with fresh_log() as path:
        anchor = Anchor(verify(path).head, "noted")
        cut = f"> {left}"
        change(path, f"DELETE FROM stored_events WHERE rowid {cut}", f"DELETE FROM seals WHERE last {cut}")
        assert isinstance(found(path, anchor), Tampered)
        last_row = (rows(path) or [(0,)])[-1]  # of the seals, if there are any: its last position comes first
        assert (found(path) is None) == (last_row[0] == left and (left == 0 or len(last_row) == len(COLUMNS["seals"])))


@settings(max_examples=30, deadline=None)
@given(position=positions, seal=st.binary(min_size=32, max_size=32))
def test_an_anchor_of_another_log_is_found(position: int, seal: bytes) -> None:
    """Another seal at any position."""
    with fresh_log() as path:
        assert isinstance(found(path, Anchor(Head(position, seal), "noted")), Tampered)
