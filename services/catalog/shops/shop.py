"""A shop: its audit, what it still needs before it may sell, its legal moves (C1, C2, C3). Pure.

draft ─ submit ─▶ submitted ─ pass ──▶ passed
  ▲                   │ ▲
  │                reject └─ submit ─┐
  └ open(submit=false) └──────▶ rejected        (rejected and draft shops are edited freely, then submitted)

any of them ─ close ─▶ closing ─ its products are off sale ─▶ cancelled

It enters a category with the first product that it lists there. It leaves one when its owner says so: what it sells
there goes off sale, and then the category is no longer among those whose deposit it owes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from services.catalog.category import Category, Kind, Licence, Tree
from services.catalog.migrations.calendar import Bound, Legacy
from services.catalog.shops.licence import Certificate, brands_at, licences_at
from services.catalog.shops.template import Shelf, Template
from services.catalog.shown_text import normal_form
from services.shared.plumbing.problems import Conflict, IllegalTransition, Invalid

Subject = Literal["enterprise", "individual_business", "person"]
Status = Literal["draft", "submitted", "passed", "rejected", "closing", "cancelled"]
Need = Literal["subject", "audit", "payment_account", "deposit", "brand_certificate", "migration"]
Hindrance = Literal["closed", "migration", "left", "brand_certificate", "deposit", "licence"]
Lack = Literal["deposit", "licence", "brand_certificate"]  # of hindrances
AccountKind = Literal["service_account", "subscription_account", "channels", "mini_program"]
Decision = Literal["pass", "reject"]

# From which states a move may be made.
MOVES: Mapping[str, frozenset[Status]] = {
    "submit": frozenset({"draft", "rejected"}),
    "decide": frozenset({"submitted"}),
    "edit": frozenset({"draft", "submitted", "passed", "rejected"}),
    "close": frozenset({"draft", "submitted", "passed", "rejected"}),
    "cancel": frozenset({"closing"}),
}


CLOSED: frozenset[Status] = frozenset({"closing", "cancelled"})
DEPOSIT_KEPT = timedelta(days=30)  # after a shop was closed: orders in progress go on, and their after-sales


class SubjectNotEligible(Invalid):
    slug, title = "subject-not-eligible", "This kind of subject cannot open a shop"


class NameTaken(Conflict):
    slug, title = "name-taken", "Another shop has this name"


class ShopCannotSell(Conflict):
    """``missing`` says what the shop still needs."""

    slug, title = "shop-cannot-sell", "The shop may not sell yet"


class LicenceMissing(ShopCannotSell):
    """``licences`` says which ones the category asks for and the shop does not have."""

    slug, title = "licence-missing", "The category needs a licence that the shop does not have"


class ListingClosed(ShopCannotSell):
    """``phase`` says where its source's calendar is."""

    slug, title = "listing-closed", "The shop moves here, and lists no new physical products until that is over"


class ShopReadOnly(Conflict):
    """``phase`` says where its source's calendar is."""

    slug, title = "shop-read-only", "The shop moves here, and is read-only until that is over"


class DepositShort(Conflict):
    """``needed_fen`` and ``paid_fen`` say by how much."""

    slug, title = "deposit-short", "The shop's deposit does not cover this category"


class DepositNeeded(Conflict):
    """``free_fen`` says how much may go back now, ``free_at`` when all may, of a closed shop."""

    slug, title = "deposit-needed", "The shop's deposit has to hold that"


@dataclass(frozen=True)
class PaymentAccount:
    """Where the shop's money goes: a merchant number under the platform's, with the shop's own app where it has one, or
    a reference to a settlement account."""

    sub_mchid: str | None
    settlement_reference: str | None
    updated_at: datetime
    sub_appid: str | None = None


@dataclass(frozen=True)
class LinkedAccount:
    """An account of the merchant's elsewhere in WeChat. ``verified``: the platform has seen that it is his."""

    kind: AccountKind
    account_id: str
    name: str
    updated_at: datetime
    verified: bool = False


