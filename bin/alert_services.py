"""Where alerts go: the services' URLs, which are secrets and stand in a file or in the environment.

Apprise speaks to the services. It is some 60 MB, so it is loaded only by those who send, and never by a supervisor.
"""

import hashlib
import logging
import os
import stat
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import msgspec

from bin import environment
from bin.exit_codes import ExitCode

VARIABLE = environment.ALERT_URLS
LONGEST_SEND_S = 20.0
"""A service that answers a byte now and then would hold us for ever."""


class AlertsMisconfigured(Exception):
    """The URLs cannot be had; the message holds none."""

    exit_code = ExitCode.CONFIGURATION


class Service(msgspec.Struct, frozen=True):
    """One service. `name` is a digest of its URL, by which a file may know it; `kind` is the URL's scheme."""

    name: str
    kind: str
    url: str

    def __repr__(self) -> str:
        return f"Service({self.kind} {self.name})"


def services(urls_file: str | None) -> tuple[Service, ...]:
    """Those that the file names, or where there is none the environment. Raises AlertsMisconfigured."""
    if urls_file is None:
        return tuple(service_of(url, VARIABLE) for url in os.environ.get(VARIABLE, "").split())
    lines = (line.strip() for line in _owners_text(Path(urls_file)).splitlines())
    return tuple(service_of(line, urls_file) for line in lines if line and not line.startswith("#"))


def _owners_text(file: Path) -> str:
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AlertsMisconfigured(f"{file} can be read by others, and holds secrets; run: chmod 600 {file}")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise AlertsMisconfigured(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AlertsMisconfigured(f"{file} is no text in UTF-8") from None


def service_of(url: str, where: str) -> Service:
    """`where` says in words where it stands. Raises AlertsMisconfigured, without the URL."""
    kind, separator, _ = url.partition("://")
    if not separator or not kind.isascii() or not kind.replace("+", "").isalnum():
        raise AlertsMisconfigured(f"{where} has a line that is no URL of a service, such as json://host/path")
    return Service(hashlib.sha256(url.encode()).hexdigest()[:12], kind, url)


def send(service: Service, title: str, text: str) -> bool:
    """Whether the service took it. Blocks for LONGEST_SEND_S at most; the calling thread is never held longer."""
    answer: Future[bool] = Future()
    Thread(target=_send, args=(service, title, text, answer), name="alert", daemon=True).start()
    try:
        return answer.result(LONGEST_SEND_S)
    except TimeoutError:
        return False


def _send(service: Service, title: str, text: str, answer: "Future[bool]") -> None:
    try:
        answer.set_result(_notified(service, title, text))
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises may quote the URL, so only its type is told
        logging.getLogger("otomat.alerts").warning("%s while sending to %s", type(error).__name__, service.kind)
        answer.set_result(False)


def _notified(service: Service, title: str, text: str) -> bool:
    import apprise  # noqa: PLC0415 - heavy

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines quote URLs
    post = apprise.Apprise()
    return bool(post.add(service.url)) and bool(post.notify(title=title, body=text))
