"""The claim token: who holds it may open the card (G2). Nobody keeps it; it follows from gift, version and a secret.

``<the gift's ULID>-<HMAC-SHA256 of gift and version, 192 bits, base64url>``. A new version on the sheet makes the
old link worthless. It is in no table, no event and no log.
"""

import base64
import hashlib
import hmac
import re

from services.gifts.gift import Gift, Sheet
from services.gifts.tables import find_gift
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.settings import SecretKey, Setting

MAC_BYTES = 24
SHAPE = re.compile(r"[0-9A-Za-z]{1,64}-[0-9A-Za-z_-]{32}")


class Settings:
    key = SecretKey("XIAODIAN_GIFTS_TOKEN_KEY")
    public_url = Setting[str]("XIAODIAN_PUBLIC_URL")


def token_of(sheet: Sheet) -> str:
    """The token that opens this gift."""
    said = f"{sheet.gift_id}\0{sheet.token_version}".encode()
    mac = hmac.new(Settings.key, said, hashlib.sha256).digest()[:MAC_BYTES]
    return f"{sheet.gift_id.partition('_')[2]}-{base64.urlsafe_b64encode(mac).decode()}"


def gift_behind(token: str) -> Gift:
    """The gift that this token opens. Raises NotFound for any other token, whether or not there is such a gift."""
    if not SHAPE.fullmatch(token):
        raise NotFound()
    gift = find_gift(f"gft_{token.partition('-')[0]}")
    if gift is None or not hmac.compare_digest(token.encode(), token_of(gift.sheet).encode()):
        raise NotFound()
    return gift


def entry_id_of(sheet: Sheet, person: str) -> str:
    """This person's entry in the sheet's draw: the same each time, and nobody can tell from it whose it is."""
    said = f"entry\0{sheet.gift_id}\0{person}".encode()
    return f"ent_{hmac.new(Settings.key, said, hashlib.sha256).hexdigest()[:40]}"


def url_of(token: str) -> str:
    """Where the card is."""
    return f"{Settings.public_url}/gifts/v1/claims/{token}"
