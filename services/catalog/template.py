"""What a new shop starts with, so that one call opens a usable one (C1). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Slot = Literal["newest"]
TemplateName = Literal["general"]


@dataclass(frozen=True)
class Shelf:
    """A place on the storefront and what fills it (C7)."""

    title: str
    slot: Slot


@dataclass(frozen=True)
class Template:
    """Presets of a new shop: its notice to buyers and its shelves."""

    notice: str
    shelves: tuple[Shelf, ...]


TEMPLATES: Mapping[TemplateName, Template] = {
    "general": Template(notice="欢迎光临，下单后 48 小时内发货。", shelves=(Shelf("上新 New", "newest"),)),
}
