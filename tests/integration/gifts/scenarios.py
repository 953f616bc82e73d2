"""Every verb of gifts as one act that may be repeated."""

from services.gifts import app as gifts
from services.gifts.give_own import ask_again as ask_for_grant
from services.gifts.sweep_gifts import sweep_gift
from services.gifts.tables import STORE, VAULT
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, ProductWithdrawn, ShopChanged, SkuOffer
from services.shared.contracts.envelope import EventBody
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, GiftReady, StyleAsked
from services.shared.contracts.orders import GiftCleared, GrantRefused, LotTerms, RefundSucceeded, StyleAnswered
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.tables import Begin, Transaction
from tests.integration.gifts.scene import PRICE_FEN, Scene
from tests.integration.http import Client
from tests.integration.verbs.scenario import Act, Scenarios, answered, brought
from tests.integration.wire import wrapped

verb = Scenarios[Scene]("gifts")


def told(scene: Scene, body: EventBody, subject: str, sequence: int = 1) -> Act:
    """Bring what catalog or orders says."""
    said = wrapped(body, subject=subject, sequence=sequence, shop=scene.shop, at=scene.hands.at)
    return brought(gifts.consume, said)


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


@verb("orders.style_answered")
def settle_style_of_one_erased(scene: Scene) -> Act:
    """It is, and nobody knows any more where to send it."""
    taken = _answered(scene, "taken")
    VAULT.erase(scene.bo)
    return taken


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


@verb("get_gift_qr")
def draw_link(scene: Scene) -> Act:
    """By its giver."""
    gift_id = scene.send()
    return lambda: answered(scene.client(scene.anna).get(f"/v1/gifts/{gift_id}/qr"))


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


# -------------------------------------------------------------------------------------- links, lots, swaps, own gifts


@verb("post_link")
def renew_link(scene: Scene) -> Act:
    """The old one is worth nothing then."""
    gift_id, client, key = scene.send(), scene.client(scene.anna), new_id("key")
    return lambda: answered(client.post(f"/v1/gifts/{gift_id}/links", key=key))


@verb("post_claim")
def claim_one_of_many(scene: Scene) -> Act:
    """As ordered, by whoever comes first; one piece, so that every run gets the same."""
    token = scene.token(scene.send(mode="group", recipients=1))
    return lambda: answered(scene.claim(token, scene.bo))


@verb("post_entry")
def enter_lot(scene: Scene) -> Act:
    """One who was not in it."""
    token = scene.token(send_lot(scene))
    return lambda: answered(scene.client(scene.bo).post(f"/v1/claims/{token}/entries", key=""))


@verb("sweep")
def draw_lot(scene: Scene) -> Act:
    """One has entered, so that every run has the same winner."""
    gift_id = send_lot(scene)
    scene.client(scene.bo).post(f"/v1/claims/{scene.token(gift_id)}/entries", key="")
    scene.hands.move(hours=2)
    return _swept(scene, gift_id)


@verb("get_draw")
def show_draw(scene: Scene) -> Act:
    """To anybody."""
    gift_id = send_lot(scene)
    return lambda: answered(scene.client(None).get(f"/v1/draws/{gift_id}"))


def send_lot(scene: Scene) -> str:
    """A lot of two pieces that is drawn after an hour; the gift's id."""
    order_id = new_id("ord")
    lot = LotTerms(draw_after_minutes=60, full_at=100)
    paid = scene.paid(order_id, mode="lot", recipients=2).model_copy(update={"lot": lot})
    scene.hear(paid, emitter="orders", subject=order_id)
    return derived_id("gft", order_id)


@verb("post_style_swap")
def ask_swap(scene: Scene) -> Act:
    """Of what one has claimed."""
    sub_gift = claimed(scene)
    path = f"/v1/sub-gifts/{sub_gift}/style-swap"
    return lambda: answered(scene.client(scene.bo).post(path, {"sku_id": scene.red}, key=""))


@verb("post_swap_decision")
def decide_swap(scene: Scene) -> Act:
    """The merchant agrees."""
    sub_gift, staff = claimed(scene), hire(scene)
    scene.client(scene.bo).post(f"/v1/sub-gifts/{sub_gift}/style-swap", {"sku_id": scene.red}, key="")
    path = f"/v1/shops/{scene.shop}/style-swaps/{sub_gift}/decision"
    return lambda: answered(staff.post(path, {"agree": True}, key=""))


@verb("sweep")
def lapse_swap(scene: Scene) -> Act:
    """The merchant has said nothing."""
    sub_gift = claimed(scene)
    scene.client(scene.bo).post(f"/v1/sub-gifts/{sub_gift}/style-swap", {"sku_id": scene.red}, key="")
    scene.hands.move(hours=25)
    return _swept(scene, derived_id("gft", sub_gift))


