"""A shop's contact: sealed under its owner's key wherever it is kept (X3)."""

from services.catalog.messages import Contact, ContactView
from services.catalog.shops.shop import Shop
from services.catalog.tables import STORE
from services.shared.plumbing.vault import Erased, Vault

VAULT = Vault(STORE)


def seal(owner: str, contact: Contact) -> str:
    """Ciphertext that only catalog opens, as long as the owner is not erased."""
    return VAULT.seal(owner, contact.model_dump_json())


def contact_of(shop: Shop) -> ContactView | None:
    """The shop's contact; None after its owner was erased."""
    try:
        return ContactView.model_validate_json(VAULT.open(shop.owner, shop.contact))
    except Erased:
        return None
