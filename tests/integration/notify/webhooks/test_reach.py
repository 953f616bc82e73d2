"""Where a push may go, and how long a peer may keep us (N3): a hostile server on this machine."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.local.webhooks import THIS_MACHINE
from services.notify.webhooks.reach import PUBLIC, READ_AT_MOST, Reach
from tests.integration.notify.webhooks.receiver import Receiver, answering

QUICK = replace(THIS_MACHINE, patience_s=0.5)
PATIENT = replace(THIS_MACHINE, patience_s=30)  # however busy this machine is
Peer = Callable[[socket.socket], None]


@contextmanager
def peer(act: Peer) -> Iterator[int]:
    """A server on this machine that does this with every connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def serve() -> None:
            with server.accept()[0] as connected:
                connected.settimeout(30)
                try:
                    act(connected)
                except OSError:
                    return  # the client has hung up, as it should

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(35)


def ask(reach: Reach, port: int, host: str = "127.0.0.1", scheme: str = "http") -> tuple[str, float]:
    """What was heard, and how many seconds it took."""
    began = time.monotonic()
    heard = reach.ask("POST", f"{scheme}://{host}:{port}/hook", b"{}", {})
    return heard.trouble, time.monotonic() - began


def drip(connected: socket.socket) -> None:
    """A byte at a time, for ever, and never the end of a header."""
    connected.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        connected.sendall(b"a")
        time.sleep(0.02)


def drip_body(connected: socket.socket) -> None:
    """The same behind the headers."""
    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        connected.sendall(b"a")
        time.sleep(0.02)


def silence(connected: socket.socket) -> None:
    """A black hole."""
    while connected.recv(1024):
        pass


def flood(connected: socket.socket) -> None:
    """More than anybody asked for, without an end."""
    connected.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connected.sendall(b"1000\r\n" + b"a" * 0x1000 + b"\r\n")


def flood_headers(connected: socket.socket) -> None:
    """Headers without an end."""
    connected.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connected.sendall(b"X-Much: " + b"a" * 1000 + b"\r\n")


def nonsense(connected: socket.socket) -> None:
    """No HTTP at all."""
    connected.sendall(b"\x00\xff\x00\xff\r\n\r\n")


@pytest.mark.parametrize("act", [drip, drip_body, silence])
def test_a_peer_that_takes_its_time_has_half_a_second_in_all(act: Peer) -> None:
    """However often it says a little."""
    with peer(act) as port:
        trouble, took = ask(QUICK, port)

    assert trouble == "timeout"
    assert 0.4 < took < 20


@pytest.mark.parametrize(("act", "trouble"), [(flood, "too_large"), (flood_headers, "too_large")])
def test_a_peer_that_says_too_much_is_cut_off(act: Peer, trouble: str) -> None:
    """After a few kilobytes, body or headers."""
    with peer(act) as port:
        heard, took = ask(PATIENT, port)

    assert heard in (trouble, "connection")
    assert took < 25


@pytest.mark.parametrize("act", [nonsense, lambda connected: None])
def test_a_peer_that_speaks_something_else_is_a_lost_connection(act: Peer) -> None:
    """As is one that hangs up."""
    with peer(act) as port:
        assert ask(PATIENT, port)[0] == "connection"


def test_a_large_body_is_never_read_whole() -> None:
    """A megabyte that is announced properly."""
    with Receiver(answering("a" * 1_000_000)) as receiver:
        heard = PATIENT.ask("POST", receiver.url, b"{}", {})

    assert len(heard.body) <= READ_AT_MOST


def test_a_redirect_is_not_followed() -> None:
    """Wherever it leads."""
    with Receiver() as inside, Receiver(answering("", 302, {"Location": inside.url})) as outside:
        heard = PATIENT.ask("POST", outside.url, b"{}", {})

    assert (heard.trouble, heard.status) == ("redirect", 302)
    assert inside.pushed == []


def test_a_name_that_is_rebound_is_resolved_once_and_pinned() -> None:
    """Judged and used is one and the same answer: a second one, which leads inside, is never asked for."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with Receiver() as receiver:
        rebinding = replace(PATIENT, resolve=resolve)
        trouble, _ = ask(rebinding, receiver.port, host="rebind.example.com")

    assert (trouble, asked) == ("", ["rebind.example.com"])
    assert receiver.pushed[0].headers["host"] == f"rebind.example.com:{receiver.port}"


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_with_an_address_inside_is_not_connected_to(found: list[str]) -> None:
    """One such address among public ones is enough."""
    with Receiver() as receiver:
        strict = replace(PUBLIC, resolve=lambda host, port: found, ports=None, schemes=frozenset({"http"}))
        trouble, _ = ask(strict, receiver.port, host="inside.example.com")

    assert trouble == "address"
    assert receiver.pushed == []


def test_a_resolver_that_never_answers_takes_no_more_than_the_patience() -> None:
    """It is left behind."""
    waiting = threading.Event()
    stuck = replace(QUICK, resolve=lambda host, port: [str(waiting.wait(30))])

    trouble, took = ask(stuck, 443, host="stuck.example.com")
    waiting.set()

    assert trouble == "timeout"
    assert took < 20


@pytest.mark.parametrize(("name", "trouble"), [("hooks.example.com", ""), ("other.example.com", "tls")])
def test_a_certificate_must_be_for_the_urls_host(tmp_path: Path, name: str, trouble: str) -> None:
    """Though the connection goes to an address."""
    certificate, key = _certificate(tmp_path, "hooks.example.com")
    trusting = ssl.create_default_context(cafile=str(certificate))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)

    def answer(connected: socket.socket) -> None:
        with serving.wrap_socket(connected, server_side=True) as line:
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess")

    with peer(answer) as port:
        reach = replace(PATIENT, resolve=lambda host, _: ["127.0.0.1"], tls=lambda: trusting)
        assert ask(reach, port, host=name, scheme="https")[0] == trouble


def test_a_stranger_to_every_authority_is_not_trusted(tmp_path: Path) -> None:
    """A certificate that somebody signed for himself."""
    certificate, key = _certificate(tmp_path, "hooks.example.com")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)

    def answer(connected: socket.socket) -> None:
        with serving.wrap_socket(connected, server_side=True) as line:
            line.recv(4096)

    with peer(answer) as port:
        reach = replace(PATIENT, resolve=lambda host, _: ["127.0.0.1"])
        assert ask(reach, port, host="hooks.example.com", scheme="https")[0] == "tls"


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Files of a certificate for this name, which signs itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, key_file
