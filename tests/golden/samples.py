"""What each golden file reads as today, by stored name.

An event whose shape changes keeps its old file, and the old name's entry here says what the upcast makes of it.
`python -m tests.golden.samples` writes the files that are missing, and never touches one that is there.
"""

from collections.abc import Mapping
from pathlib import Path

from events.base import Metadata, NewEvent
from events.catalog import STORED_NAMES, Catalog
from tests.golden.orders import ORDERS
from tests.golden.system import SYSTEM
from tests.golden.trades import TRADES

GOLDEN_DIR = Path(__file__).parent

META = Metadata(correlation_id="1-aop-7", causation=41, ts_event=1763683200123, ts_init=1763683200125)

SAMPLES: Mapping[str, NewEvent] = {
    STORED_NAMES[type(event)]: NewEvent(event=event, meta=META) for event in (*ORDERS, *TRADES, *SYSTEM)
}


def golden_file(topic: str) -> Path:
    """Where the stored form of `topic` is."""
    return GOLDEN_DIR / f"{topic}.json"


def write_missing() -> None:
    """Write the golden file of every event that has none."""
    for topic, sample in SAMPLES.items():
        if not golden_file(topic).exists():
            golden_file(topic).write_bytes(Catalog().encode(sample)[1] + b"\n")


if __name__ == "__main__":
    write_missing()
