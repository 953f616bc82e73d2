"""What a new shop starts with, so that one call opens a usable one (C1), and what may fill a shelf (C7). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Slot = Literal["newest", "best_selling", "recommended", "group", "manual"]
TemplateName = Literal["general", "food", "gifts"]


@dataclass(frozen=True)
class Shelf:
    """A place on the storefront and what fills it: a rule, a group of the shop, or products in this order (C7)."""

    title: str
    slot: Slot
    group_id: str = ""
    product_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """Presets of a new shop: its notice and its shelves. Freight is free until orders has a template for it."""

    notice: str
    shelves: tuple[Shelf, ...]


_NEWEST, _BEST = Shelf("上新 New", "newest"), Shelf("热卖 Best sellers", "best_selling")
_FOR_YOU = Shelf("为你推荐 For you", "recommended")

TEMPLATES: Mapping[TemplateName, Template] = {
    "general": Template("欢迎光临，下单后 48 小时内发货。", (_NEWEST,)),
    "food": Template("生鲜与食品下单后 24 小时内发货，签收时请当面验货。", (_BEST, _NEWEST)),
    "gifts": Template("可作为礼物送给微信好友，对方填写地址后发货。", (_FOR_YOU, _BEST, _NEWEST)),
}
