"""Every verb of gifts as one act that may be repeated."""

from services.gifts import app as gifts
from services.gifts.sweep_gifts import sweep_gift
from services.gifts.tables import STORE
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, ProductWithdrawn, ShopChanged, SkuOffer
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.gifts import StyleAsked
from services.shared.contracts.orders import GiftCleared, RefundSucceeded, StyleAnswered
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.tables import Begin, Transaction
from tests.integration.gifts.scene import PRICE_FEN, Scene
from tests.integration.verbs.scenario import Act, Scenarios, answered, brought

verb = Scenarios[Scene]("gifts")


def told(scene: Scene, body: EventBody, subject: str, sequence: int = 1) -> Act:
    """Bring what catalog or orders says."""
    envelope = Envelope.wrap(
        body,
        event_id=new_id("evt"),
        emitter=body.NAME.partition(".")[0],
        shop=scene.shop,
        occurred_at=scene.hands.at,
        subject=subject,
        sequence=sequence,
        trace="",
    )
    return brought(gifts.consume, envelope)


@verb("orders.order_paid")
def make_gift(scene: Scene) -> Act:
    """For one, with words for the card."""
    order_id = new_id("ord")
    return told(scene, scene.paid(order_id), order_id)


@verb("orders.order_paid")
def make_no_gift(scene: Scene) -> Act:
    """An ordinary order is no concern of gifts."""
    order_id = new_id("ord")
    return told(scene, scene.paid(order_id, gift=False), order_id)


@verb("orders.order_paid")
def make_gift_for_a_group(scene: Scene) -> Act:
    """For five."""
    order_id = new_id("ord")
    return told(scene, scene.paid(order_id, mode="group", recipients=5), order_id)


@verb("orders.gift_cleared")
def make_gift_once_cleared(scene: Scene) -> Act:
    """It was held for review."""
    order_id = new_id("ord")
    return told(scene, GiftCleared(**dict(scene.paid(order_id))), order_id, sequence=3)


@verb("post_claim")
def claim(scene: Scene) -> Act:
    """As ordered, by somebody who has no key here yet."""
    token = scene.token(scene.send())
    return lambda: answered(scene.claim(token, scene.bo))


@verb("post_claim")
def claim_another_style(scene: Scene) -> Act:
    """Orders is asked."""
    token = scene.token(scene.send())
    return lambda: answered(scene.claim(token, scene.bo, scene.red))


@verb("post_decline")
def decline(scene: Scene) -> Act:
    """No, thank you."""
    token = scene.token(scene.send())
    return lambda: answered(scene.decline(token, scene.bo))


@verb("sweep")
def expire(scene: Scene) -> Act:
    """Nobody came."""
    gift_id = scene.send()
    scene.hands.move(hours=25)
    return _swept(scene, gift_id)


@verb("sweep")
def ask_again(scene: Scene) -> Act:
    """Nobody answered."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo, scene.red)
    scene.hands.move(minutes=2)
    return _swept(scene, gift_id)


def _swept(scene: Scene, gift_id: str) -> Act:
    """The sweep comes by this gift, whatever else it finds."""
    return lambda: sweep_gift(gift_id, begin=own_begin(scene), now=scene.hands.at)


def own_begin(scene: Scene) -> Begin:
    """Transactions of gifts' own accord."""
    return lambda: Transaction(STORE, scene.hands.at, new_id)


@verb("orders.style_answered")
def settle_style_taken(scene: Scene) -> Act:
    """The other style is there."""
    return _answered(scene, "taken")


@verb("orders.style_answered")
def settle_style_refused(scene: Scene) -> Act:
    """It is not."""
    return _answered(scene, "sold_out")


def _answered(scene: Scene, outcome: str) -> Act:
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo, scene.red)
    [asked] = scene.said(gift_id, StyleAsked)
    body = StyleAnswered.model_validate(
        {
            "gift_id": gift_id,
            "sub_gift_id": asked.sub_gift_id,
            "attempt": asked.attempt,
            "sku_id": asked.sku_id,
            "outcome": outcome,
        }
    )
    return told(scene, body, asked.order_id)


@verb("orders.refund_succeeded")
def refund_gift(scene: Scene) -> Act:
    """Of a gift that was declined."""
    gift_id = scene.send()
    scene.decline(scene.token(gift_id), scene.bo)
    order_id = derived_id("ord", gift_id)
    body = RefundSucceeded(
        order_id=order_id,
        shop_id=scene.shop,
        buyer=scene.anna,
        refund_id=new_id("rfd"),
        amount_fen=PRICE_FEN,
        why="gift_declined",
        gift=True,
    )
    return told(scene, body, order_id)


@verb("catalog.product_offered")
def take_styles(scene: Scene) -> Act:
    """Two of a product that is new."""
    product = new_id("prd")
    skus = [
        SkuOffer(
            sku_id=new_id("sku"),
            attributes={"colour": colour},
            price_fen=PRICE_FEN,
            original_price_fen=PRICE_FEN,
            initial_stock=9,
        )
        for colour in ("blue", "red")
    ]
    body = ProductOffered(
        product_id=product,
        shop_id=scene.shop,
        title="Teapot",
        kind="physical",
        category_id="cat_tea",
        image="https://img.test/teapot.jpg",
        giftable=True,
        fee_bp=60,
        skus=skus,
    )
    return told(scene, body, product)


@verb("catalog.product_withdrawn")
def withdraw_styles(scene: Scene) -> Act:
    """No other style can be chosen any more."""
    body = ProductWithdrawn(product_id=scene.product, shop_id=scene.shop, reason="merchant")
    return told(scene, body, scene.product, sequence=2)


@verb("catalog.shop_changed")
def take_shop(scene: Scene) -> Act:
    """It has another name."""
    body = ShopChanged(shop_id=scene.shop, name="茶叶大店", status="open", can_sell=True)
    return told(scene, body, scene.shop, sequence=2)


@verb("catalog.membership_changed")
def take_membership(scene: Scene) -> Act:
    """Somebody works for the shop."""
    body = MembershipChanged(shop_id=scene.shop, person=scene.cy, role="operator")
    return told(scene, body, f"{scene.shop}/{scene.cy}")


@verb("get_gifts")
def list_given(scene: Scene) -> Act:
    """Three."""
    for _ in range(3):
        scene.send()
    return lambda: answered(scene.client(scene.anna).get("/v1/gifts"))


@verb("get_gift")
def show_given(scene: Scene) -> Act:
    """By its giver."""
    gift_id = scene.send()
    return lambda: answered(scene.client(scene.anna).get(f"/v1/gifts/{gift_id}"))


@verb("get_orders_gift")
def show_orders_gift(scene: Scene) -> Act:
    """By its giver, who knows the order."""
    order_id = derived_id("ord", scene.send())
    return lambda: answered(scene.client(scene.anna).get(f"/v1/orders/{order_id}/gift"))


@verb("get_card")
def show_card(scene: Scene) -> Act:
    """To whoever holds the link."""
    token = scene.token(scene.send())
    return lambda: answered(scene.client(None).get(f"/v1/claims/{token}"))


@verb("get_received")
def list_received(scene: Scene) -> Act:
    """Three."""
    for _ in range(3):
        scene.claim(scene.token(scene.send()), scene.bo)
    return lambda: answered(scene.client(scene.bo).get("/v1/received"))
