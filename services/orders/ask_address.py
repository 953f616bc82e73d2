"""Whoever gets the goods wants them sent somewhere else, before they leave (O4).

The shop decides, until a deadline; where its policy is automatic, an address to which sending costs no more than was
paid is taken at once. Freight stays as it was paid: a shop that would lose by it says no.
"""

from datetime import datetime, timedelta

from services.orders import facts
from services.orders.delivery_place import freight_to
from services.orders.freight.freight import Place
from services.orders.order import AddressChange, Order
from services.orders.tables import find_order, find_policy, save_order
from services.shared.contracts.orders import AddressChangeAsked, AddressChangeEnded
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


class Settings:
    answer_hours = Setting("ORDERS_ADDRESS_ANSWER_HOURS", int, default=24)


def ask_address(
    order_id: str, person: str, address_json: str, place: Place, *, begin: Begin, now: datetime, vault: Vault
) -> Order:
    """Ask for another address; asking again replaces what was asked.

    Raises NotFound, IllegalTransition once a parcel has left, RegionNotServed.
    """
    order = find_order(order_id)
    if order is None or order.keeper != person:
        raise NotFound()
    current = order.as_of(now)
    current.guard("change_address")
    freight_fen = freight_to(order, place)
    sealed = vault.seal(person, address_json)
    asked = AddressChange("asked", now, now + timedelta(hours=Settings.answer_hours), sealed, freight_fen=freight_fen)
    tx = begin()
    if find_policy(order.shop_id).address_change == "automatic" and freight_fen <= order.freight_fen:
        changed = current.change_address(now, person, sealed, asked.end(now, "accepted", "system", None))
        told = facts.of(changed) | {"recipient": changed.recipient}
        tx.emit(AddressChangeEnded(**told, outcome="automatic", why=None), **facts.where(changed))
    else:
        changed = current.ask_address(now, asked)
        told = facts.of(changed) | {"recipient": changed.recipient}
        tx.emit(AddressChangeAsked(**told, deadline_at=asked.deadline_at), **facts.where(changed))
    save_order(tx, changed, order)
    tx.commit({"order_id": order_id})
    return changed
