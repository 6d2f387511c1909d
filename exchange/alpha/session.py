"""Who we are to the venue: hosts, credentials, and the HTTP session that carries them (venue protocol notes, 2.3)."""

import hashlib
import logging
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.util import Retry


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the venue is: `https://host` or `http://host:port` for REST, the full WebSocket URL for the stream.

    `ca_file` holds certificates (PEM) that are trusted beside the usual ones.
    """

    rest_url: str
    stream_url: str
    ca_file: str | None = None


class Credentials(msgspec.Struct, frozen=True):
    """One account's session: the `cookie` header's text as the browser sends it, and the `csrftoken`.

    Raises ValueError, without the value, when either cannot stand in an HTTP header.
    """

    cookie: str
    csrf_token: str

    def __post_init__(self) -> None:
        for name, text in (("cookie", self.cookie), ("csrf_token", self.csrf_token)):
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"{name}: only printable ASCII can be sent; copy the header's one line again")

    def __repr__(self) -> str:
        return "Credentials(...)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


def paper_credentials(user_id: int) -> Credentials:
    """What the paper venue takes as the session of `user_id`. No secret: it opens nothing else."""
    account = f"paper-{user_id}"
    return Credentials(f"p20t={account}", hashlib.md5(account.encode(), usedforsecurity=False).hexdigest())


def open_session(rest_url: str, credentials: Credentials | None) -> requests.Session:
    """A session with the page's smallest working header set, a cookie jar, and one pooled connection.

    It never sends anything twice: no retries, and redirects are for the caller to refuse. Without credentials
    only public endpoints answer. Connects to nothing by itself.
    """
    # At DEBUG urllib3 logs whole URLs, and the query of one of them is the listen key, a secret.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    session = requests.Session()
    session.headers = _headers(credentials)
    session.auth = _no_auth  # or requests would look for the host in the operator's .netrc
    session.trust_env = not _is_loopback(rest_url)  # a proxy of the environment cannot reach our loopback
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=Retry(0, read=False))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if credentials is not None:
        _fill(session.cookies, credentials.cookie)
    return session


def keep_rotated_cookies(jar: RequestsCookieJar) -> None:
    """Drops each cookie that we began with and that a reply has since replaced.

    Ours belong to no domain and the reply's to the venue's, so the jar would keep, and send, both.
    """
    rotated = {cookie.name for cookie in jar if cookie.domain}
    for cookie in [cookie for cookie in jar if not cookie.domain and cookie.name in rotated]:
        jar.clear(cookie.domain, cookie.path, cookie.name)


def _headers(credentials: Credentials | None) -> "requests.structures.CaseInsensitiveDict[str | bytes]":
    headers = requests.structures.CaseInsensitiveDict[str | bytes](
        {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate",
            "accept-language": "en",
            "clienttype": "web",
            "content-type": "application/json",
            "lang": "en",
            "user-agent": "otomat",
        }
    )
    if credentials is not None:
        headers["csrftoken"] = credentials.csrf_token
    return headers


def _fill(jar: RequestsCookieJar, cookie_header: str) -> None:
    for pair in cookie_header.split(";"):
        name, separator, value = pair.strip().partition("=")
        if separator:
            jar.set(name, value)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
