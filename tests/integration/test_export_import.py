"""`bin/run export` and `import`: what leaves is what was there, and comes back the same to the last byte."""

import csv
import json
import sqlite3
import subprocess
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bin.bench_log import write_log
from bin.exit_codes import ExitCode
from events.journal import SqliteJournal
from tests.support.asking import ask
from tests.support.cli import RUN, Result

FORMATS = ("jsonl", "csv", "parquet")
EVENTS = 1_500


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of two accounts."""
    directory = tmp_path_factory.mktemp("source")
    write_log(directory / "events.sqlite", EVENTS, accounts=2)
    return directory


def export(data: Path, what: str, out: Path, *more: str) -> Result:
    return ask("export", what, "--out", out, *more, "--data-dir", data)


def stored(data: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "events.sqlite")) as db:
        return db.execute(query).fetchall()


def contents(data: Path) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Every event and every seal."""
    return stored(data, "SELECT rowid, * FROM stored_events ORDER BY rowid"), stored(data, "SELECT * FROM seals")


def read_back(file: Path) -> list[dict[str, Any]]:
    """The rows of an export, amounts as they stand there."""
    if file.suffix == ".parquet":
        found = duckdb.execute(f"SELECT * FROM '{file}'")
        names = [name for name, *_ in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    with file.open(newline="") as text:
        return list(csv.DictReader(text)) if file.suffix == ".csv" else [json.loads(line) for line in text]


@pytest.mark.parametrize("form", FORMATS)
def test_an_import_of_an_export_is_the_same_log(data: Path, tmp_path: Path, form: str) -> None:
    """The same positions, streams, versions and bytes under the same seals; nothing else is left in the directory."""
    file, copy = tmp_path / f"events.{form}", tmp_path / "copy"
    assert export(data, "events", file).code == 0
    answer = ask("import", file, "--data-dir", copy)
    assert (answer.code, "imported and verified" in answer.err) == (0, True), answer.err
    assert contents(copy) == contents(data)
    assert {each.name for each in copy.iterdir()} == {"events.sqlite", "supervisor.lock"}


@pytest.mark.parametrize("form", FORMATS)
def test_rows_and_sums_of_a_view_are_the_source_s(data: Path, tmp_path: Path, form: str) -> None:
    """All fills, and what they bought and sold, to the last decimal."""
    file = tmp_path / f"fills.{form}"
    answer = export(data, "fills", file)
    asked = ask("query", "sql", "SELECT count(*) AS n, exact_sum(last_quote) AS q FROM fills", "--format", "json",
                "--data-dir", data)  # fmt: skip
    (source,) = json.loads(asked.out)
    rows = read_back(file)
    assert (len(rows), sum(Decimal(row["last_quote"]) for row in rows)) == (source["n"], Decimal(source["q"]))
    assert f"{source['n']:,} rows of fills" in answer.err


def test_amounts_in_parquet_are_exact_decimals(data: Path, tmp_path: Path) -> None:
    """With the digits that the column needs; times and counts are integers."""
    file = tmp_path / "fills.parquet"
    export(data, "fills", file)
    types = {name: kind for name, kind, *_ in duckdb.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()}
    assert types["last_quote"].startswith("DECIMAL(")
    assert (types["at"], types["venue_order_id"]) == ("BIGINT", "VARCHAR")


def test_an_export_does_not_replace_a_file_unasked(data: Path, tmp_path: Path) -> None:
    """What is there stays there, unless the operator says otherwise."""
    file = tmp_path / "trades.csv"
    file.write_text("mine")
    answer = export(data, "trades", file)
    assert (answer.code, file.read_text()) == (ExitCode.USAGE, "mine")
    assert export(data, "trades", file, "--overwrite").code == 0
    assert file.read_text().startswith("trade_id,")


@pytest.mark.parametrize(
    ("what", "out", "said"),
    [
        ("nothing", "x.csv", "there is no view nothing"),
        ("trades", "x.txt", "says no format"),
        ("trades", "missing/x.csv", "is no directory"),
        ("trades", ".", "is a directory"),
    ],
)
def test_an_export_that_cannot_be_is_refused(data: Path, tmp_path: Path, what: str, out: str, said: str) -> None:
    """In one line, and nothing is written."""
    answer = export(data, what, tmp_path / out, "--format", "csv") if out == "." else export(data, what, tmp_path / out)
    assert (answer.code, answer.err.count("\n")) == (ExitCode.USAGE, 1)
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["events.sqlite", "views.sqlite"])
def test_an_export_never_replaces_a_file_of_the_data_directory(data: Path, name: str) -> None:
    """Not even with `--overwrite`, and by whatever way it is named."""
    ask("query", "runs", "--data-dir", data)
    before = (data / name).read_bytes()
    answer = export(data, "events", data / ".." / data.name / name, "--format", "csv", "--overwrite")
    assert (answer.code, (data / name).read_bytes() == before) == (ExitCode.USAGE, True)
    assert "in the data directory" in answer.err


