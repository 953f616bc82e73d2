"""A merchant's own gifts: open an activity, give a piece of it, and hear whether it can be had (G8)."""

from dataclasses import dataclass
from datetime import datetime

from services.gifts.activity import Activity, Grant
from services.gifts.refusals import StyleNotOffered
from services.gifts.tables import (
    VAULT,
    create_activity,
    find_activity,
    find_grant,
    find_product,
    give_back_to_pool,
    save_grant,
    take_from_pool,
)
from services.shared.contracts.gifts import GiftGranted
from services.shared.contracts.orders import GrantRefused
from services.shared.plumbing.content_check import check_content
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Begin, Transaction


@dataclass(frozen=True)
class Opening:
    """What an activity is to be."""

    name: str
    product_id: str
    sku_id: str
    pool: int
    budget_fen: int
    ends_at: datetime


@dataclass(frozen=True)
class Words:
    """For whom one piece is, and what stands on its card, in clear."""

    to_openid: str | None
    message: str | None
    giver_name: str | None


def open_activity(shop_id: str, opening: Opening, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """The new activity's id. Raises Invalid when it has ended already, StyleNotOffered for what cannot be given."""
    if opening.ends_at <= now:
        raise Invalid("ends_at has passed")
    _price(opening.product_id, opening.sku_id)
    activity = Activity(
        activity_id=new_id("act"),
        shop_id=shop_id,
        name=opening.name,
        product_id=opening.product_id,
        sku_id=opening.sku_id,
        pool=opening.pool,
        budget_fen=opening.budget_fen,
        ends_at=opening.ends_at,
        created_at=now,
    )
    tx = begin()
    create_activity(tx, activity)
    tx.commit({"shop_id": shop_id, "activity_id": activity.activity_id})
    return activity.activity_id


def give_own(
    shop_id: str, activity_id: str, giver: str, words: Words, *, begin: Begin, now: datetime, new_id: NewId
) -> Grant:
    """Set one piece and its price aside, and ask orders for it. Pool and budget are never passed, whoever gives.

    Raises NotFound, ActivityOver, PoolEmpty, BudgetSpent, StyleNotOffered, ContentRefused.
    """
    check_content("gifts", words.message, words.giver_name)
    activity = find_activity(shop_id, activity_id)
    if activity is None:
        raise NotFound()
    price_fen = _price(activity.product_id, activity.sku_id)
    activity.require(price_fen, now)
    grant = Grant(
        grant_id=new_id("gnt"),
        activity_id=activity_id,
        shop_id=shop_id,
        giver=giver,
        sku_id=activity.sku_id,
        price_fen=price_fen,
        to_openid=words.to_openid,
        message=_sealed(giver, words.message),
        giver_name=_sealed(giver, words.giver_name),
        asked_at=now,
        created_at=now,
    )
    tx = begin()
    take_from_pool(tx, activity, price_fen)
    save_grant(tx, grant, None)
    _ask(tx, grant)
    tx.commit({"grant_id": grant.grant_id})
    return grant


def ask_again(grant_id: str, *, begin: Begin, now: datetime) -> bool:
    """The same question once more, where orders has not answered for a minute; whether it was put."""
    grant = find_grant(grant_id)
    if grant is None or grant.ask_again_at is None or grant.ask_again_at > now:
        return False
    tx, again = begin(), grant.ask_again(now)
    save_grant(tx, again, grant)
    _ask(tx, again)
    tx.commit()
    return True


def refuse_grant(told: GrantRefused, *, begin: Begin) -> None:
    """It cannot be had: pool and budget have it back. Told again it changes nothing. Raises NotYet."""
    grant = find_grant(told.grant_id)
    if grant is None:
        raise NotYet(f"the grant {told.grant_id}")
    if grant.status != "asked":
        return
    tx = begin()
    save_grant(tx, grant.refuse(told.why), grant)
    give_back_to_pool(tx, grant.shop_id, grant.activity_id, grant.price_fen)
    tx.commit()


def _price(product_id: str, sku_id: str) -> int:
    product = find_product(product_id)
    for style in product.styles if product else ():
        if style.sku_id == sku_id:
            return style.price_fen
    raise StyleNotOffered("This style cannot be given now")


def _ask(tx: Transaction, grant: Grant) -> None:
    body = GiftGranted(
        grant_id=grant.grant_id,
        activity_id=grant.activity_id,
        shop_id=grant.shop_id,
        giver=grant.giver,
        sku_id=grant.sku_id,
        most_fen=grant.price_fen,
        to_openid=grant.to_openid,
    )
    tx.emit(body, subject=grant.grant_id, sequence=grant.version, shop=grant.shop_id)


def _sealed(giver: str, text: str | None) -> str | None:
    return VAULT.seal(giver, text) if text else None
