"""A venue as far away as the real one: over TLS with a certificate of our own making, and strict about sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import trustme

from events.orders import OtoOrder
from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Credentials, Hosts, Login
from exchange.alpha.sockets import tls_context
from exchange.alpha.transport import Timeouts
from exchange.paper.settings import PaperSettings, Strictness
from tests.support.paper import PaperVenue, running_venue

ORDER = OtoOrder(
    symbol="ALPHA_382USDT",
    base_asset="ALPHA_382",
    quote_asset="USDT",
    working_price=Decimal("0.0223"),
    quantity=Decimal("1793.72"),
    amount=Decimal("39.999956"),
    pending_price=Decimal("0.0201"),
)


class Certificate(NamedTuple):
    """PEM files: a server's certificate, its key, and the authority that vouches for it."""

    cert_file: str
    key_file: str
    ca_file: str


def certificate(directory: Path, *names: str) -> Certificate:
    """A certificate for these host names, made out by an authority of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    made = Certificate(*(str(directory / name) for name in ("cert.pem", "key.pem", "ca.pem")))
    authority.cert_pem.write_to_path(made.ca_file)
    issued.private_key_pem.write_to_path(made.key_file)
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(made.cert_file, append=number > 0)
    return made


@contextmanager
def far_venue(
    directory: Path, settings: PaperSettings | None = None, names: tuple[str, ...] = ("localhost",)
) -> Iterator[PaperVenue]:
    """The venue in a process of its own; strict unless the settings say otherwise."""
    made = certificate(directory / "tls", *names)
    tls = ("--tls-cert", made.cert_file, "--tls-key", made.key_file)
    chosen = settings or PaperSettings(strict=Strictness())
    with running_venue(directory / "venue", chosen, *tls, ca_file=made.ca_file) as venue:
        yield venue


def hosts_of(venue: PaperVenue) -> Hosts:
    return Hosts(rest_url=venue.url, stream_url=venue.ws, tls=tls_context(venue.ca_file))


def logged_in(venue: PaperVenue, user_id: int = 1) -> Credentials:
    """What the account's owner would copy out of a browser."""
    session = venue.admin("sessions", account=str(user_id))
    return Credentials(session["cookie"], session["csrf_token"])


@contextmanager
def far_client(venue: PaperVenue, login: Login | None = None, *, answer: float = 10) -> Iterator[AlphaClient]:
    """A client of account 1, logged in unless a login is given."""
    login = login or Login(logged_in(venue))
    client = AlphaClient(hosts_of(venue), login, timeouts=Timeouts(answer=answer))
    try:
        yield client
    finally:
        client.close()
