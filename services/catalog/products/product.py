"""A product: its online and draft copy, its styles (SKUs), its legal moves (C5). Pure.

            ┌──────────── withdraw ──────────┐
            ▼                                │
new ─ offer ───────────▶ listed ─────────────┘ → delisted ─ offer ─▶ listed
 └─ recycle ─▶ recycled ◀─ recycle ─ (listed, delisted);   recycled ─ offer ─▶ listed, recycled ─ delete ─▶ deleted
new, listed, delisted, recycled ─ ban ─▶ banned ─ unban ─▶ delisted

What is delisted says by what (``Reason``). Its merchant offers again what he took off sale himself, or what a shortage
of his shop did; what the platform holds only the platform lets go. When a shortage ends, exactly what it delisted is
offered again by itself.

What buyers see is the online copy. An edit makes a draft, which becomes the online copy when it passes: at once where
the shop passes its own drafts, else when the platform decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from services.catalog.category import Kind, Rules
from services.shared.plumbing.problems import Conflict, IllegalTransition, Invalid

Status = Literal["new", "listed", "delisted", "recycled", "deleted", "banned"]
# Who or what took it off sale: its merchant; the platform for a risk or a brand; its shop's name, deposit, licence or
# end; its category, which takes its kind no more; the calendar of its shop's move.
Reason = Literal[
    "merchant", "risk", "brand", "brand_certificate", "deposit", "licence", "category", "closed", "migration"
]
DraftStatus = Literal["none", "auditing", "rejected"]
Decision = Literal["pass", "reject"]

MOVES: Mapping[str, frozenset[Status]] = {
    "edit": frozenset({"new", "listed", "delisted"}),
    "offer": frozenset({"new", "delisted", "recycled"}),
    "withdraw": frozenset({"listed"}),
    "recycle": frozenset({"new", "listed", "delisted"}),
    "delete": frozenset({"recycled"}),
    "hold": frozenset({"listed", "delisted"}),
    "release": frozenset({"delisted", "recycled"}),
    "ban": frozenset({"new", "listed", "delisted", "recycled"}),
    "unban": frozenset({"banned"}),
}
PLATFORMS = frozenset({"hold", "release", "ban", "unban"})
# These come and go with the shop's state; those last until the platform lets go.
BY_ITSELF: frozenset[Reason | None] = frozenset(
    {"brand_certificate", "deposit", "licence", "category", "closed", "migration"}
)
HELD: frozenset[Reason | None] = frozenset({"risk", "brand"})
MAX_IMAGES = 9
OVER = "Its time had passed before anybody looked"
NO_PLAN: Mapping[str, Any] = {"list_at": None, "delist_at": None, "plan_missed": ""}


class NotPassed(Conflict):
    slug, title = "product-not-passed", "The product has not passed its audit yet"


class ProductHeld(Conflict):
    """``reason`` says why."""

    slug, title = "product-held", "The platform has taken the product off sale"


class OutProductIdTaken(Conflict):
    slug, title = "out-product-id-taken", "Another product of the shop has this out_product_id"


@dataclass(frozen=True)
class Sku:
    """A style. Money in fen; ``initial_stock`` counts once, when orders first sees the style (C12)."""

    sku_id: str
    attributes: Mapping[str, str]
    price_fen: int
    original_price_fen: int
    initial_stock: int
    out_sku_id: str | None = None
    weight_g: int = 0


@dataclass(frozen=True)
class Copy:
    """What a product says of itself."""

    title: str
    category_id: str
    kind: Kind
    images: tuple[str, ...]
    skus: tuple[Sku, ...]
    short_title: str = ""
    description: str = ""
    giftable: bool = True
    no_delivery_regions: tuple[str, ...] = ()
    freight_template_id: str = ""  # of orders; empty: the shop's default
    max_per_buyer: int = 0  # pieces of all styles; 0: any number
    mini_program_appid: str = ""
    mini_program_path: str = ""  # its page in that mini program

    def check(self, rules: Rules) -> None:
        """Raise Invalid with every rule of its category, and of its styles among each other, that it breaks."""
        broken = []
        if self.kind not in rules.kinds:
            broken.append({"at": "kind", "why": _takes(rules)})
        if len(self.images) < rules.min_images:
            why = f"at least {rules.min_images} are needed, there are {len(self.images)}"
            broken.append({"at": "images", "why": why})
        if bool(self.mini_program_appid) != bool(self.mini_program_path):
            broken.append({"at": "mini_program_path", "why": "a page needs both its mini program and its path"})
        looks = [tuple(sorted(sku.attributes.items())) for sku in self.skus]
        own_ids = [sku.out_sku_id for sku in self.skus if sku.out_sku_id]
        if len(set(looks)) < len(looks):
            broken.append({"at": "skus", "why": "two styles have the same attributes"})
        if len(set(own_ids)) < len(own_ids):
            broken.append({"at": "skus", "why": "two styles have the same out_sku_id"})
        if broken:
            raise Invalid("; ".join(f"{one['at']}: {one['why']}" for one in broken), errors=broken)


def require_kind(kind: Kind, rules: Rules) -> None:
    """Raise Invalid for a kind that its category does not take (C4)."""
    if kind not in rules.kinds:
        raise Invalid(f"kind: {_takes(rules)}", errors=[{"at": "kind", "why": _takes(rules)}])


def _takes(rules: Rules) -> str:
    return f"this category takes {', '.join(rules.kinds)}"


@dataclass(frozen=True)
class Product:
    """A product as it is. ``offered_once``: orders has seen it, so its styles' first stock is settled."""

    product_id: str
    shop_id: str
    out_product_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    status: Status = "new"
    online: Copy | None = None
    draft: Copy | None = None
    draft_status: DraftStatus = "none"
    draft_reason: str = ""
    offered_once: bool = False
    listed_at: datetime | None = None
    list_at: datetime | None = None
    delist_at: datetime | None = None
    plan_missed: str = ""  # why the last planned listing did not come about
    delisted_by: Reason | None = None
    held_reason: str = ""  # what the platform said when it held or banned it
    released_off_sale: bool = False  # it is held, and its merchant has taken it off sale himself since
    terms: tuple[int, bool] | None = None  # of its category, as orders was last told: fee in basis points, giftable

    @property
    def latest(self) -> Copy:
        """What its merchant last wrote."""
        copy = self.draft or self.online
        assert copy is not None
        return copy

    # --------------------------------------------------------------------------------------------------- copies

    def edit(self, copy: Copy, now: datetime, *, auto_pass: bool) -> "Product":
        """With this copy, online at once or as a draft under audit; the same product when nothing differs."""
        if copy == self.latest:
            return self
        if auto_pass or copy == self.online:
            return self._move("edit", now, online=copy, draft=None, draft_status="none", draft_reason="")
        return self._move("edit", now, draft=copy, draft_status="auditing", draft_reason="")

    def decide(self, decision: Decision, reason: str, now: datetime) -> "Product":
        """The platform's word on the draft."""
        if self.draft is None or self.draft_status != "auditing":
            raise IllegalTransition("There is no draft under audit", legal=[])
        if decision == "pass":
            return self._move("edit", now, online=self.draft, draft=None, draft_status="none", draft_reason="")
        return self._move("edit", now, draft_status="rejected", draft_reason=reason)

    # --------------------------------------------------------------------------------------------------- status

    def offer(self, now: datetime) -> "Product":
        """For sale. A listed product stays as it is. Raises NotPassed without an online copy, ProductHeld."""
        if self.status == "listed":
            return self
        if self.delisted_by in HELD:
            raise ProductHeld(self.held_reason, reason=self.delisted_by)
        if self.online is None:
            raise NotPassed(draft_status=self.draft_status)
        over: dict[str, Any] = {"list_at": None, "plan_missed": "", "delisted_by": None, "released_off_sale": False}
        return self._move("offer", now, status="listed", listed_at=now, offered_once=True, **over)

    def withdraw(self, now: datetime) -> "Product":
        """No longer for sale, by its merchant's will, nor planned to be.

        A delisted product stays so, and is not offered again by itself any more, nor when the platform lets it go.
        """
        if self.status == "delisted":
            by = "merchant" if self.delisted_by in BY_ITSELF else self.delisted_by
            return self._changed(now, **NO_PLAN, delisted_by=by, released_off_sale=by in HELD)
        return self._move("withdraw", now, status="delisted", listed_at=None, delisted_by="merchant", **NO_PLAN)

    def recycle(self, now: datetime) -> "Product":
        """Into the bin, from where offering brings it back."""
        if self.status == "recycled":
            return self
        return self._move("recycle", now, status="recycled", listed_at=None, **NO_PLAN)

    def delete(self, now: datetime) -> "Product":
        """Out of the bin, for good."""
        return self._move("delete", now, status="deleted", **NO_PLAN)

    # ------------------------------------------------------------------------------------- not by its merchant's will

    def as_shop_is(self, hindrance: Reason | Literal["left"] | None, now: datetime) -> "Product":
        """With what keeps its shop from selling it, None for nothing: off sale for it, or back for its end.

        That its shop leaves its category is its merchant's will.
        """
        waits = self.status == "delisted" and self.delisted_by in BY_ITSELF
        if hindrance == "left":
            return self.withdraw(now) if self.status == "listed" or waits else self
        if self.status == "listed" and hindrance:
            return self._move("withdraw", now, status="delisted", listed_at=None, delisted_by=hindrance)
        if not waits:
            return self
        return self._changed(now, delisted_by=hindrance) if hindrance else self.offer(now)

    def told(self, terms: tuple[int, bool], now: datetime) -> "Product":
        """On other terms of its category; the same product on the same ones."""
        return self._changed(now, terms=terms)

    def hold(self, by: Reason, reason: str, now: datetime) -> "Product":
        """Off sale until the platform lets go: what is listed, or would be again by itself.

        The same hold again changes nothing.
        """
        if (self.delisted_by, self.held_reason) == (by, reason):
            return self
        if self.status == "delisted" and self.delisted_by not in BY_ITSELF | HELD:
            raise IllegalTransition("Its merchant has taken it off sale already", legal=["ban"])
        return self._move("hold", now, status="delisted", listed_at=None, delisted_by=by, held_reason=reason)

    def release(self, hindrance: Reason | None, now: datetime) -> "Product":
        """Let go of what is held: on sale again, unless something keeps its shop from it, its merchant has taken it off
        sale since, or it lies in the bin."""
        if self.delisted_by not in HELD:
            raise IllegalTransition("The product is not held", legal=[])
        if self.status == "recycled" or self.released_off_sale:
            return self._move("release", now, delisted_by="merchant", held_reason="", released_off_sale=False)
        if hindrance:
            return self._move("release", now, delisted_by=hindrance, held_reason="")
        return replace(self, delisted_by=None, held_reason="").offer(now)

    def ban(self, reason: str, now: datetime) -> "Product":
        """Out of its merchant's hands. The same word again changes nothing."""
        if (self.status, self.held_reason) == ("banned", reason):
            return self
        return self._move("ban", now, status="banned", listed_at=None, held_reason=reason, **NO_PLAN)

    def unban(self, now: datetime) -> "Product":
        """In its merchant's hands again, off sale until he lists it."""
        return self._move("unban", now, status="delisted", delisted_by="merchant", held_reason="")

    # ----------------------------------------------------------------------------------------------------- time

    @property
    def due_at(self) -> datetime | None:
        """When time next does something to it."""
        return min((at for at in (self.list_at, self.delist_at) if at), default=None)

    def planned(self, list_at: datetime, delist_at: datetime | None, now: datetime) -> "Product":
        """To go on sale later, and off it again if asked; instead of what was planned before.

        Raises IllegalTransition for what may not be listed from where it is, Invalid for a wrong order of times.
        """
        if delist_at and delist_at <= list_at:
            raise Invalid("until: it has to be after at", errors=[{"at": "until", "why": "not after at"}])
        return self._plan("offer", now, list_at=list_at, delist_at=delist_at)

    def until(self, delist_at: datetime, now: datetime) -> "Product":
        """To go off sale later: what is listed, or is planned to be. Raises IllegalTransition, Invalid."""
        if delist_at <= (self.list_at or now):
            why = "not after it goes on sale"
            raise Invalid(f"until: {why}", errors=[{"at": "until", "why": why}])
        return self._plan("offer" if self.list_at else "withdraw", now, delist_at=delist_at)

    def unplanned(self, now: datetime) -> "Product":
        """With nothing planned any more, and no word of a plan that failed."""
        return self._changed(now, **NO_PLAN)

    def as_of(self, now: datetime) -> "Product":
        """With what is due by now done; the same when nothing is. Raises what offering raises.

        A listing whose end has passed as well is missed.
        """
        if self.delist_at is not None and self.delist_at <= now:
            waits = self.status == "delisted" and self.delisted_by in BY_ITSELF | HELD
            ended = self.withdraw(now) if waits or self.status == "listed" else self.unplanned(now)
            return replace(ended, plan_missed=OVER) if self.list_at else ended
        return self.offer(now) if self.list_at and self.list_at <= now else self

    def missed(self, why: str, now: datetime) -> "Product":
        """Not on sale as it was planned; its merchant reads why."""
        return self._changed(now, **{**NO_PLAN, "plan_missed": why})

    def _plan(self, move: str, now: datetime, **plan: datetime | None) -> "Product":
        self._require(move)
        return self._changed(now, **plan, plan_missed="")

    def _changed(self, now: datetime, **changes: Any) -> "Product":
        same = replace(self, **changes) == self
        return self if same else replace(self, version=self.version + 1, updated_at=now, **changes)

    def _require(self, move: str) -> None:
        if self.status not in MOVES[move]:
            legal = sorted(name for name, at in MOVES.items() if self.status in at and name not in PLATFORMS)
            raise IllegalTransition(f"A product that is {self.status} cannot {move}", legal=legal)

    def _move(self, move: str, now: datetime, **changes: Any) -> "Product":
        self._require(move)
        return replace(self, version=self.version + 1, updated_at=now, **changes)


