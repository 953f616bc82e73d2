"""Old shops' products as WeChat dumps them, and migrations that run to their end in this process."""

import json
from collections.abc import Sequence
from typing import Any

from services.catalog import app as catalog
from services.catalog.tables import STORE
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import StockAnswered, StockAsked
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import ids
from services.shared.plumbing.tables import query
from tests.integration.catalog.merchant import IMAGES, PLATFORM, Merchant, hear, ok
from tests.integration.catalog.uploads import upload
from tests.integration.wire import deliver

FIRST = 10000087654321001  # above what a float keeps
_ANSWERED: set[str] = set()


def old_product(number: int, **differs: Any) -> dict[str, Any]:
    """A product on sale as `product/get` has it: two styles, fen, 64-bit ids, and fields that have no place here."""
    ident = FIRST + number
    return {
        "product_id": str(ident),
        "out_product_id": f"out-{number}",
        "title": f"手绘青花马克杯第{number}款",
        "sub_title": "釉下彩",
        "head_imgs": ["http://mmecimage.cn/p/1.jpg", *IMAGES[1:]],
        "desc_info": {"imgs": ["https://images.test/long.jpg"], "desc": "每一只都不一样"},
        "deliver_method": 0,
        "cats": [{"cat_id": "6033"}, {"cat_id": "6057"}],
        "status": 5,
        "edit_status": 4,
        "express_info": {"template_id": "4711", "weight": 380},
        "skus": [
            {
                "sku_id": ident * 10 + n,
                "out_sku_id": f"out-{number}-{n}",
                "sale_price": 6_800 + n,
                "market_price": 9_900,
                "stock_num": 5 + n,
                "sku_code": f"code-{number}",
                "sku_attrs": [{"attr_key": "尺寸", "attr_value": size}],
                "status": 5,
            }
            for n, size in enumerate(("小", "大"))
        ],
        **differs,
    }


def dump(records: Sequence[object]) -> bytes:
    """JSON lines; text is a line as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records]
    return "\n".join(lines).encode() + b"\n"


def asked(
    merchant: Merchant, content: bytes, format_: str = "wechat", *, confirmed: bool = True, **differs: Any
) -> str:
    """A migration of one file of products into the merchant's shop, which the platform has confirmed; its id."""
    file = {"kind": "products", "format": format_, "upload_id": upload(merchant, content, "migration")}
    body = {
        "source": "mini_shop",
        "old_shop_id": ids.new_id("old"),
        "shop_id": merchant.shop_id,
        "files": [file],
        **differs,
    }
    return posted(merchant, body, confirmed=confirmed)


def posted(merchant: Merchant, body: dict[str, Any], *, confirmed: bool = True) -> str:
    """What he asks for, confirmed by the platform where it has to be; its id."""
    found = ok(merchant.client.post("/v1/migrations", body), 201)
    if confirmed and found["ownership"] == "waiting":
        confirm(found["migration_id"])
    return str(found["migration_id"])


def confirm(migration_id: str) -> dict[str, Any]:
    """The platform says that the shop may take that old shop."""
    return ok(PLATFORM.post(f"/v1/migrations/{migration_id}/decisions", {"decision": "pass"}))


def done(merchant: Merchant, migration_id: str, what: str) -> dict[str, Any]:
    """Do this with it, and let the worker do all that follows; the migration as it is then."""
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/{what}"))
    deliver(catalog, only={JobStepDue.NAME})
    while answered_for_orders(migration_id):
        deliver(catalog, only={JobStepDue.NAME})
    return ok(merchant.client.get(f"/v1/migrations/{migration_id}"))


def answered_for_orders(migration_id: str) -> int:
    """How many questions about stock are answered as orders would that has heard of nothing."""
    rows = [row for row in query(STORE.outbox, migration_id) if row.name == StockAsked.NAME and row.sk not in _ANSWERED]
    for row in rows:
        _ANSWERED.add(row.sk)
        asked = Envelope.model_validate_json(row.body).open(StockAsked)
        answer = StockAnswered(**asked.model_dump(exclude={"products"}), ordered=[], counted=[])
        hear(answer, subject=migration_id, sequence=0)
    return len(rows)


def counted(migration: dict[str, Any]) -> dict[str, int]:
    """What became of its products, but nothing that is zero."""
    [count] = [one for one in migration["counts"] if one["kind"] == "products"]
    names = ("read", "moved", "unchanged", "refused", "taken_out", "kept")
    return {name: count[name] for name in names if count[name]}


def told(merchant: Merchant, migration_id: str, run: int | None = None) -> list[dict[str, Any]]:
    """What became of every record of its first file."""
    path, found, cursor = f"/v1/migrations/{migration_id}/rows?limit=100", [], ""
    while True:
        page = ok(merchant.client.get(f"{path}{f'&run={run}' if run else ''}{cursor}"))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
