"""Events to and from orders in tests: what catalog and gifts say, how orders hears it, and what it has said."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from services.orders import app as orders
from services.orders.tables import STORE
from services.shared.contracts.catalog import ProductOffered, SkuOffer
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, GiftGranted, StyleAsked
from services.shared.plumbing import ids
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.tables import query
from services.shared.plumbing.vault import Vault
from tests.integration.wire import sqs_event, wrapped

B = TypeVar("B", bound=EventBody)

ADDRESS = {
    "name": "王小明",
    "phone": "13800000000",
    "province": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "detail": "科技路 1 号",
}


def envelope(body: EventBody, emitter: str, subject: str, sequence: int = 1) -> Envelope:
    """An event as its emitter sends it, now."""
    return wrapped(body, emitter=emitter, subject=subject, sequence=sequence)


def tell(body: EventBody, *, emitter: str, subject: str, sequence: int = 1) -> Envelope:
    """Let orders hear a new event."""
    return hear(envelope(body, emitter, subject, sequence))


def hear(event: Envelope) -> Envelope:
    """Bring one event, as orders' queue would; fails the test when orders does."""
    answer = orders.consume(sqs_event(event.model_dump_json()), None)
    assert answer == {"batchItemFailures": []}
    return event


def said(subject: str, body: type[B]) -> list[B]:
    """What orders has told of this subject by this event, in order."""
    return [one.open(body) for one in told_of(subject) if one.name == body.NAME]


def told_of(subject: str) -> list[Envelope]:
    """All that orders has told of this subject, in order."""
    rows = query(STORE.outbox, subject, limit=1000)
    return sorted((Envelope.model_validate_json(row.body) for row in rows), key=lambda one: one.sequence)


def style(
    number: int, stock: int, price_fen: int, original_price_fen: int | None = None, weight_g: int = 0
) -> SkuOffer:
    """A new style, as catalog offers it."""
    return SkuOffer(
        sku_id=ids.new_id("sku"),
        attributes={"款式": str(number)},
        price_fen=price_fen,
        original_price_fen=original_price_fen or price_fen,
        initial_stock=stock,
        weight_g=weight_g,
    )


def offered(shop_id: str, product_id: str, styles: Sequence[SkuOffer], **changes: Any) -> ProductOffered:
    """A product with these styles, as catalog offers it."""
    usual = {"title": "桂花茶", "kind": "physical", "category_id": "tea", "image": None, "giftable": True, "fee_bp": 60}
    return ProductOffered(shop_id=shop_id, product_id=product_id, skus=list(styles), **usual | changes)


def claimed(
    shop_id: str, order_id: str, sku_id: str, recipient: str, *, sub_gift_id: str | None = None, **address: Any
) -> Envelope:
    """Somebody takes a gift, or this one of a gift for many, and gives an address."""
    cipher = Vault(STORE).seal_for("orders", json.dumps(ADDRESS | address))
    sub_gift_id = sub_gift_id or derived_id("sub", order_id)
    taken: dict[str, Any] = {"sub_gift_id": sub_gift_id, "recipient": recipient, "sku_id": sku_id}
    return _by_gifts(GiftClaimed(**_gift(shop_id, order_id), **taken, address_cipher=cipher))


def granted(shop_id: str, sku_id: str) -> Envelope:
    """A merchant gives one of its own."""
    grant_id = ids.new_id("gnt")
    body = GiftGranted(
        grant_id=grant_id,
        activity_id=ids.new_id("act"),
        shop_id=shop_id,
        giver="person:mo",
        sku_id=sku_id,
        most_fen=2_000_000,
        to_openid=None,
    )
    return envelope(body, "gifts", grant_id)


def declined(shop_id: str, order_id: str) -> Envelope:
    """A gift's recipient says no."""
    return _by_gifts(GiftDeclined(**_gift(shop_id, order_id), sub_gift_ids=["sub_1"], recipient="person:rita"))


def expired(shop_id: str, order_id: str, sub_gift_ids: Sequence[str] = ("sub_1",)) -> Envelope:
    """Nobody claimed a gift in time, or these of one for many."""
    return _by_gifts(GiftExpired(**_gift(shop_id, order_id), sub_gift_ids=list(sub_gift_ids)))


def style_asked(shop_id: str, order_id: str, sku_id: str, attempt: int = 1, *, after_claim: bool = False) -> Envelope:
    """A gift's recipient wants another style."""
    asked: dict[str, Any] = {
        "sub_gift_id": derived_id("sub", order_id),
        "attempt": attempt,
        "line_no": 1,
        "sku_id": sku_id,
        "after_claim": after_claim,
    }
    return _by_gifts(StyleAsked(**_gift(shop_id, order_id), **asked))


def _gift(shop_id: str, order_id: str) -> dict[str, Any]:
    gift_id = derived_id("gft", order_id)
    return {"gift_id": gift_id, "order_id": order_id, "shop_id": shop_id, "giver": "person:anna", "title": "桂花茶"}


def _by_gifts(body: GiftClaimed | GiftDeclined | GiftExpired | StyleAsked) -> Envelope:
    return envelope(body, "gifts", body.gift_id)
