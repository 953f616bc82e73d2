"""A shop's staff: invited by a link that works once, removed at once, never without an owner (X1)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.shared.contracts.catalog import MembershipChanged
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import Merchant, fresh_name, names, ok, person, said
from tests.integration.http import Client
from tests.tokens import forged


def invited(merchant: Merchant, role: str = "operator") -> dict[str, Any]:
    """An open invitation of the shop's owner."""
    return ok(merchant.client.post(f"{merchant.path}/staff", {"role": role}), 201)


def joins(who: Client, invitation: dict[str, Any]) -> dict[str, Any]:
    """What the invited person is answered."""
    return ok(who.post(f"/v1/staff-invitations/{invitation['token']}"))


def newcomer() -> tuple[str, Client]:
    """Somebody whom nobody knows yet."""
    name = fresh_name("p")
    return f"person:{name}", person(name)


def test_invited_joins_and_may_act(merchant: Merchant) -> None:
    """From the link on, the person has the role's rights, sees the shop among their own, and every service is told."""
    who, client = newcomer()
    assert client.get(f"{merchant.path}/products").status == 404

    joined = joins(client, invited(merchant))

    assert joined == {"shop_id": merchant.shop_id, "person": who, "role": "operator"}
    assert client.get(f"{merchant.path}/products").status == 200
    assert client.post(f"{merchant.path}/staff", {"role": "operator"}).status == 403
    assert [shop["shop_id"] for shop in ok(client.get("/v1/shops?mine=true"))["items"]] == [merchant.shop_id]
    told = said(f"{merchant.shop_id}/{who}")
    assert names(told) == ["membership_changed"]
    assert told[0].open(MembershipChanged).role == "operator"


def test_a_link_works_once(merchant: Merchant) -> None:
    """Its user may press again; another is told that it is used, and 20 who press at once: one is in."""
    invitation = invited(merchant)
    _, first = newcomer()
    joins(first, invitation)

    joins(first, invitation)
    _, late = newcomer()
    refused = late.post(f"/v1/staff-invitations/{invitation['token']}")
    assert (refused.status, refused.slug) == (409, "invitation-used")

    race = invited(merchant, "support")
    crowd = [newcomer()[1] for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: one.post(f"/v1/staff-invitations/{race['token']}").status, crowd))
    assert sorted(answers) == [200] + [409] * 19


def test_a_link_ends_after_a_week_or_when_taken_back(merchant: Merchant, hands: Hands) -> None:
    """An old link and one taken back are worth nothing; a guessed or cut one never was."""
    _, client = newcomer()
    back = invited(merchant)
    assert merchant.client.delete(f"{merchant.path}/staff-invitations/{back['invitation_id']}").status == 204
    assert client.post(f"/v1/staff-invitations/{back['token']}").status == 404

    old = invited(merchant)
    assert client.post(f"/v1/staff-invitations/{forged(old['token'])}").status == 404
    assert client.post("/v1/staff-invitations/guess").status == 404
    hands.move(days=7)
    assert client.post(f"/v1/staff-invitations/{old['token']}").status == 404
    listed = ok(merchant.client.get(f"{merchant.path}/staff-invitations"))["items"]
    assert [(one["invitation_id"], one["status"], one["token"]) for one in listed] == [
        (old["invitation_id"], "over", None)
    ]


def test_the_same_request_makes_one_invitation(merchant: Merchant) -> None:
    """Sent again with its key: the same link."""
    asked = [merchant.client.post(f"{merchant.path}/staff", {"role": "finance"}, key="once") for _ in range(2)]
    assert ok(asked[0], 201) == ok(asked[1], 201)


def test_removed_is_out_at_once(merchant: Merchant) -> None:
    """The owner removes somebody: the next request of theirs is refused, and a new invitation lets them in again."""
    who, client = newcomer()
    joins(client, invited(merchant))

    assert merchant.client.delete(f"{merchant.path}/staff/{who}").status == 204

    assert client.get(f"{merchant.path}/products").status == 404
    assert ok(client.get("/v1/shops?mine=true"))["items"] == []
    assert merchant.client.delete(f"{merchant.path}/staff/{who}").status == 404
    joins(client, invited(merchant, "support"))
    assert [event.open(MembershipChanged).role for event in said(f"{merchant.shop_id}/{who}")] == [
        "operator",
        None,
        "support",
    ]
    assert [event.sequence for event in said(f"{merchant.shop_id}/{who}")] == [1, 2, 3]


