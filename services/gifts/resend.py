"""Say anew what happened to gifts, for a consumer that is new or has lost its tables.

An operator's act: it reads the tables from end to end.
"""

from collections.abc import Iterator
from datetime import datetime

from services.gifts.tables import STORE, VAULT, find_gift
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.gifts import GiftClaimed
from services.shared.plumbing import history
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.vault import Erased


def resend(to: str, *, now: datetime, new_id: NewId) -> Iterator[Envelope]:  # noqa: ARG001 - gifts tells no state
    """All that ``to`` hears of gifts. Orders is told of claims whose address can still be read."""
    for fact in history.said(STORE, to):
        if fact.name != GiftClaimed.NAME or to != "orders":
            yield fact
        elif whole := _with_address(fact):
            yield whole


def _with_address(fact: Envelope) -> Envelope | None:
    gift, claimed = find_gift(fact.subject), fact.data["sub_gift_id"]
    (one,) = [one for one in gift.sub_gifts if one.sub_gift_id == claimed] if gift else [None]
    if one is None or one.recipient is None or one.address is None:
        return None
    try:
        address = VAULT.open(one.recipient, one.address)
    except Erased:
        return None
    return fact.model_copy(update={"data": fact.data | {"address_cipher": VAULT.seal_for("orders", address)}})
