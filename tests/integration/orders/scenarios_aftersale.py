"""A shop's return address, and a person's own after-sales, as acts that may be repeated."""

from tests.integration.orders.events import ADDRESS
from tests.integration.orders.scenarios import Scene, _case, _operator, _reads, verb
from tests.integration.verbs.scenario import Act, answered


def _returns(scene: Scene) -> str:
    return f"/v1/shops/{scene.market.shop_id}/return-address"


@verb("put_return_address")
def say_where_goods_come_back_to(scene: Scene) -> Act:
    """For the first time."""
    return lambda: answered(scene.market.merchant.put(_returns(scene), {"address": ADDRESS}))


@verb("get_return_address")
def show_where_goods_come_back_to(scene: Scene) -> Act:
    """As it was said."""
    assert scene.market.merchant.put(_returns(scene), {"address": ADDRESS}).status == 200
    return _reads(scene.market.merchant, _returns(scene))


@verb("get_disputes")
def list_what_is_disputed(scene: Scene) -> Act:
    """One, with what others have left there."""
    _case(scene, "return_refund", "reject", "dispute")
    return _reads(_operator(), "/v1/disputes?limit=1")


@verb("get_aftersales")
def list_ones_own_aftersales(scene: Scene) -> Act:
    """Two."""
    _case(scene), _case(scene)
    return _reads(scene.buyer, "/v1/aftersales")
