"""Where a shop's goods come back to, unless it says otherwise for one of them (O6)."""

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.tables import find_return_address, save_return_address
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


def set_return_address(shop_id: str, address_json: str, *, begin: Begin, vault: Vault) -> None:
    """From now on, sealed under the shop's key; the same again changes nothing."""
    if return_address_of(shop_id, vault) == address_json:
        return
    tx = begin()
    save_return_address(tx, shop_id, vault.seal(shop_id, address_json))
    tx.commit()


def return_address_of(shop_id: str, vault: Vault) -> str | None:
    """The address as JSON; None where the shop has said none."""
    sealed = find_return_address(shop_id)
    return vault.open(shop_id, sealed) if sealed else None


def where_to(case: Aftersale, said_json: str | None, vault: Vault) -> dict[str, str]:
    """What the after-sale gets to know of where its goods go back to: what is said now, or else the shop's own,
    sealed for the applicant. Nothing where none go back, or none was ever said."""
    if not case.brings_goods_back or case.returned is not None:
        return {}
    address = said_json or return_address_of(case.shop_id, vault)
    return {"return_address_sealed": vault.seal(case.applicant, address)} if address else {}
