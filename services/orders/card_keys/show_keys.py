"""Show an order's keys to its buyer, and to nobody else; each view stands in the shop's audit (O5, O20)."""

from datetime import datetime
from typing import NamedTuple

from services.orders.card_keys.messages import CardKeysView, CardKeyView
from services.orders.card_keys.tables import keys_of
from services.orders.tables import find_order
from services.shared.plumbing import logs
from services.shared.plumbing.audit import Deed, new_entry_id
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


class Looker(NamedTuple):
    """Who wants to see them, and from where."""

    person: str
    ip: str
    agent: str
    token_id: str | None


def show_keys(order_id: str, looker: Looker, *, begin: Begin, now: datetime, vault: Vault) -> CardKeysView:
    """The keys, once it is written down who looks. Raises NotFound for anybody but the buyer, and where is none."""
    order = find_order(order_id)
    if order is None or order.buyer != looker.person:
        raise NotFound()
    keys = keys_of(order_id)
    if not keys:
        raise NotFound()
    tx = begin()
    deed = Deed(
        entry_id=new_entry_id(),
        shop_id=order.shop_id,
        actor=looker.person,
        role="buyer",
        action="get_card_keys",
        things={"order_id": order_id},
        ip=looker.ip,
        agent=looker.agent,
        token_id=looker.token_id,
        request_id=logs.request_id.get(),
    )
    deed.write_in(tx)
    tx.commit()
    lines = {line.line_no: line for line in order.lines}
    items = [
        CardKeyView(line_no=line_no, title=lines[line_no].title, key=vault.open(order.shop_id, sealed))
        for line_no, sealed in keys
    ]
    return CardKeysView(order_id=order_id, items=items, seen_at=now)
