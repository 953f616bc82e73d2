"""Preferences over HTTP: said once, kept, and refused where nobody may choose (N8)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.notify.conftest import client, event, hear, paid

PATH = "/v1/preferences"


def test_who_said_nothing_is_told_everything_in_chinese(buyer: str) -> None:
    """N8: the usual, as version 0."""
    view = client(buyer).get(PATH).json

    assert (view["language"], view["zone"], view["quiet_hours"], view["version"]) == ("zh", "Asia/Shanghai", None, 0)
    assert {on for media in view["media"].values() for on in media.values()} == {True}
    assert {"orders.order_paid", "gifts.gift_expired", "catalog.shop_audit_decided"} <= set(view["always_told"])
    assert "gifts.gift_ready" not in view["always_told"]


def test_what_is_said_is_kept(buyer: str) -> None:
    """With a version; what is not named is told."""
    wanted = {
        "language": "en",
        "zone": "Europe/Berlin",
        "quiet_hours": {"starts": "22:30", "ends": "07:00"},
        "media": {"wechat": {"growth": False}, "inbox": {"trade": True}},
    }

    said = client(buyer).put(PATH, wanted)

    assert said.json == client(buyer).get(PATH).json
    assert said.headers["etag"] == '"1"'
    assert {name: said.json[name] for name in ("language", "zone", "quiet_hours")} == {
        name: wanted[name] for name in ("language", "zone", "quiet_hours")
    }
    assert [one for one, on in said.json["media"]["wechat"].items() if not on] == ["growth"]


def test_saying_the_same_again_changes_nothing(buyer: str) -> None:
    """A PUT may be repeated."""
    first, second = (client(buyer).put(PATH, {"language": "en"}).json for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "body",
    [
        {"media": {"inbox": {"trade": False}}},
        {"media": {"pigeon": {"trade": True}}},
        {"media": {"wechat": {"weather": False}}},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": "localtime"},
        {"zone": "posix/UTC"},
        {"language": "fr"},
        {"quiet_hours": {"starts": "24:00", "ends": "08:00"}},
        {"quiet_hours": {"starts": "08:00", "ends": "08:00"}},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_is_refused(buyer: str, body: dict[str, Any]) -> None:
    """The inbox is always written; zones, media and categories are those there are. Nothing is kept of it."""
    refused = client(buyer).put(PATH, body)

    assert (refused.status, refused.json["type"].rpartition("/")[2]) == (422, "validation")
    assert client(buyer).get(PATH).json["version"] == 0


def test_of_two_who_saw_the_same_one_is_told(buyer: str) -> None:
    """If-Match names the version that was read."""
    client(buyer).put(PATH, {"language": "en"})

    with ThreadPoolExecutor(2) as pool:
        zones = ["Europe/Berlin", "Europe/Paris"]
        statuses = list(
            pool.map(lambda zone: client(buyer).put(PATH, {"zone": zone}, headers={"If-Match": '"1"'}).status, zones)
        )

    assert sorted(statuses) == [200, 412]


def test_the_inbox_is_read_in_the_preferred_language_and_zone(buyer: str, shop: str) -> None:
    """N2: where the request asks for no language of ours."""
    hear(event(paid(buyer, shop, fen=12_34)))
    client(buyer).put(PATH, {"language": "en"})

    preferred, asked = (
        client(buyer).get("/v1/messages", headers={"Accept-Language": header}) for header in ("fr", "zh-CN")
    )

    assert preferred.headers["content-language"] == "en"
    assert preferred.json["items"][0]["body"].startswith("You paid CN¥12.34;")
    assert asked.json["items"][0]["body"].startswith("已支付 ¥12.34，")
