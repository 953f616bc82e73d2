"""How big each package is, on record, so that growth is decided and not found out."""

import json
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.package.dependencies import Arch

RECORD = Path(__file__).with_name("sizes.json")
TOLERATED = 1.10
LARGEST = 3


@dataclass(frozen=True)
class Size:
    """Bytes of a zip, and of its largest top-level parts inside it."""

    zip: int
    largest: dict[str, int]

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {bytes_ / 1e6:.2f}" for name, bytes_ in self.largest.items())
        return f"{self.zip / 1e6:.2f} MB, the largest parts {parts}"


def size_of(archive: Path) -> Size:
    """The size of a zip."""
    parts: Counter[str] = Counter()
    with zipfile.ZipFile(archive) as made:
        for entry in made.infolist():
            parts[entry.filename.partition("/")[0]] += entry.compress_size
    return Size(archive.stat().st_size, dict(parts.most_common(LARGEST)))


def recorded(service: str, arch: Arch, record: Path = RECORD) -> Size | None:
    """What is on record, if anything."""
    kept = json.loads(record.read_text(encoding="utf-8")).get(service, {}).get(arch)
    return Size(**kept) if kept else None


def write_down(service: str, arch: Arch, size: Size, record: Path = RECORD) -> None:
    """Put it on record."""
    kept = json.loads(record.read_text(encoding="utf-8"))
    kept.setdefault(service, {})[arch] = asdict(size)
    record.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def growth(service: str, arch: Arch, size: Size, record: Path = RECORD) -> str:
    """What is wrong with the size; empty when it is at most a tenth more than on record."""
    known = recorded(service, arch, record)
    if known is None:
        return f"the size of {service} for {arch} is not on record: {size}. Record it with --record"
    if size.zip > known.zip * TOLERATED:
        return f"{service} for {arch} has grown from {known} to {size}. If it must be so, record it with --record"
    return ""
