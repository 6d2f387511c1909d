"""One account's HTTP connection to the venue: a request in, the envelope's `data` or an outcome out."""

import time
from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec
import requests
from requests.cookies import RequestsCookieJar
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError

from exchange.alpha import paths
from exchange.alpha.masks import Masks
from exchange.alpha.outcomes import TURNED_AWAY, Answer, data_of, retry_after
from exchange.alpha.session import Hosts, Login, open_session
from exchange.alpha.sockets import untrusted
from exchange.errors import Unavailable, Unknown, Untrusted, VenueError
from exchange.pace import Pace
from exchange.quiet import Quiet
from exchange.rate_limit import CallKind

OnHttp = Callable[[str, str, int | None, float], None]
"""Told of every request: method, path (never the query: it may hold a secret), HTTP status or None, milliseconds."""

Method = Literal["GET", "POST", "DELETE"]

_MOST_BODY: Final = 32 * 1024 * 1024
_CHUNK: Final = 64 * 1024
# urllib3 raises the first, and its subclasses, for refused connections and failed name resolution too.
_NOTHING_SENT: Final = (ConnectTimeoutError, InvalidSchema, InvalidURL, MissingSchema)


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. `connect` bounds connecting and, again, the TLS handshake; `answer` the wait for the whole head, and
    again the time that the body may take.
    """

    connect: float = 5.0
    answer: float = 10.0


class Transport:
    """Sends each request once and never again. Connects when first used; made for one thread at a time.

    `quiet` holds requests back, and hears when the venue turns one away; `pace` lets them wait for our rate limits.
    """

    def __init__(
        self,
        hosts: Hosts,
        login: Login | None,
        timeouts: Timeouts,
        on_http: OnHttp | None = None,
        quiet: Quiet | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._root = hosts.rest_url.rstrip("/")
        self._session = open_session(hosts)
        self._login = login
        self.masks = login.masks if login is not None else Masks()
        self._timeouts = timeouts
        self._on_http = on_http or _ignore
        self._quiet = quiet
        self._pace = pace

    def call(
        self, method: Method, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> msgspec.Raw:
        """The `data` of the venue's reply. Raises any VenueError; its message holds no query and no secret."""
        return data_of(self.exchange(method, path, query=query, body=body), now=time.time(), mask=self.masks)

    def exchange(
        self, method: Method, path: str, *, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """The venue's answer, whatever it says. Raises Unavailable or Unknown when there was none."""
        self._wait(method, path)
        answer = self._exchange(method, path, query, body)
        if self._quiet is not None and answer.status in TURNED_AWAY:
            self._quiet.turned_away(retry_after(answer.headers, time.time()))
        return answer

    def _wait(self, method: Method, path: str) -> None:
        """Raises LeftInPeace. The venue may turn another call of the account away while this one waits for its turn."""
        request, kind = f"{method} {path}", _kind(path)
        if self._quiet is not None:
            self._quiet.check(request, placement=kind == "placement")
        if self._pace is not None:
            self._pace.wait(kind, request)
            if self._quiet is not None:
                self._quiet.check(request, placement=kind == "placement")

    def _exchange(self, method: Method, path: str, query: Mapping[str, str] | None, body: bytes | None) -> Answer:
        began = time.monotonic()
        status: int | None = None
        try:
            answer = self._send(method, path, query, body)
            status = answer.status
        except (requests.RequestException, HTTPError, OSError) as error:
            # The error's own text and chain hold the URL, and so perhaps the listen key.
            raise _no_answer(error, f"{method} {path}") from None
        finally:
            self._on_http(method, path, status, (time.monotonic() - began) * 1000)
        return answer

    def close(self) -> None:
        self._session.close()

    def _send(self, method: Method, path: str, query: Mapping[str, str] | None, body: bytes | None) -> Answer:
        """A redirect is not followed: it would send an order twice, or the cookies elsewhere."""
        sent = self._login.sent() if self._login is not None else None
        with self._session.request(
            method,
            self._root + path,
            params=query,
            data=body,
            headers=sent.headers if sent is not None else None,
            timeout=(self._timeouts.connect, self._timeouts.answer),
            allow_redirects=False,
            stream=True,
        ) as response:
            if self._login is not None and sent is not None and response.cookies:
                self._login.renew(_values(response.cookies), sent)
            headers = {name.lower(): value for name, value in response.headers.items()}
            content = _body(response, time.monotonic() + self._timeouts.answer)
            return Answer(status=response.status_code, headers=headers, body=content)


def _values(cookies: RequestsCookieJar) -> dict[str, str]:
    return {cookie.name: cookie.value for cookie in cookies if cookie.value is not None}


def _kind(path: str) -> CallKind:
    if path in paths.PLACEMENTS:
        return "placement"
    if path in paths.CANCELS:
        return "cancel"
    return "farewell" if path == paths.USER_DATA_STREAM else "other"


def _body(response: requests.Response, deadline: float) -> bytes:
    """Reads what has arrived rather than what was announced, so that a trickle cannot outlast the deadline."""
    content = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > _MOST_BODY:
            raise OSError(f"the body is larger than {_MOST_BODY} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the body did not arrive in time")
    return bytes(content)


def _no_answer(error: Exception, request: str) -> VenueError:
    """Unavailable only when it is certain that nothing was sent, which is when no connection was made."""
    root = _root_cause(error)
    if untrusted(root):
        return Untrusted(f"{request}: {untrusted(root)}")
    words = f"{request}: {_words(root)}"
    if isinstance(root, _NOTHING_SENT):
        return Unavailable(words)
    return Unknown(words)


def _root_cause(error: Exception) -> Exception:
    """What lies beneath the layers of requests and urllib3."""
    inner = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return inner if isinstance(inner, Exception) else error


def _words(error: Exception) -> str:
    """The kind of error and the system's text for it; no library's text, since those quote the URL."""
    cause = next((cause for cause in (error.__cause__, *error.args) if isinstance(cause, Exception)), error)
    system = cause.strerror if isinstance(cause, OSError) and cause.strerror else ""
    return f"{type(cause).__name__} {system}".rstrip()


def _ignore(_method: str, _path: str, _status: int | None, _ms: float) -> None:
    """The default observer."""
