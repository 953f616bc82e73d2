"""The shop says where an order goes: it answers what was asked, or changes the address itself; or time answers (O4)."""

from datetime import datetime
from typing import Literal

from services.orders import facts
from services.orders.delivery_place import freight_to
from services.orders.freight.freight import Place
from services.orders.order import Order
from services.orders.refusals import NoAddressAsked
from services.orders.shops_order import order_in
from services.orders.tables import save_order
from services.shared.contracts.orders import AddressChangeEnded
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault

Outcome = Literal["accepted", "rejected", "expired", "changed_by_shop"]


def decide_address(
    shop_id: str,
    order_id: str,
    by: str,
    decision: Literal["accept", "reject"],
    why: str | None,
    *,
    begin: Begin,
    now: datetime,
) -> Order:
    """Accept or reject what was asked. Raises NotFound, NoAddressAsked when nothing is, or its time is over."""
    order = order_in(shop_id, order_id)
    sealed, asked = order.asked_address(now), order.address_change
    if sealed is None or asked is None:
        raise NoAddressAsked(state=order.as_of(now).status)
    if decision == "accept":
        decided = order.change_address(now, by, sealed, asked.end(now, "accepted", by, why))
        return _commit(decided, order, "accepted", why, begin)
    return _commit(order.refuse_address(now, "rejected", by, why), order, "rejected", why, begin)


def set_address(
    shop_id: str,
    order_id: str,
    by: str,
    address_json: str,
    place: Place,
    *,
    begin: Begin,
    now: datetime,
    vault: Vault,
) -> Order:
    """The shop changes the address itself, as the keeper told it otherwise; what was asked here is over by that.

    Raises NotFound, IllegalTransition, RegionNotServed.
    """
    order = order_in(shop_id, order_id)
    current = order.as_of(now)
    current.guard("change_address")
    freight_to(order, place)
    asked = current.address_change
    if asked is not None and asked.status == "asked":
        asked = asked.end(now, "rejected", by, "replaced")
    changed = current.change_address(now, by, vault.seal(order.keeper, address_json), asked)
    return _commit(changed, order, "changed_by_shop", None, begin)


def expire_address(order: Order, *, begin: Begin, now: datetime) -> Order:
    """Nobody answered in time: it goes where it was to go."""
    return _commit(order.refuse_address(now, "expired", "system", None), order, "expired", None, begin)


def _commit(changed: Order, order: Order, outcome: Outcome, why: str | None, begin: Begin) -> Order:
    tx = begin()
    save_order(tx, changed, order)
    body = AddressChangeEnded(**facts.of(changed), recipient=changed.recipient, outcome=outcome, why=why)
    tx.emit(body, **facts.where(changed))
    tx.commit({"order_id": order.order_id})
    return changed
