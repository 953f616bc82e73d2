"""Where each part of the stack listens, and the note in the data folder that tells others: ``<data>/run.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.child import CannotStart, free_port, require_free
from infra.local.durable import write_json

FILE = "run.json"


@dataclass(frozen=True)
class Ports:
    """One port a part, all on 127.0.0.1."""

    gateway: int
    engine: int
    cloud: int
    wechat_pay: int
    wechat_api: int

    def url(self, part: str) -> str:
        """The base URL of a part, by its field's name."""
        return f"http://127.0.0.1:{getattr(self, part)}"


def choose(data: Path, gateway: int) -> Ports:
    """The given port for the gateway, and for the others the ports of the last start where these are free.

    So an address that was given out before a restart (an upload, a payment's page) stays good. Raises CannotStart when
    the gateway's port is taken.
    """
    try:
        require_free(gateway)
    except CannotStart:
        raise CannotStart(f"port {gateway} is taken; choose another with --port N") from None
    last, taken = _last(data), {gateway}
    chosen: dict[str, int] = {}
    for part in ("engine", "cloud", "wechat_pay", "wechat_api"):
        port = last.get(part, 0)
        while port in taken or not _usable(port):
            port = free_port()
        taken.add(port)
        chosen[part] = port
    return Ports(gateway=gateway, **chosen)


def remember(data: Path, ports: Ports, pid: int) -> None:
    """Write down where the stack runs."""
    write_json(data / FILE, {"pid": pid, "url": ports.url("gateway"), "ports": asdict(ports)})


def _last(data: Path) -> dict[str, int]:
    try:
        return dict(json.loads((data / FILE).read_text(encoding="utf-8"))["ports"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # nothing depends on it: other ports do as well


def _usable(port: int) -> bool:
    if not isinstance(port, int) or not 1024 <= port < 65_536:
        return False
    try:
        require_free(port)
    except CannotStart:
        return False
    return True
