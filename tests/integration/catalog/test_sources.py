"""Where buyers come from: links with QR codes (C9), live sessions (C10)."""

import base64
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from tests.integration.catalog.merchant import ANYBODY, Merchant, ok, open_merchant

WHEN = "2026-12-01T12:00:00Z"


def links(merchant: Merchant, **asked: Any) -> dict[str, Any]:
    """A link of the merchant's."""
    return ok(merchant.client.post(f"{merchant.path}/links", {"channel": "moments", **asked}), 201)


def plans(merchant: Merchant, *product_ids: str) -> dict[str, Any]:
    """A live session of these products."""
    body = {"title": "春茶专场", "product_ids": product_ids, "planned_for": WHEN}
    return ok(merchant.client.post(f"{merchant.path}/live-sessions", body), 201)


def test_a_link_says_where_it_leads_and_where_it_stood(merchant: Merchant) -> None:
    """C9: to a product, for a channel; its token is what the order will carry."""
    product = merchant.sells()["product_id"]

    link = links(merchant, product_id=product, label="Poster at the door")

    shown = ok(ANYBODY.get(f"/v1/links/{link['link_id']}"))
    assert "label" not in shown
    said = parse_qs(urlsplit(shown["url"]).query)
    assert said == {
        "shop_id": [merchant.shop_id],
        "product_id": [product],
        "channel": ["moments"],
        "source_token": [link["source_token"]],
    }
    assert ok(merchant.client.get(f"{merchant.path}/links"))["items"][0]["label"] == "Poster at the door"


def test_a_link_may_lead_to_giving_a_product(merchant: Merchant) -> None:
    """C9, G1: the page is told to order it as a gift; only of a product, and of one that may be given."""
    product, never = merchant.sells()["product_id"], merchant.sells(giftable=False)["product_id"]

    link = links(merchant, product_id=product, gift=True)

    said = parse_qs(urlsplit(ok(ANYBODY.get(f"/v1/links/{link['link_id']}"))["url"]).query)
    assert (said["kind"], said["product_id"], said["source_token"]) == (["gift"], [product], [link["link_id"]])
    assert "kind" not in parse_qs(urlsplit(links(merchant, product_id=product)["url"]).query)
    for body in ({"gift": True}, {"gift": True, "product_id": never}):
        assert merchant.client.post(f"{merchant.path}/links", {"channel": "chat", **body}).slug == "validation"


def test_a_shops_own_site_shows_its_links(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C9: with a site of one's own the address is there."""
    monkeypatch.setenv("XIAODIAN_H5_URL", "https://m.example/open?lang=zh")

    assert links(merchant)["url"].startswith(
        f"https://m.example/open?lang=zh&shop_id={merchant.shop_id}&channel=moments&"
    )


def test_a_qr_code_is_svg_and_png(merchant: Merchant) -> None:
    """C9: both are pictures, square, and of the size that is said."""
    code = ok(ANYBODY.get(f"/v1/links/{links(merchant)['link_id']}/qr"))

    svg = ElementTree.fromstring(code["svg"])
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg.attrib["width"] == svg.attrib["height"] == str(code["width"])
    kind, _, data = code["png"].partition(",")
    png = base64.b64decode(data)
    assert kind == "data:image/png;base64"
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (code["width"], code["width"])


def test_only_to_what_is_the_shops(merchant: Merchant) -> None:
    """C9: not to another's product, not to an unknown channel; an unknown link is not there."""
    theirs = open_merchant().sells()["product_id"]

    assert merchant.client.post(f"{merchant.path}/links", {"channel": "qr", "product_id": theirs}).status == 404
    assert merchant.client.post(f"{merchant.path}/links", {"channel": "pigeon"}).status == 422
    assert ANYBODY.get("/v1/links/lnk_00000000000000000000000000").status == 404


def test_links_page_newest_first(merchant: Merchant) -> None:
    """X2: all of them, once."""
    made = [links(merchant)["link_id"] for _ in range(5)]
    first = ok(merchant.client.get(f"{merchant.path}/links?limit=3"))
    rest = ok(merchant.client.get(f"{merchant.path}/links?limit=3&cursor={first['next_cursor']}"))

    assert [one["link_id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_a_session_is_planned_held_and_ended(merchant: Merchant) -> None:
    """C10: products in order, one pinned while it is live; buyers see what of it is for sale."""
    a, b = (str(merchant.sells()["product_id"]) for _ in range(2))
    hidden = str(merchant.creates()["product_id"])
    session = plans(merchant, b, hidden, a)
    path = f"{merchant.path}/live-sessions/{session['session_id']}"
    assert (session["status"], session["planned_for"]) == ("planned", WHEN)

    assert merchant.client.put(f"{path}/pinned", {"product_id": a}).slug == "illegal-transition"
    started = ok(merchant.client.post(f"{path}/start"))
    assert ok(merchant.client.post(f"{path}/start")) == started
    ok(merchant.client.put(f"{path}/pinned", {"product_id": a}))
    stranger = merchant.client.put(f"{path}/pinned", {"product_id": "prd_00000000000000000000000000"})
    assert stranger.status == 422

    shown = ok(ANYBODY.get(f"/v1/live-sessions/{session['session_id']}"))
    assert (shown["status"], shown["pinned"], shown["source_token"]) == ("live", a, session["session_id"])
    assert [one["product_id"] for one in shown["products"]] == [b, a]

    ended = ok(merchant.client.post(f"{path}/end"))
    assert (ended["status"], ended["pinned"]) == ("ended", None)
    assert merchant.client.patch(path, {"title": "again"}).json["legal"] == []
    assert merchant.client.post(f"{path}/start").status == 409


def test_a_session_is_edited_by_one_at_a_time(merchant: Merchant) -> None:
    """X2: of two who saw the same version, the second is told; what is no longer shown is no longer pinned."""
    a, b = (str(merchant.sells()["product_id"]) for _ in range(2))
    session = plans(merchant, a, b)
    path = f"{merchant.path}/live-sessions/{session['session_id']}"

    def edit(title: str) -> int:
        return merchant.client.patch(path, {"title": title}, headers={"if-match": '"1"'}).status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(edit, ["甲", "乙"])) == [200, 412]
    ok(merchant.client.post(f"{path}/start"))
    ok(merchant.client.put(f"{path}/pinned", {"product_id": a}))
    assert ok(merchant.client.patch(path, {"product_ids": [b]}))["pinned"] is None
    theirs = open_merchant().sells()["product_id"]
    assert merchant.client.patch(path, {"product_ids": [b, theirs]}).status == 422
    assert [one["session_id"] for one in ok(merchant.client.get(f"{merchant.path}/live-sessions"))["items"]] == [
        session["session_id"]
    ]
