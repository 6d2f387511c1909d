"""Who we are to the venue: hosts, credentials, and the HTTP session that carries them (venue protocol notes, 2.3)."""

import hashlib
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Final, NamedTuple

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from exchange.alpha.masks import Masks
from exchange.alpha.sockets import VerifyingAdapter, tls_context

_NOT_OURS: Final = re.compile(
    r"aws-waf-token|_ga|_ga_.*|_gid|_gat.*|_gcl_.*|_fbp|_uetsid|_uetvid|sensorsdata.*|optanon.*", re.IGNORECASE
)
"""Cookies of the bot control, which speak for the person's browser alone, and of those who count visits."""


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the venue is: `https://host` or `http://host:port` for REST, the full WebSocket URL for the stream.

    `tls` is what connections to them share; None: the usual, made anew for each client.
    """

    rest_url: str
    stream_url: str
    tls: ssl.SSLContext | None = None


class Credentials(msgspec.Struct, frozen=True):
    """One account's session: the `cookie` header's text as the browser sends it, and the `csrftoken`.

    Raises ValueError, without the value, when either cannot stand in an HTTP header.
    """

    cookie: str
    csrf_token: str

    def __post_init__(self) -> None:
        for name, text in (("cookie", self.cookie), ("csrf_token", self.csrf_token)):
            if not _is_sendable(text):
                raise ValueError(f"{name}: only printable ASCII can be sent; copy the header's one line again")

    def __repr__(self) -> str:
        return "Credentials(...)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


def paper_credentials(user_id: int) -> Credentials:
    """What the paper venue takes as the session of `user_id`. No secret: it opens nothing else."""
    account = f"paper-{user_id}"
    return Credentials(f"p20t={account}", hashlib.md5(account.encode(), usedforsecurity=False).hexdigest())


Save = Callable[[Mapping[str, str], str], bool]
"""Save renewed cookies, of the login so named; whether that is done. Must not raise: a venue's answer waits for it."""


class Sent(NamedTuple):
    """The headers that say who asks, and which of the owner's logins they belong to."""

    headers: dict[str, str]
    login_id: str


class Login:
    """An account's session as the venue has it now, for all clients of the account together. Any thread.

    Placing an order may renew cookies (venue protocol notes, 2.3), and what one client is given, all must send.
    `login_id` names the occasion on which the owner logged in, for `save`; `masks` knows the secrets in all this.
    """

    def __init__(self, credentials: Credentials, login_id: str = "", save: Save | None = None) -> None:
        self.masks = Masks(*_secrets(credentials))
        self._credentials = credentials
        self._login_id = login_id
        self._save = save
        self._unsaved: dict[str, str] = {}
        self._saving = False
        self._lock = Lock()

    def sent(self) -> Sent:
        """What a request carries now."""
        with self._lock:
            now = self._credentials
            return Sent({"cookie": now.cookie, "csrftoken": now.csrf_token}, self._login_id)

    def reread(self, read: Callable[[], tuple[Credentials, str]]) -> None:
        """Go on with what is kept, and with the name of its login: the account's owner may have logged in again.

        Of the same login, what could not be saved stays: it is newer.
        """
        with self._lock:
            kept, login_id = read()
            if login_id != self._login_id:
                self._unsaved = {}
            self._credentials, self._login_id = renewed(kept, self._unsaved), login_id
            self.masks.know(*_secrets(self._credentials))

    def renew(self, cookies: Mapping[str, str], sent: Sent) -> None:
        """Send these from now on, in place of those of the same names; they came in answer to `sent`.

        What belongs to a login that its owner has replaced meanwhile is of no use. Others may send while one saves.
        """
        with self._lock:
            if sent.login_id != self._login_id:
                return
            before = self._credentials
            self._credentials = renewed(before, cookies)
            self.masks.know(*_secrets(self._credentials))
            self._unsaved |= _changed(cookies_of(before.cookie), cookies_of(self._credentials.cookie))
        if self._save is not None:
            self._save_all(self._save)

    def _save_all(self, save: Save) -> None:
        """One thread saves, also what others are given meanwhile; what cannot be saved waits for the next renewal."""
        saved = True
        while (batch := self._batch(go_on=saved)) is not None:
            cookies, login_id = batch
            saved = save(cookies, login_id)
            with self._lock:
                self._saving = False
                if saved and login_id == self._login_id:
                    self._unsaved = _changed(cookies, self._unsaved)

    def _batch(self, *, go_on: bool) -> tuple[dict[str, str], str] | None:
        with self._lock:
            if self._saving or not self._unsaved or not go_on:
                return None
            self._saving = True
            return dict(self._unsaved), self._login_id


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Those that are new, or have another value."""
    return {name: value for name, value in after.items() if before.get(name) != value}


def renewed(credentials: Credentials, cookies: Mapping[str, str]) -> Credentials:
    """The credentials with these cookies; those that no header can carry, or that are not ours, are left out.

    A token that was made of the cookie `cr00`, as the page is seen to do (section 2.3), is made of the new one.
    """
    sendable = {name: value for name, value in cookies.items() if _is_sendable(name + value) and is_ours(name)}
    all_cookies = cookies_of(credentials.cookie) | sendable
    token = credentials.csrf_token
    if token == _token_of(cookies_of(credentials.cookie)):
        token = _token_of(all_cookies)
    return Credentials("; ".join(f"{name}={value}" for name, value in all_cookies.items()), token)


def is_ours(cookie: str) -> bool:
    """Whether a cookie of that name is sent by us at all."""
    return not _NOT_OURS.fullmatch(cookie)


def cookies_of(header: str) -> dict[str, str]:
    """The cookies of a `cookie` header, by name; of a name that is there twice, the last."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name: value for name, separator, value in pairs if separator}


def _secrets(credentials: Credentials) -> tuple[str, ...]:
    return (*cookies_of(credentials.cookie).values(), credentials.csrf_token)


def _token_of(cookies: Mapping[str, str]) -> str:
    return hashlib.md5(cookies.get("cr00", "").encode(), usedforsecurity=False).hexdigest()


def open_session(hosts: Hosts) -> requests.Session:
    """A session with the page's smallest working header set and one pooled connection; it keeps no cookies itself.

    It never sends anything twice: no retries, and redirects are for the caller to refuse. Connects to nothing by
    itself.
    """
    # At DEBUG urllib3 logs whole URLs, and the query of one of them is the listen key, a secret.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    session = requests.Session()
    session.headers = _headers()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.auth = _no_auth  # or requests would look for the host in the operator's .netrc
    session.trust_env = False  # no proxies: nobody is contacted whom the configuration does not name
    session.adapters.clear()
    session.mount(f"{hosts.rest_url.rstrip('/')}/", _adapter(hosts))  # and no other: elsewhere nothing can be sent
    return session


def _adapter(hosts: Hosts) -> HTTPAdapter:
    if hosts.rest_url.startswith("https:"):
        return VerifyingAdapter(hosts.tls or tls_context())
    return HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=Retry(0, read=False))


def _headers() -> "requests.structures.CaseInsensitiveDict[str | bytes]":
    return requests.structures.CaseInsensitiveDict[str | bytes](
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


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()
