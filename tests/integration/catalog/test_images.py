"""Images as files: uploaded, looked at, shown at an address that stays (C5)."""

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from services.catalog.tables import find_image
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import ANYBODY, IMAGES, Merchant, ok, product_body, said
from tests.integration.catalog.uploads import imports, jsonl, rows, upload
from tests.unit.catalog.test_image_file import jpeg, png

BASE = "https://shops.test/catalog/v1/images/"


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


def picture(merchant: Merchant, content: bytes | None = None) -> str:
    """An uploaded image."""
    return upload(merchant, content or png(800, 600), "image", "image/png")


def refused(merchant: Merchant, *images: str) -> list[dict[str, Any]]:
    """Why a product with these images, and then three others, is refused."""
    reply = merchant.client.post(f"{merchant.path}/products", product_body(images=[*images, *IMAGES]))
    assert (reply.status, reply.slug) == (422, "validation"), reply.text
    errors: list[dict[str, Any]] = reply.json["errors"]
    return errors


def test_an_upload_is_shown_to_anybody_at_an_address_that_stays(merchant: Merchant) -> None:
    """C5: beside URLs; buyers and orders get an address that leads to the file, as the type that it is."""
    image = picture(merchant, jpeg(800, 600))
    product = merchant.sells(images=[image, *IMAGES])

    seen = ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))["images"]
    led = ANYBODY.get(seen[0].removeprefix("https://shops.test/catalog"))

    assert seen == product["images"] == [BASE + image, *IMAGES]
    assert said(product["product_id"])[0].data["image"] == seen[0]
    assert (led.status, led.headers["cache-control"]) == (302, "public, max-age=600")
    with urllib.request.urlopen(led.headers["location"], timeout=30) as answer:
        assert (answer.headers["Content-Type"], answer.read()) == ("image/jpeg", jpeg(800, 600))
    kept = find_image(image)
    assert kept is not None
    assert (kept.shop, kept.type, kept.width, kept.height) == (merchant.shop_id, "image/jpeg", 800, 600)


def test_what_a_view_shows_may_be_sent_again(merchant: Merchant) -> None:
    """C5: a client that reads, changes and writes back has changed nothing about images."""
    product = merchant.sells(images=[picture(merchant), *IMAGES])

    same = ok(merchant.edits(product, images=product["images"]))
    turned = ok(merchant.edits(product, images=list(reversed(product["images"]))))

    assert same["version"] == product["version"]
    assert turned["images"] == list(reversed(product["images"]))


def test_a_shops_image_serves_all_its_products_and_editors(
    merchant: Merchant, new_merchant: Callable[[], Merchant]
) -> None:
    """X1, C5: once shown it is the shop's, and no other one's."""
    image, stranger = picture(merchant), new_merchant()
    merchant.creates(images=[image, *IMAGES])

    assert merchant.creates(images=[image, *IMAGES])["images"][0] == BASE + image
    assert refused(stranger, image) == [{"at": "images.0", "why": "there is no such upload of yours"}]
    assert refused(stranger, picture(merchant)) == [{"at": "images.0", "why": "there is no such upload of yours"}]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no JPEG, PNG, WebP or GIF"),
        (b"PK\x03\x04 an archive", "it is no JPEG, PNG, WebP or GIF"),
        (png(99, 800), "it has 99 × 800 pixels: each side has to have 100 to 10000"),
        (png(800, 600)[:20], "its header is broken or cut off"),
    ],
)
def test_a_file_is_what_it_holds_and_not_what_it_is_called(merchant: Merchant, content: bytes, why: str) -> None:
    """C5: type and size are read from the content; the answer names the image, and nothing is kept."""
    image = picture(merchant, content)

    assert refused(merchant, IMAGES[0], image) == [{"at": "images.1", "why": why}]
    assert find_image(image) is None
    assert ANYBODY.get(f"/v1/images/{image}").status == 404


def test_what_was_never_put_there_is_no_image(merchant: Merchant) -> None:
    """C5: an id that nobody has, and one without its file."""
    asked = {"purpose": "image", "content_type": "image/png", "bytes": 9, "sha256": "0" * 64}
    never = ok(merchant.client.post("/v1/uploads", asked), 201)["upload_id"]

    assert refused(merchant, never)[0]["why"] == "nothing complete was uploaded under this id"
    assert refused(merchant, "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV")[0]["why"] == "there is no such upload of yours"


def test_a_table_for_an_import_is_no_image(merchant: Merchant) -> None:
    """C5: an upload is for one purpose."""
    assert refused(merchant, upload(merchant, png(800, 600)))[0]["at"] == "images.0"


@pytest.mark.parametrize(
    "differs", [{"bytes": (10 << 20) + 1}, {"content_type": "image/svg+xml"}, {"content_type": "text/html"}]
)
def test_an_image_upload_is_bounded(merchant: Merchant, differs: dict[str, Any]) -> None:
    """C5: at most 10 MiB, of the four types; said before anything is sent."""
    asked = {"purpose": "image", "content_type": "image/webp", "bytes": 10 << 20, "sha256": "0" * 64}

    assert merchant.client.post("/v1/uploads", asked).status == 201
    assert merchant.client.post("/v1/uploads", asked | differs).slug == "validation"


def test_a_file_of_products_may_name_uploads(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """C6: those of the person who sent it; the row says which image is not."""
    image, theirs = picture(merchant), picture(new_merchant())
    bodies = [product_body(out_product_id=one, images=[one, *IMAGES]) for one in (image, theirs)]

    ended = imports(merchant, jsonl(bodies), "jsonl")

    told = [(one["outcome"], one["why"]) for one in rows(merchant, ended)]
    assert told == [("created", ""), ("refused", "images.0: there is no such upload of yours")]
