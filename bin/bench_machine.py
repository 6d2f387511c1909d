"""The machine that a benchmark ran on, as far as it matters to the figures."""

import os
import platform
import sqlite3
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter

import msgspec

SYNCS = 100
BLOCK = b"\0" * 4096


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """`fsync_ms` is the median time to write 4 KB and sync it, in the directory that the benchmark writes to."""

    cpu: str
    cores: int
    system: str
    python: str
    sqlite: str
    fsync_ms: float

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.system}; Python {self.python}, SQLite {self.sqlite}; "
            f"writing and syncing 4 KB takes {self.fsync_ms:.2f} ms"
        )


def describe(directory: Path) -> Machine:
    """Measures the disk under `directory`."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        fsync_ms=round(_fsync_ms(directory), 3),
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _fsync_ms(directory: Path) -> float:
    with TemporaryFile(dir=directory) as file:
        return median(_timed_write(file.fileno()) for _ in range(SYNCS)) * 1000


def _timed_write(file: int) -> float:
    started = perf_counter()
    os.write(file, BLOCK)
    os.fsync(file)
    return perf_counter() - started
