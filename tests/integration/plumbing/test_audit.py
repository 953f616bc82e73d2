"""Who did what for a shop, when and from where (O20): with the act or not at all, for its owner and the platform."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.catalog import Role
from services.shared.plumbing import clock
from tests.integration.http import Client, token_for
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.plumbing.test_doors import employ
from tests.tokens import PEOPLE, signed


def staff(shop: str, person: str, role: Role | None = "operator") -> Client:
    """Somebody who works for the shop, on which there is a shelf."""
    employ(shop, f"person:{person}", role)
    return Client(probe.app, token_for(f"person:{person}"))


def deeds(reader: Client, shop: str, query: str = "limit=100") -> list[dict[str, Any]]:
    """The entries that the reader gets."""
    reply = reader.get(f"/v1/shops/{shop}/audit?{query}")
    assert reply.status == 200, reply.text
    return list(reply.json["items"])


@pytest.fixture
def platform() -> Client:
    """An operator of the platform."""
    return Client(probe.app, token_for("person:olga", platform=True))


def test_an_act_leaves_who_what_when_and_from_where(name: str) -> None:
    """O20: ids only, nothing of the body."""
    shop = probe.shelf(name, 7)
    employ(shop, "person:max", "operator")
    owner = staff(shop, "otto", "owner")
    max_ = Client(probe.app, signed(PEOPLE, sub="person:max", jti="token-7"))

    done = max_.post(f"/v1/shops/{shop}/parcels", {"label": "secret"}, headers={"user-agent": "erp/1 " + "x" * 300})

    (deed,) = deeds(owner, shop)
    assert deed.pop("entry_id").startswith("aud_")
    assert abs(clock.now() - datetime.fromisoformat(deed.pop("at"))) < timedelta(minutes=1)
    assert deed.pop("user_agent") == "erp/1 " + "x" * 194
    assert deed == {
        "actor": "person:max",
        "role": "operator",
        "action": "post_shop_parcel",
        "things": {},
        "ip": "127.0.0.1",
        "token_id": "token-7",
        "request_id": done.headers["x-request-id"],
    }


def test_a_repeat_and_a_refusal_leave_nothing(name: str) -> None:
    """O20: an entry stands for an effect."""
    shop = probe.shelf(name, 1)
    max_, owner = staff(shop, "max"), staff(shop, "otto", "owner")
    path = f"/v1/shops/{shop}/parcels"

    replies = [max_.post(path, {"label": "a"}, key="same"), max_.post(path, {"label": "a"}, key="same")]
    full = max_.post(path, {"label": "b"})

    assert [one.status for one in replies] == [201, 201]
    assert full.status == 409
    assert len(deeds(owner, shop)) == 1


def test_an_act_that_loses_its_answer_is_one_entry(name: str, proxy: FaultsProxy) -> None:
    """O20: tried again, it is the same act."""
    shop = probe.shelf(name, 5)
    max_, owner = staff(shop, "max"), staff(shop, "otto", "owner")
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=3))

    assert max_.post(f"/v1/shops/{shop}/parcels", {"label": "a"}).status == 201

    assert len(deeds(owner, shop)) == 1


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("operator", 403), ("support", 403), ("finance", 403), (None, 404)]
)
def test_the_owner_reads_it(name: str, role: Role | None, status: int) -> None:
    """O20, X1: staff do not, strangers do not learn that the shop is there."""
    assert staff(name, "max", role).get(f"/v1/shops/{name}/audit").status == status


def test_the_platform_is_written_down_too(name: str, platform: Client) -> None:
    """O20: in the shop's audit what it did to the shop, in its own what it did to none."""
    shop, other = probe.shelf(name, 5), probe.shelf(f"{name}-other", 5)
    owner = staff(shop, "otto", "owner")

    platform.post(f"/v1/shops/{shop}/parcels", {"label": "a"})
    platform.delete(f"/v1/shelves/{other}")

    (deed,) = deeds(owner, shop)
    assert (deed["actor"], deed["role"]) == ("person:olga", "platform")
    assert deeds(platform, shop) == [deed]
    mine = platform.get("/v1/audit?action=delete_shelf&actor=person:olga&limit=1").json["items"]
    assert [(one["action"], one["things"]) for one in mine] == [("delete_shelf", {"name": other})]
    assert owner.get("/v1/audit").status == 403


def test_it_is_filtered_and_paged(name: str, later: Later) -> None:
    """O20: by who, what and when, newest first; a filtered list is complete at its end."""
    shop = probe.shelf(name, 99)
    max_, mia, owner = staff(shop, "max"), staff(shop, "mia"), staff(shop, "otto", "owner")
    start = clock.now()
    for number in range(7):
        later(timedelta(minutes=number))
        (max_ if number % 3 else mia).post(f"/v1/shops/{shop}/parcels", {"label": "a"})

    def minutes(query: str) -> list[int]:
        found: list[int] = []
        cursor = ""
        while True:
            page = owner.get(f"/v1/shops/{shop}/audit?limit=2&{query}{cursor}").json
            found += [
                round((datetime.fromisoformat(one["at"]) - start) / timedelta(minutes=1)) for one in page["items"]
            ]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={quote(page['next_cursor'])}"

    def at(minute: float) -> str:
        return quote((start + timedelta(minutes=minute)).isoformat())

    assert minutes("") == [6, 5, 4, 3, 2, 1, 0]
    assert minutes("actor=person:mia") == [6, 3, 0]
    assert minutes("action=post_shop_parcel&actor=person:max") == [5, 4, 2, 1]
    assert minutes("action=none") == []
    assert minutes(f"after={at(1.5)}&before={at(4.5)}") == [4, 3, 2]


def test_a_cursor_belongs_to_its_filter(name: str) -> None:
    """X2: another filter's is refused."""
    shop = probe.shelf(name, 9)
    max_, owner = staff(shop, "max"), staff(shop, "otto", "owner")
    for _ in range(2):
        max_.post(f"/v1/shops/{shop}/parcels", {"label": "a"})
    cursor = quote(owner.get(f"/v1/shops/{shop}/audit?limit=1").json["next_cursor"])

    assert owner.get(f"/v1/shops/{shop}/audit?limit=1&actor=x&cursor={cursor}").slug == "cursor-invalid"
