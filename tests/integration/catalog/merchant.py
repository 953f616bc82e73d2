"""A shop's owner, as the tests use catalog's doors."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.catalog import app as catalog
from services.catalog.tables import STORE, CatalogRow
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing import ids
from services.shared.plumbing.tables import query
from tests.integration.http import Client, Reply, token_for
from tests.integration.wire import sqs_event, wrapped

CONTACT = {"name": "王小明", "phone": "13800000000"}
IMAGES = [f"https://images.test/{n}.jpg" for n in range(1, 4)]
STAFF_TOKEN_KEY = b64encode(b"a key of the tests, of 32 bytes.").decode()
ANYBODY = Client(catalog.app)
PLATFORM = Client(catalog.app, token_for("person:platform", platform=True))


def person(name: str) -> Client:
    """Somebody who is signed in."""
    return Client(catalog.app, token_for(f"person:{name}"))


def fresh_name(what: str = "小店") -> str:
    """A shop's or person's name that no other test has."""
    return f"{what}{ids.new_id('n')[-12:]}"


def shop_body(name: str | None = None, **differs: Any) -> dict[str, Any]:
    """The body that opens a shop."""
    return {"name": name or fresh_name(), "subject_type": "enterprise", "contact": CONTACT, **differs}


def sku(price_fen: int = 9_900, **differs: Any) -> dict[str, Any]:
    """A style as its merchant writes it."""
    return {"price_fen": price_fen, "initial_stock": 5, **differs}


def product_body(**differs: Any) -> dict[str, Any]:
    """The body that creates a product."""
    return {"title": "蓝色棉布衬衫", "category_id": "clothing.men", "images": IMAGES, "skus": [sku()], **differs}


@dataclass(frozen=True)
class Merchant:
    """A person with one shop."""

    name: str
    client: Client
    shop_id: str

    @property
    def path(self) -> str:
        return f"/v1/shops/{self.shop_id}"

    def creates(self, **differs: Any) -> dict[str, Any]:
        """A product that is not on sale yet."""
        return ok(self.client.post(f"{self.path}/products", product_body(**differs)), 201)

    def lists(self, product: dict[str, Any]) -> dict[str, Any]:
        return ok(self.client.post(f"{self.path}/products/{product['product_id']}/listing"))

    def sells(self, **differs: Any) -> dict[str, Any]:
        """A product on sale."""
        return self.lists(self.creates(**differs))

    def edits(self, product: dict[str, Any], **changes: Any) -> Reply:
        return self.client.patch(f"{self.path}/products/{product['product_id']}", changes)


def open_merchant(*, passed: bool = True, deposit_fen: int = 100_000, account: bool = True) -> Merchant:
    """The owner of a fresh shop; it may sell unless something is left out."""
    name = fresh_name("p")
    client = person(name)
    shop_id = ok(client.post("/v1/shops", shop_body()), 201)["shop_id"]
    merchant = Merchant(name, client, shop_id)
    if passed:
        ok(PLATFORM.post(f"{merchant.path}/audit-decisions", {"decision": "pass"}))
    if account:
        ok(client.put(f"{merchant.path}/payment-account", {"sub_mchid": "1900000109"}))
    if deposit_fen:
        ok(client.post(f"{merchant.path}/deposits", {"amount_fen": deposit_fen}), 201)
    return merchant


def ok(reply: Reply, status: int = 200) -> dict[str, Any]:
    """The body of an answer that has to be this one."""
    assert reply.status == status, reply.text
    body: dict[str, Any] = reply.json
    return body


def said(subject: str) -> list[Envelope]:
    """All that catalog has said about this subject, in order."""
    return [Envelope.model_validate_json(row.body) for row in query(STORE.outbox, subject)]


def names(events: Sequence[Envelope]) -> list[str]:
    """What was said, without who said it."""
    return [event.name.removeprefix("catalog.") for event in events]


def hear(body: EventBody, *, subject: str, sequence: int) -> None:
    """Let catalog hear what orders says, as its queue would bring it."""
    said = wrapped(body, emitter="orders", subject=subject, sequence=sequence)
    answer = catalog.consume(sqs_event(said.model_dump_json()), None)
    assert answer == {"batchItemFailures": []}


def raw_rows(shop_id: str) -> str:
    """Everything that is kept of a shop, as the engine has it."""
    return json.dumps([row.to_simple_dict() for row in query(CatalogRow, f"SHP#{shop_id}")])
