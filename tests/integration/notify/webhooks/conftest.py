"""A shop with somebody who may register webhooks, a clock that can be moved, and receivers on this machine."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.webhooks import THIS_MACHINE
from services.notify import app as notify
from services.notify.webhooks import reach, run_due_line
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client, Reply
from tests.integration.notify.conftest import client, event, hear, staff, stock_low
from tests.integration.notify.webhooks.receiver import AES_KEY, TOKEN, Receiver
from tests.integration.wire import sqs_event


@pytest.fixture(autouse=True)
def _this_machine(
    queues: Callable[[str | Resources], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """It may be reached, and hints have a queue. However busy it is, no receiver here is slow unless a test says so."""
    queues("notify")
    monkeypatch.setattr(run_due_line, "SLOW_MS", 60_000)
    reach.use(replace(THIS_MACHINE, patience_s=30))
    yield
    reach.use(reach.PUBLIC)


@dataclass
class Hands:
    """A clock that goes on by itself, until a test stops it, and can be moved forward."""

    moved: timedelta = field(default_factory=timedelta)
    stands_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stands_at or datetime.now(UTC)) + self.moved

    def stop(self) -> None:
        """From now on time goes by only as it is moved: for tests to the second."""
        self.stands_at = datetime.now(UTC)


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The services' clock."""
    hands = Hands()
    clock.use(hands)
    yield hands
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything, unless it is told otherwise."""
    with Receiver() as receiver:
        yield receiver


@dataclass(frozen=True)
class Merchant:
    """Somebody who acts for a shop, and what the shop's webhooks are asked."""

    shop: str
    client: Client

    @property
    def path(self) -> str:
        return f"/v1/shops/{self.shop}/webhooks"

    def register(self, url: str, key: str | None = None, **wanted: Any) -> Reply:
        body = {"url": url, "token": TOKEN, "encoding_aes_key": AES_KEY, **wanted}
        return self.client.post(self.path, body, key)

    def registered(self, receiver: Receiver, **wanted: Any) -> str:
        """The id of a webhook that leads there."""
        reply = self.register(receiver.url, **wanted)
        assert reply.status == 201, reply.text
        return str(reply.json["webhook_id"])

    def deliveries(self, webhook_id: str, query: str = "") -> list[dict[str, Any]]:
        reply = self.client.get(f"{self.path}/{webhook_id}/deliveries?{query}")
        assert reply.status == 200, reply.text
        return list(reply.json["items"])

    def webhook(self, webhook_id: str) -> dict[str, Any]:
        items = self.client.get(self.path).json["items"]
        return next(dict(one) for one in items if one["webhook_id"] == webhook_id)


@pytest.fixture
def merchant(shop: str) -> Iterator[Merchant]:
    """An operator of the shop, whose webhooks are in nobody's way afterwards."""
    hear(staff(shop, f"mei-of-{shop}"))
    merchant = Merchant(shop, client(f"mei-of-{shop}"))
    yield merchant
    for one in merchant.client.get(merchant.path).json["items"]:
        merchant.client.delete(f"{merchant.path}/{one['webhook_id']}")


def low(merchant: Merchant, left: int = 3) -> Envelope:
    """Something that the shop's webhooks are told of."""
    return event(stock_low(merchant.shop, left))


def follow(merchant: Merchant, *webhook_ids: str) -> None:
    """The function that hints call."""
    bodies = [json.dumps({"shop_id": merchant.shop, "webhook_id": one}) for one in webhook_ids]
    assert notify.push(sqs_event(*bodies), None) == {"batchItemFailures": []}


def sweep() -> dict[str, int]:
    """The schedule."""
    done: dict[str, int] = notify.sweep(SCHEDULED, None)
    return done


SCHEDULED = {
    "version": "0",
    "id": ids.new_id("id"),
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-01-01T00:00:00Z",
    "region": "local",
    "resources": [],
    "detail": {},
}