def new_product(
    product_id: str, shop_id: str, out_product_id: str | None, copy: Copy, now: datetime, *, auto_pass: bool
) -> Product:
    """A product that is not for sale yet: its copy online at once, or as a draft under audit."""
    product = Product(product_id, shop_id, out_product_id, created_at=now, updated_at=now)
    if auto_pass:
        return replace(product, online=copy)
    return replace(product, draft=copy, draft_status="auditing")


@dataclass(frozen=True)
class Style:
    """A style as its merchant writes it; ``sku_id`` names one that exists."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    price_fen: int = 0
    original_price_fen: int = 0
    initial_stock: int = 0
    out_sku_id: str | None = None
    weight_g: int = 0
    sku_id: str | None = None


def styled(
    styles: Sequence[Style], before: Sequence[Sku], new_id: Callable[[str], str], *, settled: bool
) -> tuple[Sku, ...]:
    """These styles as SKUs: each keeps the id of the one it was before, and that one's first stock once settled.

    A style is the one with its ``sku_id``, else with its ``out_sku_id``, else with its attributes unless both have an
    ``out_sku_id``. Raises Invalid for a ``sku_id`` that the product does not have, and when two styles are one.
    """
    found: list[Sku] = []
    for number, style in enumerate(styles):
        was = _same(style, before)
        if style.sku_id and was is None:
            raise _wrong_style(number, "the product has no such SKU")
        if was is not None and any(one.sku_id == was.sku_id for one in found):
            raise _wrong_style(number, f"two styles are {was.sku_id}")
        found.append(_sku(style, was, new_id, settled=settled))
    return tuple(found)


def _same(style: Style, before: Sequence[Sku]) -> Sku | None:
    if style.sku_id:
        return next((sku for sku in before if sku.sku_id == style.sku_id), None)
    for sku in before:
        if style.out_sku_id and sku.out_sku_id == style.out_sku_id:
            return sku
    for sku in before:
        if sku.attributes == style.attributes and not (sku.out_sku_id and style.out_sku_id):
            return sku
    return None


def _sku(style: Style, was: Sku | None, new_id: Callable[[str], str], *, settled: bool) -> Sku:
    return Sku(
        sku_id=was.sku_id if was else new_id("sku"),
        attributes=dict(style.attributes),
        price_fen=style.price_fen,
        original_price_fen=style.original_price_fen,
        initial_stock=was.initial_stock if was and settled else style.initial_stock,
        out_sku_id=style.out_sku_id,
        weight_g=style.weight_g,
    )


def _wrong_style(number: int, why: str) -> Invalid:
    return Invalid(f"skus.{number}: {why}", errors=[{"at": f"skus.{number}", "why": why}])
