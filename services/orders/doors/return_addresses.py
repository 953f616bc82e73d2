"""Doors to where a shop's goods come back to (O6)."""

from services.orders.aftersale import messages as m
from services.orders.aftersale.return_address import return_address_of, set_return_address
from services.orders.messages import Address
from services.orders.service import DESK, SHIPPERS, app
from services.orders.tables import VAULT
from services.shared.plumbing.doors import Call


@app.door("GET", "/v1/shops/{shop_id}/return-address", DESK)
def get_return_address(call: Call, shop_id: str) -> m.ReturnAddressView:
    """Where goods of after-sales come back to, unless the shop says otherwise when it agrees."""
    return _view(return_address_of(shop_id, VAULT))


def _view(address_json: str | None) -> m.ReturnAddressView:
    address = Address.model_validate_json(address_json) if address_json else None  # door: none was said yet
    return m.ReturnAddressView(address=address)


@app.door("PUT", "/v1/shops/{shop_id}/return-address", SHIPPERS)
def put_return_address(call: Call, shop_id: str, body: m.ReturnAddressBody) -> m.ReturnAddressView:
    """They come there from now on (O6), also where time or the platform agrees for the shop.

    After-sales that were agreed before keep the address that their buyers were told.
    """
    set_return_address(shop_id, body.address.model_dump_json(), begin=call.begin, vault=VAULT)
    return m.ReturnAddressView(address=body.address)
