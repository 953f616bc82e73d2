"""Which addresses are refused, however they are written (N3)."""

import pytest

from services.notify.webhooks.address import NotAllowed, is_public, parts_of
from services.notify.webhooks.reach import PUBLIC

INSIDE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.8.8.8
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1
    192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8
    64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0
    fec0::1 ff02::1 3fff::1 localhost example.com 127.1 2130706433 0x7f000001
    """.split()
OUTSIDE = (
    "1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.1 172.32.0.1 2606:4700:4700::1111 2400:3200::1".split()
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    """Private, shared, of this machine, of the link, of metadata, multicast, reserved, or IPv4 inside IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_will_do(address: str) -> None:
    """Also right beside a refused network."""
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com",
        "",
        "https://",
        "https:///hook",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/a\r\nX-Smuggled: 1",
        "https://例子.cn/",
        "https://[::1/",
        "https://example.com/" + "a" * 1_000,
    ],
)
def test_nothing_is_pushed_to_such_a_url(url: str) -> None:
    """Outside of development."""
    with pytest.raises(NotAllowed):
        PUBLIC.parts(url)


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com:8443/a?b=c", "https://xn--fsqu00a.cn/"])
def test_such_a_url_will_do(url: str) -> None:
    """TLS, on its usual ports."""
    assert PUBLIC.parts(url).scheme == "https"


def test_development_names_its_own_schemes_and_ports() -> None:
    """The rules of a URL's form stay."""
    assert parts_of("http://127.0.0.1:9/", frozenset({"http"}), None).port == 9
    with pytest.raises(NotAllowed):
        parts_of("http://u@127.0.0.1:9/", frozenset({"http"}), None)
