"""Where a push may go: public addresses only, whatever a name resolves to (N3). Pure.

Everything that an operator of ours could be reached at from inside is refused: private and shared networks, this
machine, the link and its metadata services, multicast, what is reserved, and IPv6 addresses that carry an IPv4 one.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

MAX_URL = 1_000
PORTS = frozenset({443, 8443})
REFUSED = tuple(
    ip_network(network)
    for network in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20
    """.split()
)
UNICAST6 = ip_network("2000::/3")  # what is outside: mapped, NAT64, unique local, link-local, multicast, loopback


class NotAllowed(ValueError):
    """A push may not go there; the text says why."""


def is_public(address: str) -> bool:
    """Whether the whole world reaches the same machine under it. False for what is no address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip not in UNICAST6:
        return False
    return not any(ip in network for network in REFUSED if network.version == ip.version)


def is_loopback(address: str) -> bool:
    """Whether it is this machine, by its usual name."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback


def parts_of(url: str, schemes: frozenset[str], ports: frozenset[int] | None) -> SplitResult:
    """A URL's parts; ``ports`` None: any. Raises NotAllowed for one that nothing is pushed to."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed(f"a URL has at most {MAX_URL} characters, all of them ASCII and none a space")
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError as error:
        raise NotAllowed("it is no URL") from error
    if parts.scheme not in schemes:
        raise NotAllowed(f"only {' and '.join(sorted(schemes))} will do")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise NotAllowed("it needs a host, and has neither a user, nor a password, nor a fragment")
    if ports is not None and port not in ports:
        raise NotAllowed(f"only the ports {', '.join(map(str, sorted(ports)))} will do")
    return parts
