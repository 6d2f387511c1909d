"""msgspec's first look at a struct is not safe from several threads: ours is taken by one."""

import subprocess
import sys

from tests.support.cli import ROOT

MANY_THREADS = """
import sys, threading, msgspec
from events.shapes import settle_shapes
sys.setswitchinterval(1e-6)
for number in range(100):
    inner = msgspec.defstruct(f"Inner{number}", [("name", str), ("size", int)])
    outer = msgspec.defstruct(f"Outer{number}", [("total", int), ("rows", tuple[inner, ...])])
    settle_shapes()
    together = threading.Barrier(6)
    def decode():
        together.wait()
        msgspec.json.decode(b'{"total": 1, "rows": [{"name": "a", "size": 2}]}', type=outer)
    threads = [threading.Thread(target=decode) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    del inner, outer, decode
"""


def test_threads_may_decode_what_has_been_settled() -> None:
    """Without settling, this script crashes the interpreter within its first rounds."""
    done = subprocess.run([sys.executable, "-c", MANY_THREADS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
