"""A supervisor in a process of its own for benchmarks, as an operator would start and stop it."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bin.paths import ROOT

SAMPLE_S = 0.2
STARTED_WITHIN_S = 60.0
STOPPED_WITHIN_S = 30.0
LONGEST_ERROR = 2_000


class NotMeasured(Exception):
    """The supervisor did not do what was to be measured; the message holds what it said."""


class Supervised(NamedTuple):
    """A supervisor's process, the file of its output, and its data directory."""

    process: "subprocess.Popen[bytes]"
    output: Path
    data_dir: Path

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Raises NotMeasured where it ends before that, or takes too long."""
        deadline = time.monotonic() + STARTED_WITHIN_S
        while not reached():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotMeasured(f"the supervisor does not trade: {self.said()}")
            time.sleep(SAMPLE_S)

    def said(self) -> str:
        return self.output.read_text()[-LONGEST_ERROR:]

    def stop(self) -> None:
        """Raises NotMeasured where it has ended by itself."""
        if self.process.poll() is not None:
            raise NotMeasured(f"the supervisor ended with {self.process.returncode}: {self.said()}")
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()


@contextmanager
def supervisor(scratch: Path, settings: Path) -> Iterator[Supervised]:
    """Starts it in `scratch`, with its output in a file; whoever uses it ends it, or it is killed."""
    output, data_dir = scratch / "output", scratch / "data"
    options = ["--config", str(settings), "--data-dir", str(data_dir), "--plain"]
    with output.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [ROOT / "bin/run", "supervisor", *options], stdout=out, stderr=subprocess.STDOUT
        )
    with process:
        try:
            yield Supervised(process, output, data_dir)  # bin/run becomes the supervisor by exec
        finally:
            if process.poll() is None:
                process.kill()