def test_staff_may_leave_but_remove_nobody(merchant: Merchant) -> None:
    """Everybody may go; only an owner may send somebody away."""
    who, client = newcomer()
    other, _ = newcomer()
    joins(client, invited(merchant, "support"))
    joins(person(other.removeprefix("person:")), invited(merchant, "support"))

    assert client.delete(f"{merchant.path}/staff/{other}").status == 403
    assert client.delete(f"{merchant.path}/staff/{who}").status == 204
    assert client.get(f"{merchant.path}/staff").status == 404


def test_a_shop_keeps_an_owner(merchant: Merchant) -> None:
    """The only owner can neither leave nor step down; two owners who remove each other at once: one stays."""
    owner = f"person:{merchant.name}"
    alone = merchant.client.delete(f"{merchant.path}/staff/{owner}")
    assert (alone.status, alone.slug) == (409, "last-owner")
    assert merchant.client.put(f"{merchant.path}/staff/{owner}", {"role": "support"}).slug == "last-owner"

    for _ in range(10):
        who, second = newcomer()
        joins(second, invited(merchant, "owner"))
        with ThreadPoolExecutor(2) as pool:
            duel = [(merchant.client, f"{merchant.path}/staff/{who}"), (second, f"{merchant.path}/staff/{owner}")]
            list(pool.map(lambda pair: pair[0].delete(pair[1]), duel))
        staff = [client.get(f"{merchant.path}/staff") for client in (merchant.client, second)]
        winners = [reply for reply in staff if reply.status == 200]
        assert len(winners) == 1
        assert [one["role"] for one in winners[0].json["items"]] == ["owner"]
        if staff[0].status != 200:  # the newcomer won: the first owner comes back
            merchant = Merchant(who.removeprefix("person:"), second, merchant.shop_id)
            owner = who


def test_who_owns_the_shop_no_more_has_no_link_left_into_it(merchant: Merchant) -> None:
    """His open links end with his role, for whoever holds them; one who joined before stays, others' links go on."""
    who, second = newcomer()
    joins(second, invited(merchant, "owner"))
    used, kept, others = (
        ok(second.post(f"{merchant.path}/staff", {"role": role}), 201) for role in ("support", "owner", "finance")
    )
    mine = invited(merchant)
    _, friend = newcomer()
    joins(friend, used)

    assert merchant.client.delete(f"{merchant.path}/staff/{who}").status == 204

    assert {one.post(f"/v1/staff-invitations/{kept['token']}").status for one in (second, newcomer()[1])} == {404}
    assert friend.get(f"{merchant.path}/products").status == 200
    listed = ok(merchant.client.get(f"{merchant.path}/staff-invitations"))["items"]
    status = {one["invitation_id"]: (one["status"], one["token"]) for one in listed}
    assert {status[one["invitation_id"]] for one in (kept, others)} == {("over", None)}
    assert status[mine["invitation_id"]] == ("open", mine["token"])
    joins(newcomer()[1], mine)


def test_a_role_changes(merchant: Merchant) -> None:
    """An owner makes an operator of a supporter, and one's own owner's role is not lost by taking an invitation."""
    who, client = newcomer()
    joins(client, invited(merchant, "support"))

    changed = ok(merchant.client.put(f"{merchant.path}/staff/{who}", {"role": "operator"}))

    assert changed["role"] == "operator"
    assert client.put(f"{merchant.path}/staff/{who}", {"role": "owner"}).status == 403
    refused = merchant.client.post(f"/v1/staff-invitations/{invited(merchant)['token']}")
    assert (refused.status, refused.slug) == (409, "owner-already")


def test_staff_pages(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """Every member once, over pages; strangers see nothing."""
    people = {f"person:{merchant.name}"}
    for _ in range(4):
        who, client = newcomer()
        joins(client, invited(merchant))
        people.add(who)

    seen, cursor = [], ""
    while True:
        page = ok(merchant.client.get(f"{merchant.path}/staff?limit=2{cursor}"))
        seen += [one["person"] for one in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert sorted(people) == seen
    assert new_merchant().client.get(f"{merchant.path}/staff").status == 404
