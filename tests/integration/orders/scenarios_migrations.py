"""Every verb of migrations as one act that may be repeated."""

from datetime import timedelta
from typing import Any

from infra.load import order_dumps
from services.shared.contracts.migration import MigrationChanged
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock
from tests.integration.orders.events import envelope
from tests.integration.orders.migrations.old_shop import OldShop
from tests.integration.orders.scenarios import Scene, _reads, heard, verb
from tests.integration.verbs.scenario import Act, answered

TO_SHIP = order_dumps.STATUSES.index(20)


def _dumped(scene: Scene) -> OldShop:
    """An order that is not sent yet, and a bad line."""
    old = OldShop(scene.market)
    old.old_shop_id = "wxold"
    old.add([order_dumps.as_line(_record()), "{}"])
    return old


def _record() -> dict[str, Any]:
    return order_dumps.order(TO_SHIP, epoch=int((clock.now() - timedelta(days=9)).timestamp()))


def _moved(scene: Scene) -> OldShop:
    old = _dumped(scene)
    assert old.goes("move")["moved"] == 1
    return old


def _dumped_later(scene: Scene) -> OldShop:
    """An order that has moved, and its after-sale, which has not."""
    old = _moved(scene)
    later = OldShop(scene.market)
    later.old_shop_id = old.old_shop_id
    later.add([order_dumps.as_line(order_dumps.aftersale(1, _record()))], kind="aftersales")
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


@verb("get_order")
def follow_an_old_id(scene: Scene) -> Act:
    """To where it leads."""
    old = _moved(scene)
    buyer = old.buyer(f"oBuyer{TO_SHIP:022}")
    return _reads(buyer, f"/v1/orders/{order_dumps.FIRST_ORDER + TO_SHIP}")


@verb("get_order_origin")
def show_an_orders_origin(scene: Scene) -> Act:
    """To the shop."""
    order_id = _moved(scene).order_id(order_dumps.FIRST_ORDER + TO_SHIP)
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
