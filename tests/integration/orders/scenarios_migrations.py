"""Every verb of migrations as one act that may be repeated."""

from datetime import timedelta
from itertools import count
from typing import Any

from infra.load import order_dumps
from services.shared.contracts.migration import MigrationChanged, StockAsked
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, ids
from tests.integration.orders.events import envelope
from tests.integration.orders.market import Market
from tests.integration.orders.migrations.old_shop import OldShop
from tests.integration.orders.scenarios import Scene, _reads, heard, verb
from tests.integration.verbs.scenario import Act, answered

_NUMBERS = count(100)  # their digits are as many
TO_SHIP = order_dumps.STATUSES.index(20)


class _Old(OldShop):
    """An old shop with an order that is not sent yet, of an id that no other scene's has."""

    def __init__(self, market: Market) -> None:
        super().__init__(market)
        self.old_shop_id = "wxold"
        self.number = TO_SHIP + 1_200 * next(_NUMBERS)

    @property
    def openid(self) -> str:
        """Who bought it, and nothing else ever."""
        return f"oBuyer{self.number:022}"

    @property
    def record(self) -> dict[str, Any]:
        """The order, of nine days ago."""
        bought = clock.now() - timedelta(days=9, hours=self.number)
        return order_dumps.order(self.number, epoch=int(bought.timestamp()), openid=self.openid)


def _dumped(scene: Scene) -> _Old:
    """The order, and a bad line."""
    old = _Old(scene.market)
    old.add([order_dumps.as_line(old.record), "{}"])
    return old


def _moved(scene: Scene) -> _Old:
    old = _dumped(scene)
    assert old.goes("move")["moved"] == 1
    return old


def _dumped_later(scene: Scene) -> OldShop:
    """An order that has moved, and its after-sale, which has not."""
    old = _moved(scene)
    later = _Old(scene.market)
    later.number = old.number
    later.add([order_dumps.as_line(order_dumps.aftersale(old.number, old.record))], kind="aftersales")
    return later


def _step(scene: Scene, old: OldShop) -> Act:
    """The run's one step, which ends it."""
    return heard(scene.told(f"{old.migration_id}_{old.run}", JobStepDue))


@verb("catalog.migration_changed")
def begin_a_move(scene: Scene) -> Act:
    """Its job starts."""
    old = _dumped(scene)
    body = MigrationChanged(
        migration_id=old.migration_id,
        shop_id=scene.market.shop_id,
        source=old.source,
        old_shop_id=old.old_shop_id,
        person=f"person:{old.name}",
        run=1,
        mode="move",
        state="running",
        files=old.files,
    )
    return heard(envelope(body, "catalog", old.migration_id))


@verb("plumbing.job_step_due")
def move_orders(scene: Scene) -> Act:
    """An order, and a record that is refused."""
    old = _dumped(scene)
    old.say("running", "move")
    return _step(scene, old)


@verb("plumbing.job_step_due")
def move_aftersales(scene: Scene) -> Act:
    """One, onto an order that is here."""
    old = _dumped_later(scene)
    old.say("running", "move")
    return _step(scene, old)


@verb("plumbing.job_step_due")
def rehearse_a_move(scene: Scene) -> Act:
    """An order and a refused record, dry."""
    old = _dumped(scene)
    old.say("running", "dry")
    return _step(scene, old)


@verb("plumbing.job_step_due")
def take_orders_out(scene: Scene) -> Act:
    """The same, back again."""
    old = _moved(scene)
    old.say("running", "rollback")
    return _step(scene, old)


@verb("catalog.migration_stock_asked")
def answer_about_stock(scene: Scene) -> Act:
    """Of one style, of which nothing was sold."""
    [sku_id] = scene.market.offer(stock=3)
    migration_id, product_id = ids.new_id("mig"), scene.market.product_of(sku_id)
    said = {"migration_id": migration_id, "shop_id": scene.market.shop_id, "run": 2, "part": product_id}
    body = StockAsked.model_validate({**said, "products": [{"product_id": product_id, "styles": {sku_id: 3}}]})
    return heard(envelope(body, "catalog", migration_id))


@verb("get_order")
def follow_an_old_id(scene: Scene) -> Act:
    """To where it leads."""
    old = _moved(scene)
    return _reads(old.buyer(old.openid), f"/v1/orders/{order_dumps.FIRST_ORDER + old.number}")


@verb("get_order_origin")
def show_an_orders_origin(scene: Scene) -> Act:
    """To the shop."""
    old = _moved(scene)
    order_id = old.order_id(order_dumps.FIRST_ORDER + old.number)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/origin")


@verb("post_refund_confirmation")
def confirm_an_old_shops_refund(scene: Scene) -> Act:
    """Of one that was agreed to here."""
    assert _dumped_later(scene).goes("move")["moved"] == 1
    path = f"/v1/shops/{scene.market.shop_id}/aftersales"
    [case] = scene.market.merchant.get(path).json["items"]
    place = f"{path}/{case['aftersale_id']}"
    assert scene.market.merchant.post(f"{place}/decision", {"decision": "agree"}).status == 200
    body = {"reference": "5030"}
    return lambda: answered(scene.market.merchant.post(f"{place}/refund-confirmation", body, key=scene.key))
