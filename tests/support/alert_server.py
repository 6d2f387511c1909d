"""A service that is told of trouble: an HTTP server on loopback that takes, refuses or never answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any, Literal

TIMEOUT = 10.0
Answer = Literal["takes", "refuses", "hangs"]


class AlertServer:
    """What apprise posts waits here until a test asks for it. `answer` may be changed at any time."""

    def __init__(self) -> None:
        self.answer: Answer = "takes"
        self.let_go = Flag()
        self.calls: SimpleQueue[dict[str, Any]] = SimpleQueue()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.calls.put(json.loads(body))
                if server.answer == "hangs":
                    server.let_go.wait(TIMEOUT)
                    return
                self.send_response(200 if server.answer == "takes" else 500)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Not on the test's stderr."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True

    @property
    def url(self) -> str:
        """In apprise's form; its path is what must be seen nowhere."""
        return f"json://127.0.0.1:{self.http.server_address[1]}/{SECRET}"

    def next(self) -> dict[str, Any]:
        """The next call, which must come."""
        return self.calls.get(timeout=TIMEOUT)


SECRET = "sesame-7f31"


@contextmanager
def alert_server() -> Iterator[AlertServer]:
    server = AlertServer()
    thread = Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join(TIMEOUT)
