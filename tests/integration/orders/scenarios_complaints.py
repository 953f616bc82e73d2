"""Every verb of complaints as one act that may be repeated."""

from services.orders.complaints.go_on import act_on_silence
from services.orders.tables import own_begin
from services.shared.plumbing import clock
from tests.integration.orders.scenarios import Scene, _operator, _reads, verb
from tests.integration.verbs.scenario import Act, answered

WORDS = {"reason": "late", "text": "还没有收到"}


def _complained(scene: Scene) -> str:
    reply = scene.buyer.post(f"/v1/orders/{scene.paid()}/complaints", WORDS)
    assert reply.status == 201, reply.text
    return str(reply.json["complaint_id"])


def _in_shop(scene: Scene, complaint_id: str, rest: str = "") -> str:
    return f"/v1/shops/{scene.market.shop_id}/complaints/{complaint_id}{rest}"


def _escalated(scene: Scene) -> str:
    complaint_id = _complained(scene)
    assert scene.buyer.put(f"/v1/complaints/{complaint_id}/move", {"move": "escalate"}).status == 200
    return complaint_id


def _withdrawn(scene: Scene) -> str:
    complaint_id = _complained(scene)
    assert scene.buyer.put(f"/v1/complaints/{complaint_id}/move", {"move": "withdraw"}).status == 200
    return complaint_id


@verb("post_complaint")
def complain(scene: Scene) -> Act:
    """About a paid order; its money is held."""
    path = f"/v1/orders/{scene.paid()}/complaints"
    return lambda: answered(scene.buyer.post(path, WORDS, key=scene.key))


@verb("get_order_complaints")
def list_an_orders_complaints(scene: Scene) -> Act:
    """One."""
    order_id = scene.paid()
    scene.buyer.post(f"/v1/orders/{order_id}/complaints", WORDS)
    return _reads(scene.buyer, f"/v1/orders/{order_id}/complaints")


@verb("get_complaint")
def show_a_complaint(scene: Scene) -> Act:
    """To its buyer."""
    return _reads(scene.buyer, f"/v1/complaints/{_complained(scene)}")


@verb("post_complaint_statement")
def say_more(scene: Scene) -> Act:
    """The buyer does."""
    path = f"/v1/complaints/{_complained(scene)}/statements"
    return lambda: answered(scene.buyer.post(path, {"text": "补充"}, key=scene.key))


@verb("put_complaint_move")
def take_it_to_the_platform(scene: Scene) -> Act:
    """The buyer does."""
    path = f"/v1/complaints/{_complained(scene)}/move"
    return lambda: answered(scene.buyer.put(path, {"move": "escalate"}))


@verb("put_complaint_rating")
def rate_a_complaint(scene: Scene) -> Act:
    """One that is over."""
    path = f"/v1/complaints/{_withdrawn(scene)}/rating"
    return lambda: answered(scene.buyer.put(path, {"score": 4}))


@verb("get_shop_complaints")
def list_a_shops_complaints(scene: Scene) -> Act:
    """One."""
    _complained(scene)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/complaints")


@verb("get_shop_complaint")
def show_a_shops_complaint(scene: Scene) -> Act:
    """To its merchant."""
    return _reads(scene.market.merchant, _in_shop(scene, _complained(scene)))


@verb("post_shop_statement")
def answer_a_complaint(scene: Scene) -> Act:
    """The shop does."""
    path = _in_shop(scene, _complained(scene), "/statements")
    return lambda: answered(scene.market.merchant.post(path, {"text": "马上补发"}, key=scene.key))


@verb("put_complaint_decision")
def decide_a_complaint(scene: Scene) -> Act:
    """The platform does; the money is free again."""
    path = _in_shop(scene, _escalated(scene), "/decision")
    return lambda: answered(_operator().put(path, {"decision": "dismiss", "why": "无证据"}))


@verb("get_complaints")
def list_what_was_taken_to_the_platform(scene: Scene) -> Act:
    """One, with what others have left there."""
    _escalated(scene)
    return _reads(_operator(), "/v1/complaints?limit=1")


@verb("get_complaint_rates")
def show_complaint_rates(scene: Scene) -> Act:
    """Of a shop with one."""
    _complained(scene)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/complaint-rates")


@verb("sweep")
def act_on_a_silent_shop(scene: Scene) -> Act:
    """After two days it goes to the platform."""
    complaint_id = _complained(scene)
    scene.hands.move(hours=49)
    return lambda: act_on_silence(complaint_id, begin=own_begin(clock.now()), now=clock.now())
