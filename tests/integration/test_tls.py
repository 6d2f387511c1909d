"""The venue over TLS: who is believed, who is contacted, and how long anybody is waited for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Credentials, Hosts, Login
from exchange.alpha.sockets import tls_context
from exchange.alpha.stream import AlphaStream, StreamTimings
from exchange.alpha.transport import Timeouts
from exchange.errors import StreamClosed, Unauthorised, Unavailable, Unknown, Untrusted, VenueError
from exchange.paper.settings import PaperSettings, Strictness
from tests.support.far_venue import ORDER, Certificate, certificate, far_client, far_venue, hosts_of, logged_in
from tests.support.odd_server import (
    Behaviour,
    OddServer,
    answering,
    hanging,
    http_reply,
    odd_server,
    over_tls,
    trickling,
    trickling_head,
)
from tests.support.odd_stream import ACK, Peer, accepting, server_frame, subscribed
from tests.support.paper import PaperVenue

SECRET = "4c0ffee5ec4e7"
LOGIN = Login(Credentials(f"p20t={SECRET}", SECRET))
KEY_REPLY = http_reply('{"code":"000000","data":"0123456789abcdef0123456789abcdef","success":true}')
PATIENCE_S = 3
"""A slow server's client gives up after 0.3 s; this is when a test says that it does not."""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    settings = PaperSettings(strict=Strictness(rotation_grace_ms=0))
    with far_venue(tmp_path_factory.mktemp("far"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@contextmanager
def odd_client(server: OddServer, ca_file: str | None) -> Iterator[AlphaClient]:
    """A client that is soon impatient with a server of raw sockets."""
    hosts = hosts_at(server, ca_file)
    client = AlphaClient(hosts, LOGIN, timeouts=Timeouts(connect=0.3, answer=0.3))
    try:
        yield client
    finally:
        client.close()


def hosts_at(server: OddServer, ca_file: str | None, name: str = "localhost") -> Hosts:
    where = f"{name}:{server.port}"
    return Hosts(rest_url=f"https://{where}", stream_url=f"wss://{where}/s", tls=tls_context(ca_file))


def outcome(ours: Certificate, behaviour: Behaviour) -> VenueError:
    """What a placement ends in at a server that behaves like this behind TLS; it must end soon."""
    secure = over_tls(ours.cert_file, ours.key_file, behaviour)
    began = time.monotonic()
    with odd_server(secure) as server, odd_client(server, ours.ca_file) as client, pytest.raises(VenueError) as caught:
        client.place_oto(ORDER)
    assert time.monotonic() - began < PATIENCE_S
    return caught.value


def test_an_account_trades_over_tls(venue: PaperVenue) -> None:
    """Placement, stream and look-up work with a certificate whose authority the configuration names."""
    with far_client(venue) as client:
        stream = AlphaStream(hosts_of(venue))
        stream.subscribe(client.create_listen_key())
        placed = client.place_oto(ORDER)
        report = stream.receive(10)
        stream.close()
        assert report is not None
        assert placed.working_order_id == str(int(placed.pending_order_id) - 1)


def test_cookies_that_a_placement_renews_are_sent_from_then_on(venue: PaperVenue) -> None:
    """The strict venue has refused the old ones since the new ones were seen, and the client has moved on."""
    given = logged_in(venue, 2)
    with far_client(venue, Login(given)) as client:
        client.place_oto(ORDER)
        client.user_volume()
        with far_client(venue, Login(given)) as behind, pytest.raises(Unauthorised):
            behind.user_volume()
        client.user_volume()


def test_a_session_that_the_venue_did_not_give_has_expired(venue: PaperVenue) -> None:
    """An account with another's token, or none of the venue's cookies, is unauthorised."""
    given = logged_in(venue, 3)
    for cookie, token in ((given.cookie, "0" * 32), ("p20t=paper-3", given.csrf_token)):
        with far_client(venue, Login(Credentials(cookie, token))) as client, pytest.raises(Unauthorised):
            client.user_volume()


def test_calls_of_an_account_share_one_connection(ours: Certificate) -> None:
    """The TLS handshake is made once."""
    behaviour = over_tls(ours.cert_file, ours.key_file, answering(KEY_REPLY, KEY_REPLY, KEY_REPLY))
    with odd_server(behaviour) as server, odd_client(server, ours.ca_file) as client:
        for _ in range(3):
            client.create_listen_key()
        assert server.connections == 1


@pytest.mark.parametrize(
    ("names", "trusted", "host"),
    [
        (("other.example",), "trusted", "localhost"),
        (("localhost",), "trusted", "127.0.0.1"),
        (("localhost",), "", "localhost"),
    ],
    ids=["of another name", "of a name and not the address", "of an authority that is not ours"],
)
def test_a_certificate_that_does_not_fit_is_refused(
    tmp_path: Path,
    names: tuple[str, ...],
    trusted: str,
    host: str,
) -> None:
    """Before the session's secrets are told: the server sees no request, over HTTP or WebSocket."""
    made = certificate(tmp_path, *names)
    heard: list[bytes] = []
    noting = over_tls(made.cert_file, made.key_file, lambda connection, _over: heard.append(connection.recv(1)))
    with odd_server(noting) as server:
        hosts = hosts_at(server, made.ca_file if trusted else None, host)
        client = AlphaClient(hosts, LOGIN, timeouts=Timeouts(connect=2, answer=2))
        with pytest.raises(Untrusted, match="nothing was sent, as the certificate was refused") as caught:
            client.place_oto(ORDER)
        with pytest.raises(Untrusted):
            AlphaStream(hosts).subscribe(SECRET)
        client.close()
    assert SECRET not in str(caught.value)
    assert server.connections == 2
    assert not heard


@pytest.mark.parametrize(
    "setting", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE"]
)
def test_the_environment_cannot_make_us_trust_anybody(
    ours: Certificate, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Only the settings file names authorities."""
    monkeypatch.setenv(setting, ours.ca_file)
    with odd_server(over_tls(ours.cert_file, ours.key_file, answering(KEY_REPLY))) as server:
        with odd_client(server, None) as client, pytest.raises(Untrusted):
            client.create_listen_key()
        with pytest.raises(Untrusted):
            AlphaStream(hosts_at(server, None)).subscribe(SECRET)


def test_proxies_of_the_environment_are_not_used(ours: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for calls nor for the stream: a proxy is a host that the configuration does not name."""
    with odd_server(answering()) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        behaviours = (over_tls(ours.cert_file, ours.key_file, one) for one in (answering(KEY_REPLY), subscribed()))
        with odd_server(*behaviours) as server, odd_client(server, ours.ca_file) as client:
            key = client.create_listen_key()
            client.close()
            stream = AlphaStream(hosts_at(server, ours.ca_file))
            stream.subscribe(key)
            stream.close()
        assert (server.connections, proxy.connections) == (2, 0)


def test_redirects_are_not_followed(ours: Certificate) -> None:
    """Neither a call nor the stream goes where the venue's answer points to."""
    with odd_server(answering(KEY_REPLY)) as elsewhere:
        away = http_reply("", status="307 Temporary Redirect", headers=f"location: {elsewhere.url}/bapi\r\n")
        with odd_server(over_tls(ours.cert_file, ours.key_file, answering(away))) as server:
            with odd_client(server, ours.ca_file) as client, pytest.raises(VenueError):
                client.create_listen_key()
            with pytest.raises(Unavailable):
                AlphaStream(hosts_at(server, ours.ca_file)).subscribe(SECRET)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("behaviour", [trickling_head, trickling, hanging])
def test_a_slow_server_keeps_nobody_waiting(ours: Certificate, behaviour: Behaviour) -> None:
    """A head or a body that comes byte by byte, or never, is unknown when the time is up, however busy it looks."""
    assert isinstance(outcome(ours, behaviour), Unknown)


def test_a_handshake_that_never_ends_is_given_up_with_nothing_sent(ours: Certificate) -> None:
    """A server that takes the connection and says nothing."""
    with (
        odd_server(hanging) as server,
        odd_client(server, ours.ca_file) as client,
        pytest.raises(Unavailable) as caught,
    ):
        client.place_oto(ORDER)
    assert caught.value.outcome == "unavailable"


def test_a_slow_stream_keeps_nobody_waiting(ours: Certificate) -> None:
    """Neither the handshake nor a frame that comes byte by byte holds the reader beyond its time."""
    began = time.monotonic()
    timings = StreamTimings(connect=0.3, ack=0.3, ping=0.1)
    with odd_server(over_tls(ours.cert_file, ours.key_file, trickling_head)) as server, pytest.raises(Unavailable):
        AlphaStream(hosts_at(server, ours.ca_file), timings=timings).subscribe(SECRET)
    with odd_server(over_tls(ours.cert_file, ours.key_file, accepting(_trickle_a_frame))) as server:
        stream = AlphaStream(hosts_at(server, ours.ca_file), timings=timings)
        stream.subscribe(SECRET)
        with pytest.raises(StreamClosed, match="pings unanswered"):
            stream.receive(PATIENCE_S)
    assert time.monotonic() - began < PATIENCE_S


def _trickle_a_frame(peer: Peer, over: threading.Event) -> None:
    peer.hear()
    peer.send(ACK)
    for byte in server_frame("x" * 60_000):
        if over.wait(0.02):
            return
        peer.connection.sendall(bytes([byte]))
