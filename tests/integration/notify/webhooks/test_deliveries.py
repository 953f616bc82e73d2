"""What becomes of a push (N3)."""

from tests.integration.notify.conftest import hear
from tests.integration.notify.webhooks.conftest import Merchant, follow, low
from tests.integration.notify.webhooks.receiver import Receiver


def test_what_concerns_the_shop_is_pushed_once(merchant: Merchant, receiver: Receiver) -> None:
    """Brought twice by the queue, it is one delivery and one push."""
    webhook = merchant.registered(receiver, mode="plain")
    letter = low(merchant)

    hear(letter)
    hear(letter)
    follow(merchant, webhook, webhook)
    follow(merchant, webhook)

    [delivery] = merchant.deliveries(webhook)
    assert receiver.delivery_ids == [delivery["delivery_id"]]
    assert (delivery["status"], delivery["tries"], delivery["event_id"]) == ("delivered", 1, letter.id)
    assert delivery["told"]["title"] == "茶杯"
    [attempt] = delivery["attempts"]
    assert (attempt["status"], attempt["trouble"], attempt["answer"]) == (200, "", "success")
