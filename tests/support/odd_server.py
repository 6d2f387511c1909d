"""A server of raw sockets on loopback, for what no decent HTTP server can be made to do."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

Behaviour = Callable[[socket.socket, threading.Event], None]
"""Handles one connection; the event is set when the test is over, so that a behaviour may hang until then."""

PATIENCE = 10.0


class OddServer:
    """Serves one connection after another with the next behaviour, the last one for ever; notes each request."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.connections = 0
        self.closed: SimpleQueue[int] = SimpleQueue()
        """The number of each connection that was closed, from 1."""
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/w3w/stream"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE)
                self.connections += 1
                self._handle(connection)
            self.closed.put(self.connections)

    def _handle(self, connection: socket.socket) -> None:
        behaviour = self._behaviours[min(self.connections, len(self._behaviours)) - 1]
        try:
            behaviour(connection, self._over)
        except OSError:
            return  # the client went away first, which is what some tests are about


def over_tls(cert_file: str, key_file: str, behaviour: Behaviour) -> Behaviour:
    """The same behaviour behind a TLS handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)

    def behave(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            behaviour(secure, over)

    return behave


@contextmanager
def odd_server(*behaviours: Behaviour) -> Iterator[OddServer]:
    """The server, running; stopped and joined at the end."""
    server = OddServer(*behaviours)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def read_request(connection: socket.socket) -> bytes:
    """One HTTP request, head and announced body."""
    content = b""
    while b"\r\n\r\n" not in content and (more := connection.recv(65536)):
        content += more
    head, _, body = content.partition(b"\r\n\r\n")
    while len(body) < _announced(head) and (more := connection.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


def _announced(head: bytes) -> int:
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lengths[0]) if lengths else 0


def http_reply(body: str, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole, well-formed HTTP reply; `headers` are lines that end in CRLF."""
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n{headers}\r\n"
    return head.encode() + content


def answering(*replies: bytes) -> Behaviour:
    """Answers one request after another on one connection, then closes it."""

    def behave(connection: socket.socket, _over: threading.Event) -> None:
        for reply in replies:
            if not read_request(connection).strip():
                return
            connection.sendall(reply)

    return behave


def hanging(_connection: socket.socket, over: threading.Event) -> None:
    """Takes the connection and does nothing at all."""
    over.wait(PATIENCE)


def resetting(connection: socket.socket, _over: threading.Event) -> None:
    """Reads the request, then resets the connection instead of answering."""
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def trickling_head(connection: socket.socket, over: threading.Event) -> None:
    """Answers with a head that comes byte by byte, and never wholly."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not over.wait(0.02):
        connection.sendall(b"a")


def trickling(connection: socket.socket, over: threading.Event) -> None:
    """Answers with a body that comes byte by byte, and never wholly."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b" ")
