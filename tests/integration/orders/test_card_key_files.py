"""Card keys by file (O5): each new key is for sale once, every other line is reported, and no key lies about."""

import csv
import hashlib
import io
import json
from typing import Any

import pytest
import requests

from infra.faults import Fault, FaultsProxy
from services.orders.card_keys import import_file
from services.orders.tables import STORE, OrdersRow, own_begin
from services.shared.plumbing import clock, files, ids
from services.shared.plumbing.jobs import job_of
from tests.integration.http import Client, Reply
from tests.integration.orders.events import hear, told_of
from tests.integration.orders.market import Market, person
from tests.integration.orders.test_card_keys import bought, bring, codes, key_style, pool, seen


def put(client: Client, body: bytes, **more: Any) -> str:
    """Upload a file of keys; returns the upload's id."""
    asked = {"purpose": "card_keys", "content_type": "text/plain", "bytes": len(body)}
    place = client.post("/v1/uploads", asked | {"sha256": hashlib.sha256(body).hexdigest()} | more)
    assert place.status == 201, place.text
    assert requests.put(place.json["url"], data=body, headers=place.json["headers"], timeout=30).status_code == 200
    return str(place.json["upload_id"])


def start(market: Market, sku: str, upload_id: str, **how: Any) -> Reply:
    """Start importing it."""
    path = f"/v1/shops/{market.shop_id}/card-key-imports"
    return market.merchant.post(path, {"sku_id": sku, "upload_id": upload_id}, **how)


def brought(market: Market, sku: str, body: bytes) -> dict[str, Any]:
    """Upload and import it; the import as it ended."""
    started = start(market, sku, put(market.merchant, body))
    assert (started.status, started.json["status"]) == (202, "running"), started.text
    assert started.headers["location"].endswith(started.json["import_id"])
    market.settle_events()
    path = f"/v1/shops/{market.shop_id}/card-key-imports/{started.json['import_id']}"
    return dict(market.merchant.get(path).json)


def report(ended: dict[str, Any]) -> list[tuple[int, str, str]]:
    """The lines of the report."""
    text = requests.get(ended["url"], timeout=30).content.decode()
    return [(int(row["line"]), row["outcome"], row["why"]) for row in csv.DictReader(io.StringIO(text))]


def counts(ended: dict[str, Any]) -> tuple[int, int, int]:
    """Added, duplicates, refused."""
    return ended["added"], ended["duplicates"], ended["refused"]


def test_each_line_is_a_key_and_what_is_none_is_reported(market: Market) -> None:
    """O5: duplicates in the pool, among sold ones and in the file; blank lines and blanks around a key do not count."""
    sku = key_style(market)
    bring(market, sku, ["SOLD-1"])
    bought(market, sku)
    bring(market, sku, ["OLD-1"])
    lines = ["\ufeffNEW-1", "", " NEW-2 ", "OLD-1", "NEW-1", "SOLD-1", "x" * 201, "钥匙-3"]

    ended = brought(market, sku, "\r\n".join(lines).encode() + b"\n\xff\xfe\n")

    assert (ended["status"], counts(ended)) == ("done", (3, 3, 2))
    assert report(ended) == [
        (4, "duplicate", "was imported before"),
        (5, "duplicate", "came before in this file"),
        (6, "duplicate", "was imported before"),
        (7, "refused", "longer than 200 characters"),
        (9, "refused", "no text in UTF-8"),
    ]
    assert pool(market, sku) == {"left": 4, "for_sale": 4, "held": 0, "unlisted": 0, "sold": 1}
    buyer, order_id = bought(market, sku, 4)
    assert sorted(seen(buyer, order_id)) == ["NEW-1", "NEW-2", "OLD-1", "钥匙-3"]


def test_a_file_of_many_chunks_is_imported_once_whatever_is_lost(market: Market, proxy: FaultsProxy) -> None:
    """O5: answers get lost and steps are done twice; a key that comes again in a later chunk is a duplicate."""
    sku = key_style(market)
    keys = [*codes(300), *codes(3)]
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.2))
    started = start(market, sku, put(market.merchant, "\n".join(keys).encode()))
    proxy.clear()

    market.settle_events(duplicate=True)

    ended = market.merchant.get(f"/v1/shops/{market.shop_id}/card-key-imports/{started.json['import_id']}").json
    assert (ended["status"], counts(ended)) == ("done", (300, 3, 0))
    assert [line for line, *_ in report(ended)] == [301, 302, 303]
    assert pool(market, sku)["for_sale"] == 300


def test_a_chunk_that_is_done_twice_brings_in_nothing_twice(market: Market) -> None:
    """O5: a worker that died before its checkpoint; what it had brought in counts as brought in."""
    sku = key_style(market)
    started = start(market, sku, put(market.merchant, b"A-1\nA-2\nA-2\n"))
    job = job_of(STORE, started.json["import_id"])
    assert job is not None
    import_file.import_chunk(job, own_begin(clock.now()))  # and its counts are lost

    market.settle_events()

    ended = market.merchant.get(f"/v1/shops/{market.shop_id}/card-key-imports/{job.id}").json
    assert counts(ended) == (2, 1, 0)
    assert pool(market, sku)["for_sale"] == 2


