"""The paper venue as a child process."""

import os
import select
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import IO

import msgspec

from bin.environment import child_environment
from bin.fault_file import load_faults
from bin.paths import ROOT
from config.schema import PaperVenueSettings
from exchange.alpha.session import Hosts
from exchange.paper.settings import PaperSettings

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
SETTINGS_FILE = "paper-venue.json"


class VenueNotStarted(Exception):
    """The paper venue ended before it was ready; `exit_code` is its own, None where it gave no sign of life."""

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _Ready(msgspec.Struct, frozen=True):
    """What we need of the line that says where the venue is."""

    url: str
    ws: str


class PaperProcess:
    """Runs from `start` to `stop`; it also ends by itself when this process dies, however it dies."""

    def __init__(self, settings: PaperVenueSettings, data_dir: Path) -> None:
        self._settings = settings
        self._data_dir = data_dir.resolve()
        self._stopping = False

    def start(self) -> Hosts:
        """Returns when it answers. Raises VenueNotStarted, OSError. What it has to say about that is on stderr."""
        file = self._data_dir / SETTINGS_FILE
        file.write_bytes(msgspec.json.encode(paper_settings(self._settings)))
        options = ["--data-dir", str(self._data_dir), "--settings", str(file), "--exit-with-parent"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
            [sys.executable, "-m", "bin", "venue", *options],
            cwd=ROOT,
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us: the trade in hand still needs its venue
        )
        ready = self._ready()
        return Hosts(rest_url=ready.url, stream_url=ready.ws)

    def watch(self, lost: Callable[[int], object]) -> Thread:
        """Call `lost` with its exit code if it ends before it is stopped; on a thread of its own, which is returned."""

        def wait() -> None:
            code = self._process.wait()
            if not self._stopping:
                lost(code)

        watcher = Thread(target=wait, name="venue", daemon=True)
        watcher.start()
        return watcher

    def stop(self) -> None:
        self._stopping = True
        process = self._process
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _ready(self) -> _Ready:
        pipe = self._process.stdout
        line = _first_line(pipe, READY_WITHIN_S) if pipe is not None else b""
        if line:
            return msgspec.json.decode(line, type=_Ready)
        code = self._process.poll()
        self.stop()
        raise VenueNotStarted(
            "the paper venue could not be started", self._process.returncode if code is None else code
        )


def paper_settings(venue: PaperVenueSettings) -> PaperSettings:
    """What the venue's process is told. Raises ConfigError when the fault plan is no good."""
    volumes: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for one in venue.starting_volumes:
        volumes[str(one.user_id)][one.token] = one.volume
    return PaperSettings(
        seed=venue.seed,
        latency=venue.latency,
        credit_rule=venue.credit_rule,
        volume_lag_seconds=venue.volume_lag_seconds,
        starting_balance_usdt=venue.starting_balance_usdt,
        starting_volumes=dict(volumes),
        book_levels=venue.book_levels,
        level_notional_usdt=venue.level_notional_usdt,
        never_fill_probability=float(venue.never_fill_probability),
        match_accounts=venue.match_accounts,
        tokens_file=venue.tokens_file,
        symbols_file=venue.symbols_file,
        tape_file=venue.tape_file,
        faults=load_faults(venue.faults_file) if venue.faults_file else None,
    )


def _first_line(pipe: IO[bytes], timeout: float) -> bytes:
    """What the process writes up to its first line end; empty when it ends, or time is up, before that."""
    deadline = time.monotonic() + timeout
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
            return b""
        some = os.read(pipe.fileno(), 4096)
        if not some:
            return b""
        line += some
    return line