def test_an_import_that_was_killed_is_made_again(data: Path, tmp_path: Path) -> None:
    """What it left behind is no log: the lock's file, and the beginning of one."""
    file, target = tmp_path / "events.jsonl", tmp_path / "target"
    export(data, "events", file)
    target.mkdir()
    for left in ("supervisor.lock", ".events.sqlite.part", ".events.sqlite.part-journal"):
        (target / left).write_bytes(b"half a file")
    answer = ask("import", file, "--data-dir", target)
    assert (answer.code, contents(target)) == (0, contents(data)), answer.err
    (end,) = stored(data, "SELECT lower(hex(seal)) FROM seals ORDER BY last DESC LIMIT 1")
    assert end[0] in answer.err


def test_an_export_that_is_interrupted_leaves_nothing(data: Path, tmp_path: Path) -> None:
    """For real: no file may grow beyond 200 kB. The file that stood there stands there still."""
    file = tmp_path / "events.csv"
    file.write_text("mine")
    command = f"ulimit -f 200; trap '' XFSZ; exec {RUN} export events --out {file} --overwrite --data-dir {data}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "cannot be written" in done.stderr) == (ExitCode.STORAGE, True), done.stderr
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"events.csv": "mine"}


def test_a_reader_that_goes_away_ends_the_export_quietly(data: Path) -> None:
    """As in `| head`."""
    command = f"set -o pipefail; {RUN} export events --out - --format jsonl --data-dir {data} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (ExitCode.BROKEN_PIPE, "")
    assert json.loads(done.stdout)["position"] == 1


@pytest.fixture
def lines(data: Path, tmp_path: Path) -> list[str]:
    """An export of the events, line by line."""
    export(data, "events", tmp_path / "all.jsonl")
    return (tmp_path / "all.jsonl").read_text().splitlines(keepends=True)


def damaged(lines: list[str], how: str) -> str:
    match how:
        case "edited":
            lines[40] = lines[40].replace('"version":', '"version":1')
        case "cut off in a commit":
            last = max(n for n, line in enumerate(lines) if '"seal":""' in line)
            del lines[last + 1 :]
        case "without an event":
            del lines[700]
        case "exchanged":
            lines[10], lines[11] = lines[11], lines[10]
        case "no export":
            lines[0] = '{"position":"one"}\n'
        case "empty":
            lines.clear()
    return "".join(lines)


@pytest.mark.parametrize(
    "how", ["edited", "cut off in a commit", "without an event", "exchanged", "no export", "empty"]
)
def test_what_is_not_as_it_was_exported_is_refused(lines: list[str], tmp_path: Path, how: str) -> None:
    """With where it differs; and no log is left behind."""
    file, copy = tmp_path / "events.jsonl", tmp_path / "copy"
    file.write_text(damaged(lines, how))
    answer = ask("import", file, "--data-dir", copy)
    assert answer.code == ExitCode.DIFFERENCE, answer.err
    assert answer.err.endswith("; nothing was imported\n")
    assert not (copy / "events.sqlite").exists()


def test_a_directory_in_use_is_not_imported_into(data: Path, tmp_path: Path) -> None:
    """Whatever stands there stays as it was."""
    file, copy = tmp_path / "events.jsonl", tmp_path / "copy"
    export(data, "events", file)
    with SqliteJournal(_made(copy) / "events.sqlite"):
        answer = ask("import", file, "--data-dir", copy)
    assert (answer.code, "is not empty" in answer.err) == (ExitCode.USAGE, True)
    assert stored(copy, "SELECT count(*) FROM stored_events") == [(0,)]


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory
