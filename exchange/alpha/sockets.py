"""Connections to the venue and to nobody else: TLS that is always verified, no proxies, and timeouts that hold.

Neither the environment's proxies nor its certificate settings count: only the hosts of the configuration are
contacted, and whoever answers there must prove to be them.
"""

import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util import Retry


class PunctualSocket(ssl.SSLSocket):
    """A timeout that is set bounds all that is received until the next is set, and not each piece of it anew.

    Otherwise a peer that sends a byte now and then could keep a thread for ever.
    """

    _until: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        self._until = None if value is None else time.monotonic() + value
        super().settimeout(value)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._hurry()
        return super().recv(buflen, flags)

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:  # noqa: ANN401 - any buffer
        self._hurry()
        return super().recv_into(buffer, nbytes, flags)

    def _hurry(self) -> None:
        if self._until is None:
            return
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        super().settimeout(left)


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """What all connections of the process share: the usual certificates, and those of `ca_file` (PEM) beside them.

    Raises OSError when the file cannot be read or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which asks for a certificate, and for the right name in it
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.sslsocket_class = PunctualSocket
    return context


class _Connection(HTTPSConnection):
    """Says plainly that nothing was sent when the TLS handshake comes to nothing."""

    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:  # among them ssl.SSLError and TimeoutError; names and ports have errors of their own
            raise NewConnectionError(self, "no TLS connection") from error


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class VerifyingAdapter(HTTPAdapter):
    """One pooled connection; sends nothing twice; `tls` alone says whose certificates count."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=Retry(0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's, passed on
        super().init_poolmanager(*args, **kwargs, ssl_context=self._tls)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:  # noqa: ANN401, ARG002 - as above
        """Would load the usual certificates again for each connection, or none at all."""
        conn.cert_reqs = "CERT_REQUIRED"


def connect(url: str, tls: ssl.SSLContext | None, timeout: float) -> socket.socket:
    """A connection to the host of a `ws` or `wss` URL. Raises OSError, ValueError (no such port)."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    plain = socket.create_connection((host, port), timeout)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return (tls or tls_context()).wrap_socket(plain, server_hostname=host) if secure else plain
    except BaseException:
        plain.close()
        raise


def untrusted(error: BaseException) -> str:
    """Why the peer's certificate was refused, empty where that is not what went wrong."""
    cause = error if isinstance(error, ssl.SSLCertVerificationError) else error.__cause__
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return ""
    return f"nothing was sent, as the certificate was refused: {cause.verify_message}"
