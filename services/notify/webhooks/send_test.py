"""Send a test event to one endpoint, at once and once (N3)."""

from dataclasses import replace
from datetime import datetime

from services.notify.webhooks import tables
from services.notify.webhooks.catalogue import TEST
from services.notify.webhooks.change_endpoint import endpoint_in
from services.notify.webhooks.delivery import Delivery
from services.notify.webhooks.hear import delivery_of
from services.notify.webhooks.letter import Letter
from services.notify.webhooks.push import content_of, push
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin, Transaction


def send_test(shop_id: str, webhook_id: str, *, begin: Begin, now: datetime, new_id: NewId) -> Delivery:
    """The delivery as it ended; a paused endpoint gets it too. It can be redelivered as any other. Raises NotFound.

    It is written down, under the request's key, before it is pushed: whoever asks again pushes nothing. When the
    function dies in between, it stays there as never tried.
    """
    endpoint = endpoint_in(shop_id, webhook_id)
    letter = Letter(shop_id, TEST, new_id("evt"), now, {"webhook_id": webhook_id})
    delivery = replace(delivery_of(letter, webhook_id, content_of(letter), now), next_at=None)
    tx = begin()
    tables.save_delivery(tx, delivery)
    tx.commit({"shop_id": shop_id, "webhook_id": webhook_id, "delivery_id": delivery.delivery_id})
    ended = delivery.tried_once(push(endpoint, delivery, now=now, new_id=new_id))
    outcome = Transaction(tx.store, now, new_id)
    tables.save_delivery(outcome, ended)
    outcome.commit()
    return ended
