"""The server's side of a WebSocket, by hand, on a connection of `tests.support.odd_server`."""

import base64
import hashlib
import socket
import threading
from collections.abc import Callable

from websocket import ABNF

from tests.support.odd_server import Behaviour, read_request

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACK = '{"result":null,"id":2}'

Talk = Callable[["Peer", threading.Event], None]


class Peer:
    """An accepted WebSocket: what a test's server says and hears."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, content: str | bytes, opcode: int = ABNF.OPCODE_TEXT) -> None:
        self.connection.sendall(server_frame(content, opcode))

    def hear(self) -> tuple[int, bytes]:
        """Opcode and content of the next frame (shorter than 126 bytes) from the client."""
        head = self._read(2)
        mask, masked = self._read(4), self._read(head[1] & 0x7F)
        return head[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))

    def _read(self, count: int) -> bytes:
        content = b""
        while len(content) < count:
            more = self.connection.recv(count - len(content))
            if not more:
                raise ConnectionResetError("the client is gone")
            content += more
        return content


def server_frame(content: str | bytes, opcode: int = ABNF.OPCODE_TEXT) -> bytes:
    """One whole unmasked frame."""
    data = content.encode() if isinstance(content, str) else content
    return bytes(ABNF(1, 0, 0, 0, opcode, 0, data).format())


def accepting(talk: Talk, headers: bytes = b"", requests: list[bytes] | None = None) -> Behaviour:
    """Makes the handshake, with these `headers` (whole lines) beside its own, then has the conversation. What it was
    asked is kept in `requests`.
    """

    def behave(connection: socket.socket, over: threading.Event) -> None:
        request = read_request(connection)
        if requests is not None:
            requests.append(request)
        connection.sendall(_handshake(request, headers))
        talk(Peer(connection), over)

    return behave


def subscribed(*content: str | bytes) -> Behaviour:
    """Acknowledges the subscription, sends what is given, and keeps the connection."""

    def talk(peer: Peer, over: threading.Event) -> None:
        peer.hear()
        peer.send(ACK)
        for each in content:
            peer.send(each)
        over.wait(10)

    return accepting(talk)


def _handshake(request: bytes, headers: bytes) -> bytes:
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key.partition(b":")[2].strip() + _MAGIC, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
        + accept
        + b"\r\n"
        + headers
        + b"\r\n"
    )