@dataclass(frozen=True)
class Shop:
    """A shop as it is. ``contact`` is ciphertext under the owner's key; ``deposit_fen`` what has been paid in fen;
    ``held`` what keeps it from selling in which of its categories, as its products were last told; ``leaving`` the
    categories that it leaves, with the version of the shop that said so; ``brands`` whose certificates its name needs;
    ``refund_at`` when a closed shop's deposit goes back; ``due_at`` when time next changes something about it."""

    shop_id: str
    owner: str
    name: str
    subject_type: Subject
    status: Status
    contact: str
    notice: str
    shelves: tuple[Shelf, ...]
    created_at: datetime
    updated_at: datetime
    version: int = 1
    audit_reason: str = ""
    auto_pass: bool = True
    payment_account: PaymentAccount | None = None
    deposit_fen: int = 0
    categories: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    leaving: Mapping[str, int] = field(default_factory=dict)
    brands: tuple[str, ...] = ()
    held: Mapping[str, Hindrance] = field(default_factory=dict)
    accounts: tuple[LinkedAccount, ...] = ()
    refund_at: datetime | None = None
    due_at: datetime | None = None
    legacy: Legacy | None = None  # where it came from, and where that calendar is (M1)

    # -------------------------------------------------------------------------------------------------- audit

    def submit(self, now: datetime) -> "Shop":
        """Ask the platform to look at it. A submitted shop stays as it is."""
        return self if self.status == "submitted" else self._move("submit", now, status="submitted", audit_reason="")

    def decide(self, decision: Decision, reason: str, now: datetime) -> "Shop":
        """The platform's word. The same word again changes nothing."""
        status: Status = "passed" if decision == "pass" else "rejected"
        if (self.status, self.audit_reason) == (status, reason):
            return self
        return self._move("decide", now, status=status, audit_reason=reason)

    def change_subject(self, subject_type: Subject, now: datetime) -> "Shop":
        """A private person's shop becomes a business's, and is looked at again (C1); the same one changes nothing."""
        if self.subject_type == subject_type:
            return self
        if self.subject_type != "person":
            raise IllegalTransition("Another business opens a shop of its own", legal=[])
        if subject_type == "person":
            raise SubjectNotEligible()
        return self._move("edit", now, subject_type=subject_type, status="submitted", audit_reason="")

    def close(self, now: datetime) -> "Shop":
        """For good; it is cancelled once nothing of it is on sale. A closed shop stays as it is."""
        if self.status in CLOSED:
            return self
        status: Status = "closing" if self.present_in else "cancelled"
        return self._move("close", now, status=status, refund_at=now + DEPOSIT_KEPT)

    def cancel(self, now: datetime) -> "Shop":
        """Nothing of it is on sale any more."""
        return self._move("cancel", now, status="cancelled")

    def leave(self, category_id: str, now: datetime) -> "Shop":
        """To sell there no more, from now on; it has left once nothing of it is on sale there. A shop that does not
        sell there stays as it is."""
        if category_id not in self.categories:
            return self
        left = tuple(one for one in self.categories if one != category_id)
        return self._move("edit", now, categories=left, leaving={**self.leaving, category_id: self.version + 1})

    def left(self, leaving: Mapping[str, int], now: datetime) -> "Shop":
        """Nothing of it is on sale any more in these categories, unless it has come back there since."""
        stays = {one: version for one, version in self.leaving.items() if leaving.get(one) != version}
        return self if stays == self.leaving else self._changed(now, leaving=stays)

    def edit(self, now: datetime, **changes: Any) -> "Shop":
        """With other values of its own fields; the same shop when nothing differs."""
        return self if replace(self, **changes) == self else self._move("edit", now, **changes)

    def _move(self, move: str, now: datetime, **changes: Any) -> "Shop":
        if self.status not in MOVES[move]:
            legal = sorted(name for name, states in MOVES.items() if self.status in states)
            raise IllegalTransition(f"A shop that is {self.status} cannot {move}", legal=legal)
        return self._changed(now, **changes)

    def _changed(self, now: datetime, **changes: Any) -> "Shop":
        return replace(self, version=self.version + 1, updated_at=now, **changes)

    # --------------------------------------------------------------------------------------------- may it sell

    @property
    def present_in(self) -> frozenset[str]:
        """The categories in which something of it may be on sale."""
        return frozenset(self.categories).union(self.leaving)

    def deposit_due_fen(self, tree: Tree, now: datetime) -> int:
        """The maximum over its categories, as of now, with those that it has not left yet (C3)."""
        return tree.deposit_due_fen(self.present_in, now)

    def deposit_free_fen(self, tree: Tree, now: datetime) -> int:
        """What it may have back: what is above what it owes, and all some time after it was closed (C3)."""
        if self.status in CLOSED:
            return self.deposit_fen if self.status == "cancelled" and (self.refund_at or now) <= now else 0
        return max(0, self.deposit_fen - self.deposit_due_fen(tree, now))

    def refunds_itself(self, now: datetime) -> bool:
        """Whether what is left of its deposit goes back without being asked for: it was closed long enough ago."""
        over = self.refund_at is not None and self.refund_at <= now
        return self.status == "cancelled" and over and self.deposit_fen > 0

    def refund(self, amount_fen: int, tree: Tree, now: datetime) -> "Shop":
        """With so much less of a deposit. Raises DepositNeeded."""
        free_fen = self.deposit_free_fen(tree, now)
        if amount_fen > free_fen:
            free_at = self.refund_at.isoformat() if self.refund_at and self.status in CLOSED else None
            raise DepositNeeded(f"{free_fen} fen may go back now", free_fen=free_fen, free_at=free_at)
        return self._changed(now, deposit_fen=self.deposit_fen - amount_fen)

    def keep(self, amount_fen: int, now: datetime) -> "Shop":
        """With so much of its deposit that could not go back. Once all goes back of a closed shop, it is asked for from
        then on, not sent by itself; until then it stays as long as the rest."""
        over = self.refund_at is not None and self.refund_at <= now
        refund_at = None if over else self.refund_at
        return self._changed(now, deposit_fen=self.deposit_fen + amount_fen, refund_at=refund_at)

    def missing(self, tree: Tree, now: datetime) -> tuple[Need, ...]:
        """What it needs before it may sell."""
        needs: Mapping[Need, bool] = {
            "subject": self.subject_type == "person",
            "audit": self.status != "passed",
            "payment_account": self.payment_account is None,
            "deposit": self.deposit_fen < self.deposit_due_fen(tree, now),
            "brand_certificate": bool(self.lacks_brands(now)),
            "migration": "all" in self.bound,
        }
        return tuple(need for need, open_ in needs.items() if open_)

    def can_sell(self, tree: Tree, now: datetime) -> bool:
        return not self.missing(tree, now)

    def lacks(self, category_id: str, tree: Tree, now: datetime) -> tuple[Licence, ...]:
        """The licences that it would need there and does not have now (C2)."""
        has = licences_at(self.certificates, now)
        return tuple(one for one in tree.licences(category_id, now) if one not in has)

    def lacks_brands(self, now: datetime) -> tuple[str, ...]:
        """The brands in its name whose certificates it had when it took the name, and has no longer (C1)."""
        has = {normal_form(one) for one in brands_at(self.certificates, now)}
        return tuple(one for one in self.brands if normal_form(one) not in has)

    def enter(self, category: Category, tree: Tree, now: datetime) -> "Shop":
        """The shop, ready to sell in this category; the same when it already sells there.

        Raises ShopCannotSell, LicenceMissing, and DepositShort when only this category asks for more than was paid.
        """
        missing = self.missing(tree, now)
        if missing:
            raise ShopCannotSell(f"Still missing: {', '.join(missing)}", missing=list(missing))
        lacks = self.lacks(category.category_id, tree, now)
        if lacks:
            detail = f"Hand in as a qualification and have it passed: {', '.join(lacks)}"
            raise LicenceMissing(detail, licences=list(lacks))
        needed = tree.deposit_due_fen([category.category_id], now)
        if self.deposit_fen < needed:
            raise DepositShort(needed_fen=needed, paid_fen=self.deposit_fen)
        stays = {one: version for one, version in self.leaving.items() if one != category.category_id}
        return self.edit(now, categories=tuple(sorted({*self.categories, category.category_id})), leaving=stays)

    # ---------------------------------------------------------------------------------------- where it came from

    @property
    def bound(self) -> frozenset[Bound]:
        """What it may not while it moves here (M1); a private person's shop also behind that (M5)."""
        return self.legacy.binds(private=self.subject_type == "person") if self.legacy else frozenset()

    def bound_by(self, legacy: Legacy, now: datetime) -> "Shop":
        """Its next version, at this place of its source's calendar; in whatever state it is."""
        return replace(self, legacy=legacy, version=self.version + 1, updated_at=now)

    def require_open(self) -> None:
        """Raise ShopReadOnly while its members may write nothing."""
        if "all" in self.bound and self.legacy:
            raise ShopReadOnly(self._way_out(), phase=self.legacy.phase)

    def admit(self, kind: Kind, *, first: bool = True) -> None:
        """Raise ListingClosed for the listing of such a product, which it may not. ``first``: it was never on sale."""
        if first and kind == "physical" and "new_physical" in self.bound and self.legacy:
            raise ListingClosed(missing=["migration"], phase=self.legacy.phase)
        if kind == "e_voucher" and "e_voucher" in self.bound and self.legacy:
            detail = "The shop moves here, and sells no e-vouchers until that is over"
            raise ListingClosed(detail, missing=["migration"], phase=self.legacy.phase)

    def _way_out(self) -> str:
        if self.subject_type == "person":
            return "Register an individual business or a company, and change the shop's subject to it"
        return "It ends by itself when its source's move is done"

    # ------------------------------------------------------------------------------------- what time does to it

    def hindrance(self, category_id: str, tree: Tree, now: datetime) -> Hindrance | None:
        """What keeps it from going on selling in this category: it is closed or leaves, its name, its deposit, a
        licence."""
        if self.status in CLOSED:
            return "closed"
        if category_id in self.leaving:
            return "left"
        if "all" in self.bound:
            return "migration"
        if self.lacks_brands(now):
            return "brand_certificate"
        if self.deposit_fen < tree.deposit_due_fen({*self.present_in, category_id}, now):
            return "deposit"
        return "licence" if self.lacks(category_id, tree, now) else None

    def hinders(
        self, category_id: str, kind: Kind, tree: Tree, now: datetime
    ) -> Hindrance | Literal["category"] | None:
        """What keeps it from going on selling products of this kind there."""
        if kind == "e_voucher" and "e_voucher" in self.bound and self.status not in CLOSED:
            return "migration"
        taken = tree.takes(category_id, kind, now)
        return self.hindrance(category_id, tree, now) or (None if taken else "category")

    def settled(self, tree: Tree, now: datetime) -> "Shop":
        """This version of it, saying what keeps it from selling where, and when time next changes something."""
        found = {one: self.hindrance(one, tree, now) for one in sorted(self.present_in)}
        held = {category: hindrance for category, hindrance in found.items() if hindrance}
        ahead = [at for one in self.certificates for at in one.moments(now)]
        if self.status in CLOSED:
            ahead = [self.refund_at] if self.status == "cancelled" and self.refund_at and self.deposit_fen else []
        due_at = min(ahead, default=None)
        return replace(self, held=held, due_at=due_at)

    def tells_products(self, before: "Shop") -> bool:
        """Whether its products have to hear what keeps it from selling: where it still sells, that has changed."""
        return self.held != {one: why for one, why in before.held.items() if one in self.present_in}

    def newly_held(self, before: "Shop") -> tuple[Lack, ...]:
        """What its merchant could mend and keeps it from selling somewhere, other than before."""
        new = {why for one, why in self.held.items() if before.held.get(one) != why}
        return tuple(why for why in get_args(Lack) if why in new)

    def reviewed(self, tree: Tree, now: datetime) -> "Shop":
        """Its next version when time or the platform's rules have changed something about it, else the same."""
        warned = replace(self, certificates=tuple(one.warned_at(now) for one in self.certificates))
        if warned.settled(tree, now) == self:
            return self
        return replace(warned, version=self.version + 1, updated_at=now)

    def certified(self, certificates: Iterable[Certificate], now: datetime) -> "Shop":
        """With these passed qualifications."""
        return self.edit(now, certificates=tuple(certificates))


def new_shop(
    *,
    shop_id: str,
    owner: str,
    name: str,
    subject_type: Subject,
    contact: str,
    template: Template,
    submit: bool,
    now: datetime,
) -> Shop:
    """A shop from a template, submitted at once or a draft. Raises SubjectNotEligible for a private person."""
    if subject_type == "person":
        raise SubjectNotEligible(
            "A private person cannot open a shop. Register an individual business with the market authority, "
            "then open the shop with subject_type individual_business",
            eligible=["enterprise", "individual_business"],
        )
    return Shop(
        shop_id=shop_id,
        owner=owner,
        name=name,
        subject_type=subject_type,
        status="submitted" if submit else "draft",
        contact=contact,
        notice=template.notice,
        shelves=template.shelves,
        created_at=now,
        updated_at=now,
    )
