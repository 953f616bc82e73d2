"""Categories: a tree of two levels, and what each asks and allows, by date (C2, C3, C4). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.shared.plumbing.problems import Invalid

Kind = Literal["physical", "e_voucher", "card_key"]
Licence = Literal["food_business", "drug_business", "medical_device_business", "publication_business", "education"]

GENERAL_DEPOSIT_FEN = 100_000
GENERAL_FEE_BP = 60


@dataclass(frozen=True)
class Rules:
    """What holds in a category from ``since`` on. ``fee_bp`` is in basis points of what is paid."""

    since: datetime
    deposit_fen: int = GENERAL_DEPOSIT_FEN
    fee_bp: int = GENERAL_FEE_BP
    giftable: bool = True
    kinds: tuple[Kind, ...] = ("physical",)
    seven_day_return: bool = True
    licences: tuple[Licence, ...] = ()
    min_images: int = 3


@dataclass(frozen=True)
class Category:
    """A node. ``rules`` are its versions, oldest first; a version with a future date takes effect by itself."""

    category_id: str
    parent_id: str | None
    name_zh: str
    name_en: str
    rules: tuple[Rules, ...]
    version: int = 0  # how often the platform has edited it

    def at(self, now: datetime) -> Rules:
        """The rules in force: the newest version that has begun, the oldest before any has."""
        begun = [rules for rules in self.rules if rules.since <= now]
        return begun[-1] if begun else self.rules[0]

    def planned(self, now: datetime) -> tuple[Rules, ...]:
        """The versions that have not begun, in the order in which they will."""
        return tuple(rules for rules in self.rules if rules.since > now)

    def ruled(self, rules: Rules, name_zh: str, name_en: str, now: datetime) -> "Category":
        """With other rules from ``rules.since`` on, in place of whatever was planned from then on.

        What is over is left out: the history has it.
        """
        kept = tuple(one for one in (self.at(now), *self.planned(now)) if one.since < rules.since)
        return replace(self, name_zh=name_zh, name_en=name_en, rules=(*kept, rules), version=self.version + 1)

    def holds_already(self, edited: "Category") -> bool:
        """Whether an edit of it says nothing new: these names, and these rules from then on, are its own."""
        last, then = self.rules[-1], edited.rules[-1]
        return (
            (self.name_zh, self.name_en) == (edited.name_zh, edited.name_en)
            and last.since <= then.since
            and replace(then, since=last.since) == last
        )


class Tree:
    """All categories, in the order they are shown. Goods are sold in its leaves."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._by_id: Mapping[str, Category] = {one.category_id: one for one in categories}
        self._parents = {one.parent_id for one in self._by_id.values()}

    @property
    def categories(self) -> tuple[Category, ...]:
        return tuple(self._by_id.values())

    def find(self, category_id: str) -> Category | None:
        """The node with this id."""
        return self._by_id.get(category_id)

    def with_edited(self, edited: Iterable[Category]) -> "Tree":
        """The tree with these in place of its own of the same id; new ones come last."""
        return Tree({**self._by_id, **{one.category_id: one for one in edited}}.values())

    def licences(self, category_id: str, now: datetime) -> tuple[Licence, ...]:
        """What may be sold there only with (C2); nothing for an unknown one."""
        found = self._by_id.get(category_id)
        return found.at(now).licences if found else ()

    def takes(self, category_id: str, kind: Kind, now: datetime) -> bool:
        """Whether products of this kind may be sold there (C4); none may in an unknown one."""
        found = self._by_id.get(category_id)
        return found is not None and kind in found.at(now).kinds

    def leaf(self, category_id: str) -> Category:
        """The category in which something may be sold. Raises Invalid for an unknown one and for a branch."""
        found = self._by_id.get(category_id)
        if found is None:
            raise Invalid(f"There is no category {category_id}", errors=[{"at": "category_id", "why": "unknown"}])
        if category_id in self._parents:
            why = "a branch: choose one of the categories below it"
            raise Invalid(f"The category {category_id} is {why}", errors=[{"at": "category_id", "why": why}])
        return found

    def leaves(self, category_id: str) -> tuple[str, ...]:
        """The leaves under a category, or itself; nothing for an unknown one."""
        if category_id in self._parents:
            return tuple(one.category_id for one in self._by_id.values() if one.parent_id == category_id)
        return (category_id,) if category_id in self._by_id else ()

    def deposit_due_fen(self, category_ids: Iterable[str], now: datetime) -> int:
        """What a shop with these categories owes: their maximum, and the general deposit at the least (C3)."""
        known = [self._by_id[one] for one in category_ids if one in self._by_id]
        return max([GENERAL_DEPOSIT_FEN, *(one.at(now).deposit_fen for one in known)])
