"""The token of an invitation: nobody keeps it, it follows from the invitation and a secret.

``<the shop's ULID>-<the invitation's ULID>-<HMAC-SHA256 of both, 192 bits, base64url>``.
"""

import base64
import hashlib
import hmac
import re

from services.catalog.staff.invitation import Invitation
from services.catalog.staff.tables import find_invitation
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.settings import SecretKey

MAC_BYTES = 24
SHAPE = re.compile(r"([0-9A-Za-z]{1,64})-([0-9A-Za-z]{1,64})-([0-9A-Za-z_-]{32})")


class Settings:
    key = SecretKey("XIAODIAN_STAFF_TOKEN_KEY")


def token_of(shop_id: str, invitation_id: str) -> str:
    """The token that takes this invitation."""
    mac = hmac.new(Settings.key, f"{shop_id}\0{invitation_id}".encode(), hashlib.sha256).digest()[:MAC_BYTES]
    ends = (shop_id.partition("_")[2], invitation_id.partition("_")[2], base64.urlsafe_b64encode(mac).decode())
    return "-".join(ends)


def invitation_behind(token: str) -> Invitation:
    """The invitation that this token takes. Raises NotFound for any other text."""
    parts = SHAPE.fullmatch(token)
    if parts is None:
        raise NotFound()
    shop_id, invitation_id = f"shp_{parts[1]}", f"inv_{parts[2]}"
    if not hmac.compare_digest(token.encode(), token_of(shop_id, invitation_id).encode()):
        raise NotFound()
    found = find_invitation(shop_id, invitation_id)
    if found is None:
        raise NotFound()
    return found
