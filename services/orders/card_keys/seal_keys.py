"""How a shop's card keys lie here (O5): sealed under the shop's key, found again by a keyed hash."""

import base64
import hashlib
import hmac
import os
import unicodedata

from services.orders.card_keys.tables import Sealed, keep_salt, salt_of
from services.shared.plumbing.vault import Vault


def as_read(text: str) -> str:
    """A key as people read it: without what surrounds it, and one for all ways to write it down."""
    return unicodedata.normalize("NFC", text.strip())


def sealer(shop_id: str, vault: Vault) -> "Sealer":
    """Seals the shop's keys; makes what it hashes them by, where there is none yet."""
    sealed = salt_of(shop_id)
    if sealed is None:
        fresh = base64.b64encode(os.urandom(32)).decode()  # noqa: TID251 - nobody may guess it, or try keys against it
        keep_salt(shop_id, vault.seal(shop_id, fresh))
        sealed = salt_of(shop_id) or ""
    return Sealer(shop_id, base64.b64decode(vault.open(shop_id, sealed)), vault)


class Sealer:
    """One shop's."""

    def __init__(self, shop_id: str, salt: bytes, vault: Vault) -> None:
        self._shop_id, self._salt, self._vault = shop_id, salt, vault

    def digest(self, key: str) -> str:
        """By which a key is found again; without the salt nobody can say of which."""
        return hmac.new(self._salt, key.encode(), hashlib.sha256).hexdigest()

    def seal(self, key: str) -> Sealed:
        """As it lies in the pool."""
        return Sealed(self.digest(key), self._vault.seal(self._shop_id, key))
