"""Of which events endpoints are told, and of which of their fields: docs/webhooks.md shows them all (N3).

Facts that concern a shop. Nobody's name, id, words or address goes out: who needs them asks the API, which knows who
may have them. A field is told when its name is in ``SHOWN``; a test fails while a field is in neither list.
"""

from collections.abc import Mapping
from typing import Any

from services.notify.tellers import TELLERS
from services.notify.webhooks.letter import Letter
from services.shared.contracts.envelope import Envelope, EventBody

TEST = "notify.webhook_test"

SHOWN = frozenset(
    """
    activity_id aftersale_id amount_fen brand by carrier channel complaint_id complete created deadline_at decide_by
    decision draw_after_minutes entries expires_at expires_on fast fee_fen full_at gift gift_id grant_id
    held_for_review host import_id kept kind left line_no lines lot migration_id mode move moved name
    no_delivery_regions old_shop_id on order_id outcome own paid paid_at paid_fen payable_fen phase pieces product_id
    qualification_id quantity reason receipt_due_at recipient_order_id recipients refund_id refused rejection
    settled_fen shipment_no shop_id short_fen show_price since sku_id source status stuck sub_gift_id sub_gift_ids
    taken_out title total_fen trouble unchanged unit_price_fen updated waited_s was_fen waybill webhook_id why
    withdrawal_id
    """.split()
)
HIDDEN = frozenset(
    """
    account address_cipher applicant buyer giver giver_name_cipher may_enter message_cipher owner payer recipient
    to_openid winners
    """.split()
)


def pushed() -> dict[str, type[EventBody]]:
    """The events that an endpoint may choose, by name."""
    return {event.NAME: event for event in TELLERS if "shop_id" in event.model_fields}


def letter_of(envelope: Envelope) -> Letter | None:
    """What endpoints are told of an event; None for one that concerns no shop."""
    if envelope.name not in pushed():
        return None
    told = shown(envelope.data)
    return Letter(told["shop_id"], envelope.name, envelope.id, envelope.occurred_at, told)


def shown(value: Any) -> Any:
    """The same without what is not told."""
    if isinstance(value, Mapping):
        return {name: shown(one) for name, one in value.items() if name in SHOWN}
    return [shown(one) for one in value] if isinstance(value, list) else value
