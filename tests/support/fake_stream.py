"""The user stream of the venue in memory (`tests.support.fake_venue`)."""

import queue
import threading

from exchange.errors import StreamClosed
from exchange.port import ExecutionReport, UnreadableFrame

Item = ExecutionReport | UnreadableFrame


class _End:
    """Stands in the queue behind the last item."""


class FakeStream:
    """`exchange.port.UserStream`. A key that the venue does not know brings silence, as at the real one."""

    def __init__(self) -> None:
        self.listen_key: str | None = None
        self._items: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
        self._closed = threading.Event()

    def subscribe(self, listen_key: str) -> None:
        if self._closed.is_set():
            raise StreamClosed("closed by us")
        self.listen_key = listen_key

    def receive(self, timeout: float) -> Item | None:
        if self._closed.is_set():
            raise StreamClosed("closed by us")
        try:
            item = self._items.get(timeout=timeout) if timeout > 0 else self._items.get_nowait()
        except queue.Empty:
            return None
        if isinstance(item, _End):
            self._items.put(item)  # the next call must find it too
            raise StreamClosed("closed by us" if self._closed.is_set() else "connection lost")
        return item

    def close(self) -> None:
        self._closed.set()
        self._items.put(_End())

    def put(self, item: Item) -> None:
        """Deliver an item."""
        self._items.put(item)

    def drop(self) -> None:
        """Lose the connection, after what was already put."""
        self._items.put(_End())
