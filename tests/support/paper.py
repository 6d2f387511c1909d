"""Paper venues for tests: one in a process of its own, as the supervisor runs it, and a plain client of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import requests
import websocket

from exchange.alpha import paths
from exchange.paper.settings import PaperSettings
from tests.support.source import ROOT

TIMEOUT = 10
OTO: dict[str, Any] = {
    "baseAsset": "ALPHA_382",
    "quoteAsset": "USDT",
    "workingSide": "BUY",
    "workingPrice": 0.0223,
    "workingQuantity": 1793.72,
    "paymentDetails": [{"amount": "39.999956", "paymentWalletType": "CARD"}],
    "pendingPrice": 0.0201,
    "pendingType": "LIMIT",
}
"""AOP for 40 USDT, in the page's form: fills at once, and counts 10 where mulPoint is 4."""
RESTING: dict[str, Any] = OTO | {
    "workingPrice": "0.01",
    "workingQuantity": "100",
    "paymentDetails": [{"amount": 1, "paymentWalletType": "CARD"}],
}
"""Too cheap to fill, and with its numbers in the other form."""


@dataclass(frozen=True)
class PaperVenue:
    """A venue that runs: where it is, its process, and calls that need no account."""

    url: str
    ws: str
    process: subprocess.Popen[str]
    ca_file: str | None = None

    def ledger(self) -> Any:
        return self.send("GET", "/admin/ledger").json()

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request with the options of `requests`, trusting the venue's own certificate."""
        return requests.request(method, self.url + path, timeout=TIMEOUT, verify=self.ca_file or True, **options)

    def admin(self, knob: str, **values: object) -> Any:
        """POST to /admin/<knob>; fails the test when the venue refuses."""
        reply = self.send("POST", f"/admin/{knob}", json=values)
        assert reply.status_code == requests.codes.ok, reply.text
        return reply.json()

    def public(self, path: str, **query: object) -> Any:
        """The `data` of a public endpoint."""
        return _data(self.send("GET", path, params=_texts(query)))

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()
        self.process.wait(TIMEOUT)


class PaperAccount:
    """What a browser session of one account would do; `data` of replies, or the whole envelope with `raw`."""

    def __init__(self, venue: PaperVenue, user_id: str = "1") -> None:
        self.venue = venue
        self.user_id = user_id
        self._headers = {"cookie": f"p20t=paper-{user_id}", "csrftoken": "0" * 32}

    def raw(self, method: str, path: str, body: object = None, **query: object) -> Any:
        url = self.venue.url + path
        return requests.request(
            method, url, json=body, params=_texts(query), headers=self._headers, timeout=TIMEOUT
        ).json()

    def get(self, path: str, **query: object) -> Any:
        return _succeeded(self.raw("GET", path, **query))

    def post(self, path: str, body: object = None) -> Any:
        return _succeeded(self.raw("POST", path, body))

    @contextmanager
    def stream(self) -> Iterator["UserFrames"]:
        """A subscribed connection to a fresh listen key."""
        with self.venue_socket() as socket:
            frames = UserFrames(socket)
            frames.subscribe(self.post(paths.LISTEN_KEY))
            yield frames

    @contextmanager
    def venue_socket(self) -> Iterator[websocket.WebSocket]:
        socket = websocket.create_connection(self.venue.ws, timeout=TIMEOUT)
        try:
            yield socket
        finally:
            socket.close()
            # close() leaves the socket of a connection that the venue has closed.
            socket.shutdown()  # type: ignore[no-untyped-call]


class UserFrames:
    """Frames of one connection, as the venue's JSON."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self.socket = socket
        self.name = ""

    def subscribe(self, key: str, request_id: int = 2) -> Any:
        """Send SUBSCRIBE and return the ack."""
        self.name = f"alpha@{key}"
        request = {"method": "SUBSCRIBE", "params": [self.name], "id": request_id}
        self.socket.send(json.dumps(request))
        return json.loads(self.socket.recv())

    def next(self) -> dict[str, Any]:
        """The next frame's `data`; fails after the timeout."""
        frame: dict[str, Any] = json.loads(self.socket.recv())["data"]
        return frame

    def until(self, order_id: str, status: str) -> list[dict[str, Any]]:
        """All frames up to and with the one that says so of this order."""
        frames = [self.next()]
        while (frames[-1]["i"], frames[-1]["X"]) != (order_id, status):
            frames.append(self.next())
        return frames


def _texts(query: dict[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in query.items()}


def _data(reply: requests.Response) -> Any:
    return _succeeded(reply.json())


def _succeeded(envelope: Any) -> Any:
    assert envelope["success"], envelope
    return envelope["data"]


def venue_command(data_dir: Path, *options: str) -> list[str]:
    """The command line of a venue on `data_dir`."""
    return [sys.executable, "-m", "bin", "venue", "--data-dir", str(data_dir), *options]


@contextmanager
def running_venue(
    data_dir: Path, settings: PaperSettings | None = None, *options: str, ca_file: str | None = None
) -> Iterator[PaperVenue]:
    """The venue on `data_dir`, ready; it is stopped with SIGTERM at the end, if it still runs."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / "venue-settings.json"
    file.write_bytes(msgspec.json.encode(settings or PaperSettings()))
    command = venue_command(data_dir, "--settings", str(file), *options)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield PaperVenue(ready["url"], ready["ws"], process, ca_file)
    finally:
        process.terminate()
        process.wait(TIMEOUT)
        process.stdout.close()
