"""What webhooks may reach on one machine: this machine too, without TLS and on any port (N3). It is in no package."""

from dataclasses import replace

from services.notify.webhooks.address import is_loopback, is_public
from services.notify.webhooks.reach import PUBLIC, use

THIS_MACHINE = replace(
    PUBLIC,
    schemes=frozenset({"http", "https"}),
    ports=None,
    permits=lambda address: is_loopback(address) or is_public(address),
)


def allow_this_machine() -> None:
    """For this process."""
    use(THIS_MACHINE)