def test_no_key_of_a_file_lies_about(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    """O5, X3: in no row, event, log, report or answer in clear; the upload is emptied."""
    sku, secret = key_style(market), "SECRET-8888-KEY"
    upload_id = put(market.merchant, f"{secret}\n{secret}\n".encode())
    started = start(market, sku, upload_id)
    market.settle_events()
    ended = market.merchant.get(f"/v1/shops/{market.shop_id}/card-key-imports/{started.json['import_id']}")

    kept = [json.dumps(row.serialize()) for row in (*OrdersRow.scan(), *STORE.row.scan(), *STORE.outbox.scan())]
    assert (ended.json["added"], ended.json["duplicates"]) == (1, 1)
    assert not [one for one in kept if secret in one]
    assert secret not in started.text + ended.text + repr(report(ended.json)) + capsys.readouterr().out
    assert files.size_of(files.key_of(STORE, upload_id)) == 0


def test_an_import_that_comes_no_further_fails_and_leaves_no_key_behind(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O5: it says so, with its report; the upload is emptied, and another one of the same file brings in what lacks."""
    sku = key_style(market)
    upload_id = put(market.merchant, b"A-1\nA-2\n")
    import_id = start(market, sku, upload_id).json["import_id"]
    with monkeypatch.context() as stuck:
        stuck.setattr("services.shared.plumbing.jobs.MOST_RESTARTS", 0)
        hear(told_of(import_id)[-1])
    market.settle_events()

    failed = market.merchant.get(f"/v1/shops/{market.shop_id}/card-key-imports/{import_id}").json

    assert (failed["status"], counts(failed), report(failed)) == ("failed", (0, 0, 0), [])
    assert failed["why"].startswith("it came no further for six hours, by a fault of ours: upload the file again")
    assert files.size_of(files.key_of(STORE, upload_id)) == 0
    assert counts(brought(market, sku, b"A-1\nA-2\n")) == (2, 0, 0)


def test_a_file_with_too_many_keys_is_cut_off(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O5: and says so; what was brought in until then stays."""
    assert import_file.MOST_LINES == 100_000
    monkeypatch.setattr(import_file, "MOST_LINES", 120)
    sku = key_style(market)

    ended = brought(market, sku, "\n".join(codes(250)).encode())

    assert (ended["status"], ended["added"]) == ("failed", 120)
    assert "send the rest" in ended["why"]
    assert pool(market, sku)["for_sale"] == 120


def test_the_same_key_starts_one_import_and_others_files_are_none(market: Market) -> None:
    """X1: another's upload, another shop's import and style, and a style of other goods are refused."""
    sku, (tea,) = key_style(market), market.offer(stock=1)
    upload_id, key = put(market.merchant, b"A-1\n"), ids.new_id("key")

    assert start(market, tea, upload_id).slug == "not-a-card-key"
    assert start(market, "sku_unknown", upload_id).status == 404
    assert start(market, sku, put(person("eve"), b"A-1\n")).status == 404
    first, again = (start(market, sku, upload_id, key=key) for _ in range(2))
    assert first.json["import_id"] == again.json["import_id"]
    path = f"/v1/shops/{market.shop_id}/card-key-imports"
    assert market.merchant.get(f"{path}/cki_other").status == 404
    market.settle_events()
    assert pool(market, sku)["for_sale"] == 1


def test_a_file_is_imported_once(market: Market) -> None:
    """O5: it is emptied when its import ends, so that another one of it would end half-way and say nothing."""
    one, two = key_style(market), key_style(market)
    upload_id = put(market.merchant, b"A-1\nA-2\n")

    assert start(market, one, upload_id).status == 202
    refused = [start(market, sku, upload_id) for sku in (two, one)]
    market.settle_events()

    assert [(reply.status, reply.slug) for reply in refused] == [(409, "upload-used")] * 2
    assert (pool(market, one)["left"], pool(market, two)["left"]) == (2, 0)
    assert start(market, two, upload_id).slug in ("upload-used", "upload-missing")


def test_only_text_of_a_size_is_taken(market: Market) -> None:
    """O5: what is announced has to be plain text, up to 20 MB."""
    asked = {"purpose": "card_keys", "content_type": "text/plain", "bytes": 10, "sha256": "0" * 64}

    assert market.merchant.post("/v1/uploads", asked | {"content_type": "image/png"}).status == 422
    assert market.merchant.post("/v1/uploads", asked | {"purpose": "aftersale_evidence"}).status == 422
    assert market.merchant.post("/v1/uploads", asked | {"bytes": (20 << 20) + 1}).status == 422
    assert market.merchant.post("/v1/uploads", asked).status == 201
