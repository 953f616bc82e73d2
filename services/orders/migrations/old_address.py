"""Where an old order goes (M6): an address in our shape, or the reason why it is none. Pure."""

import re
from collections.abc import Mapping

from services.orders.migrations.fields import BadRecord, Fields

_PHONE = re.compile(r"[0-9+\- ]{5,20}")
_POSTCODE = re.compile(r"[0-9A-Za-z -]{3,10}")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST = {"name": 50, "province": 50, "city": 50, "district": 50, "detail": 200}
# Ours, and what the shops since 2020 and the shop of 2014 call it.
WECHAT = {
    "name": "user_name",
    "phone": "tel_number",
    "province": "province_name",
    "city": "city_name",
    "district": "county_name",
    "detail": "detail_info",
    "postcode": "postal_code",
}
SHOP_V1 = {
    "name": "receiver_name",
    "phone": "receiver_mobile",
    "province": "receiver_province",
    "city": "receiver_city",
    "district": "receiver_zone",
    "detail": "receiver_address",
}


def take_address(fields: Fields, names: Mapping[str, str], *, needed: bool) -> Mapping[str, str] | None:
    """The address under these names; None for one that cannot be used, which then stays in the record.

    WeChat shows some of an address as stars after a while. Raises BadRecord for such a one where goods are to be sent.
    """
    if not any(fields.has(old) for old in names.values()):
        if needed:
            raise BadRecord("there is no address, and its goods are not sent yet")
        return None
    written = {ours: fields.take(old) for ours, old in names.items()}
    found = {ours: " ".join(one.split()) for ours, one in written.items() if isinstance(one, str) and one.strip()}
    if not _POSTCODE.fullmatch(found.get("postcode", "000000")):
        del found["postcode"]
    if wrong := _wrong(found):
        if needed:
            raise BadRecord(f"the address has no {wrong} that can be used: have WeChat decode it, and dump it again")
        fields.put_back({names[ours]: one for ours, one in written.items() if one is not None})
        return None
    return found


def _wrong(address: Mapping[str, str]) -> str:
    """What of it is missing, too long or hidden."""
    if not _PHONE.fullmatch(address.get("phone", "")):
        return "phone"
    for name, most in _MOST.items():
        text = address.get(name, "")
        if len(text) > most or (not text and name != "district") or "**" in text or _UNSHOWN.search(text):
            return name
    return ""
