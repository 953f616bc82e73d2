"""What sending goods costs, and where they are sent: a shop's freight templates (O13). Pure; fen, pieces, grams.

A product names a template of its shop; without one it goes by the shop's default template, and where there is none it
ships free. An order with goods of several templates pays each template for its own goods, as they travel apart.
A city's rule comes before its province's. Without a place (a quote without one, a gift) it is the default rate, and
only what is free everywhere is free.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

ChargeBy = Literal["piece", "weight"]
Place = tuple[str, ...]  # province, city; empty while nobody has said where to

MAX_TEMPLATES = 20  # all of a shop's lie in one row, which every order of it reads


class Goods(NamedTuple):
    """One line to be sent: ``amount_fen`` is what it costs after its discounts."""

    sku_id: str
    template_id: str
    quantity: int
    weight_g: int
    amount_fen: int


@dataclass(frozen=True)
class Rate:
    """``first_fen`` for the first ``first`` units (pieces, grams), ``more_fen`` for every ``more`` begun after them."""

    first: int
    first_fen: int
    more: int
    more_fen: int

    def fen(self, units: int) -> int:
        """What so many units cost."""
        return self.first_fen + self.more_fen * -(-max(0, units - self.first) // self.more)


@dataclass(frozen=True)
class RegionRate:
    """The rate of these provinces and cities."""

    regions: tuple[str, ...]
    rate: Rate


@dataclass(frozen=True)
class FreeFrom:
    """Free from so much money and from so many pieces (both, where both are given); ``regions`` none: everywhere."""

    from_fen: int | None = None
    from_pieces: int | None = None
    regions: tuple[str, ...] = ()

    def holds(self, amount_fen: int, pieces: int, place: Place) -> bool:
        """Whether goods of one template are free there."""
        return (
            amount_fen >= (self.from_fen or 0)
            and pieces >= (self.from_pieces or 0)
            and (not self.regions or bool(set(self.regions) & set(place)))
        )


@dataclass(frozen=True)
class Terms:
    """What a template says."""

    name: str
    charge_by: ChargeBy
    default_rate: Rate
    rates: tuple[RegionRate, ...] = ()
    free: tuple[FreeFrom, ...] = ()
    not_served: tuple[str, ...] = ()

    def fen(self, goods: Sequence[Goods], place: Place) -> int:
        """What sending these goods there costs."""
        pieces = sum(one.quantity for one in goods)
        amount_fen = sum(one.amount_fen for one in goods)
        if any(rule.holds(amount_fen, pieces, place) for rule in self.free):
            return 0
        grams = sum(one.quantity * one.weight_g for one in goods)
        return self.rate_of(place).fen(pieces if self.charge_by == "piece" else grams)

    def rate_of(self, place: Place) -> Rate:
        """The rate of the smallest part of the place that has one."""
        for name in reversed(place):
            for one in self.rates:
                if name in one.regions:
                    return one.rate
        return self.default_rate


@dataclass(frozen=True)
class Template:
    """A shop's freight template at one version."""

    template_id: str
    terms: Terms
    created_at: datetime
    updated_at: datetime
    version: int = 1


@dataclass(frozen=True)
class Book:
    """All freight templates of a shop."""

    templates: tuple[Template, ...] = ()
    default_id: str = ""
    version: int = 0

    def find(self, template_id: str) -> Template | None:
        """The template with this id."""
        return next((one for one in self.templates if one.template_id == template_id), None)

    def terms_for(self, template_id: str) -> Terms | None:
        """The terms by which a product with this template ships: the default's when the shop has none such."""
        found = self.find(template_id) or self.find(self.default_id)
        return found.terms if found else None

    def fen(self, goods: Iterable[Goods], place: Place) -> int:
        """What sending these goods there costs, each template for its own goods."""
        parcels: dict[int, tuple[Terms, list[Goods]]] = {}
        for one in goods:
            if terms := self.terms_for(one.template_id):
                parcels.setdefault(id(terms), (terms, []))[1].append(one)
        return sum(terms.fen(parcel, place) for terms, parcel in parcels.values())

    def closed_to(self, goods: Iterable[Goods]) -> Mapping[str, frozenset[str]]:
        """Where each style is not sent."""
        found = ((one.sku_id, self.terms_for(one.template_id)) for one in goods)
        return {sku_id: frozenset(terms.not_served if terms else ()) for sku_id, terms in found}

    # ------------------------------------------------------------------------------------------------- moves

    def with_template(self, template: Template, *, default: bool | None) -> "Book":
        """With this template, new or changed; ``default``: whether it is the shop's, None as it was."""
        others = [one for one in self.templates if one.template_id != template.template_id]
        templates = tuple(sorted((*others, template), key=lambda one: one.template_id))
        was = self.default_id == template.template_id
        default_id = self.default_id
        if default:
            default_id = template.template_id
        elif default is False and was:
            default_id = ""
        return replace(self, templates=templates, default_id=default_id, version=self.version + 1)

    def without(self, template_id: str) -> "Book":
        """Without this template."""
        templates = tuple(one for one in self.templates if one.template_id != template_id)
        default_id = "" if self.default_id == template_id else self.default_id
        return replace(self, templates=templates, default_id=default_id, version=self.version + 1)