@verb("get_style_swaps")
def list_swaps(scene: Scene) -> Act:
    """One that is not decided."""
    sub_gift, staff = claimed(scene), hire(scene)
    scene.client(scene.bo).post(f"/v1/sub-gifts/{sub_gift}/style-swap", {"sku_id": scene.red}, key="")
    return lambda: answered(staff.get(f"/v1/shops/{scene.shop}/style-swaps"))


def claimed(scene: Scene) -> str:
    """A sub-gift that Bo has claimed as it was ordered."""
    return str(scene.claim(scene.token(scene.send()), scene.bo).json["sub_gift_id"])


def hire(scene: Scene) -> Client:
    """Somebody who works for the shop."""
    member = MembershipChanged(shop_id=scene.shop, person=scene.cy, role="operator")
    scene.hear(member, emitter="catalog", subject=f"{scene.shop}/{scene.cy}")
    return scene.client(scene.cy)


def activity(scene: Scene) -> str:
    """Where an activity of ten pieces is."""
    body = {
        "name": "新年",
        "product_id": scene.product,
        "sku_id": scene.blue,
        "pool": 10,
        "budget_fen": 10 * PRICE_FEN,
        "ends_at": "2030-01-01T00:00:00Z",
    }
    activities = f"/v1/shops/{scene.shop}/gift-activities"
    return f"{activities}/{hire(scene).post(activities, body).json['activity_id']}"


@verb("post_activity")
def open_activity(scene: Scene) -> Act:
    """Of ten pieces."""
    staff, key = hire(scene), new_id("key")
    body = {"name": "新年", "product_id": scene.product, "sku_id": scene.blue, "pool": 10, "budget_fen": 1}
    body |= {"ends_at": "2030-01-01T00:00:00Z"}
    return lambda: answered(staff.post(f"/v1/shops/{scene.shop}/gift-activities", body, key=key))


@verb("post_own_gift")
def give_own(scene: Scene) -> Act:
    """With a word."""
    path, key = activity(scene), new_id("key")
    return lambda: answered(scene.client(scene.cy).post(f"{path}/gifts", {"message": "新年好"}, key=key))


@verb("get_activities")
def list_activities(scene: Scene) -> Act:
    """One."""
    path = activity(scene)
    return lambda: answered(scene.client(scene.cy).get(path.rpartition("/")[0]))


@verb("get_activity")
def show_activity(scene: Scene) -> Act:
    """By who works there."""
    path = activity(scene)
    return lambda: answered(scene.client(scene.cy).get(path))


@verb("get_own_gifts")
def list_own_gifts(scene: Scene) -> Act:
    """One."""
    path = activity(scene)
    scene.client(scene.cy).post(f"{path}/gifts", {})
    return lambda: answered(scene.client(scene.cy).get(f"{path}/gifts"))


@verb("orders.grant_refused")
def refuse_grant(scene: Scene) -> Act:
    """It is sold out."""
    path = activity(scene)
    grant = scene.client(scene.cy).post(f"{path}/gifts", {}).json
    body = GrantRefused(
        grant_id=grant["grant_id"],
        activity_id=grant["activity_id"],
        shop_id=scene.shop,
        giver=scene.cy,
        why="out_of_stock",
    )
    return told(scene, body, grant["grant_id"])


@verb("sweep")
def ask_for_grant_again(scene: Scene) -> Act:
    """Orders has not answered."""
    path = activity(scene)
    grant = scene.client(scene.cy).post(f"{path}/gifts", {}).json["grant_id"]
    scene.hands.move(minutes=2)
    return lambda: ask_for_grant(grant, begin=own_begin(scene), now=scene.hands.at)


# ------------------------------------------------------------------------------------------------------------ numbers


def _heard(scene: Scene, gift_id: str, kind: type[EventBody]) -> Act:
    """Gifts hears what it has said itself."""
    [envelope] = [one for one in scene.outbox(gift_id) if one.name == kind.NAME]
    return brought(gifts.consume, envelope)


@verb("gifts.gift_ready")
def count_sent(scene: Scene) -> Act:
    """One."""
    return _heard(scene, scene.send(), GiftReady)


@verb("gifts.gift_claimed")
def count_claimed(scene: Scene) -> Act:
    """One, by somebody who did not know the shop."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo)
    return _heard(scene, gift_id, GiftClaimed)


@verb("gifts.gift_declined")
def count_declined(scene: Scene) -> Act:
    """One."""
    gift_id = scene.send()
    scene.decline(scene.token(gift_id), scene.bo)
    return _heard(scene, gift_id, GiftDeclined)


@verb("gifts.gift_expired")
def count_expired(scene: Scene) -> Act:
    """One."""
    gift_id = scene.send()
    scene.hands.move(hours=25)
    sweep_gift(gift_id, begin=own_begin(scene), now=scene.hands.at)
    return _heard(scene, gift_id, GiftExpired)


@verb("get_gift_numbers")
def show_numbers(scene: Scene) -> Act:
    """Of thirty days."""
    staff = hire(scene)
    return lambda: answered(staff.get(f"/v1/shops/{scene.shop}/gift-numbers"))
