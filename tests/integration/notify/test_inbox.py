"""The inbox as its reader sees it (N1)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notify import app as notify
from services.notify.browse_inbox import browse_inbox
from services.notify.inbox import KEPT, of_person
from services.notify.tables import Message
from services.shared.plumbing import clock
from tests.integration.http import Client
from tests.integration.notify.conftest import client, event, hear, paid, staff, stock_low


@pytest.fixture
def merchant(shop: str) -> Client:
    """Someone who acts for the shop."""
    hear(staff(shop, f"mei-of-{shop}"))
    return client(f"mei-of-{shop}")


def test_a_message_says_what_happened(buyer: str, shop: str) -> None:
    """In the shape of the API, with when it happened and what it is about."""
    at, fact = clock.now(), paid(buyer, shop, title="青花杯", fen=123_456)
    hear(event(fact, at=at))

    [message] = client(buyer).get("/v1/messages").json["items"]

    assert message.pop("message_id").startswith("msg_")
    assert datetime.fromisoformat(message.pop("created_at")) == at
    assert message == {
        "category": "trade",
        "event": "orders.order_paid",
        "title": "支付成功",
        "body": "已支付 ¥1,234.56，商家将尽快发出「青花杯」。",
        "subject_id": fact.order_id,
        "read": False,
    }


def test_one_message_is_shown_as_in_the_list_and_stays_unread(buyer: str, shop: str) -> None:
    """Until it is read; then it is shown as read (X2)."""
    hear(event(paid(buyer, shop)))
    [listed] = client(buyer).get("/v1/messages").json["items"]
    path = f"/v1/messages/{listed['message_id']}"

    assert [client(buyer).get(path).json for _ in range(2)] == [listed] * 2
    read = client(buyer).post(f"{path}/read", key="")
    assert client(buyer).get(path).json == read.json == listed | {"read": True}
    assert client(buyer).get(path, {"Accept-Language": "en"}).headers["content-language"] == "en"


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [(None, "zh", "支付成功"), ("en-GB,en;q=0.9,zh;q=0.8", "en", "Payment received"), ("fr", "zh", "支付成功")],
)
def test_the_reader_chooses_the_language(
    buyer: str, shop: str, accepted: str | None, language: str, title: str
) -> None:
    """By Accept-Language at the moment of reading; Chinese by default (N2)."""
    hear(event(paid(buyer, shop)))
    headers = {"Accept-Language": accepted} if accepted else {}

    listed = client(buyer).get("/v1/messages", headers)
    [message] = listed.json["items"]
    read = client(buyer).post(f"/v1/messages/{message['message_id']}/read", key="", headers=headers)

    assert [message["title"], read.json["title"]] == [title, title]
    assert [listed.headers["content-language"], read.headers["content-language"]] == [language, language]


@pytest.mark.parametrize(("messages", "limit"), [(7, 3), (6, 3), (3, 3), (1, 100)])
def test_pages_hold_every_message_once_newest_first(buyer: str, shop: str, messages: int, limit: int) -> None:
    """And the last page says that it is the last."""
    _hear_paid(buyer, shop, messages)

    pages = _pages(client(buyer), f"limit={limit}")

    assert [len(page) for page in pages] == [limit] * (messages // limit) + [messages % limit] * bool(messages % limit)
    assert [_title(one) for page in pages for one in page] == [f"第{n}件" for n in reversed(range(messages))]


def test_a_message_that_comes_while_paging_moves_no_page(buyer: str, shop: str) -> None:
    """A cursor goes on where it was, not a number of messages later."""
    _hear_paid(buyer, shop, 4)
    first = client(buyer).get("/v1/messages?limit=2").json
    hear(event(paid(buyer, shop, title="新的")))

    second = client(buyer).get(f"/v1/messages?limit=2&cursor={first['next_cursor']}").json

    assert [_title(one) for one in second["items"]] == ["第1件", "第0件"]


def test_a_category_is_listed_by_itself(shop: str, buyer: str, merchant: Client) -> None:
    """In pages as full as they are without one."""
    for n in range(5):
        hear(event(stock_low(shop, left=n)), event(paid(buyer, shop)), event(paid(buyer, shop)))

    pages = _pages(merchant, f"as_shop={shop}&category=stock&limit=2")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {one["event"] for page in pages for one in page} == {"orders.stock_low"}
    assert [one["created_at"] for page in pages for one in page] == sorted(
        (one["created_at"] for page in pages for one in page), reverse=True
    )


@pytest.mark.parametrize("category", ["", "&category=trade"])
def test_unread_messages_are_listed_by_themselves(buyer: str, shop: str, category: str) -> None:
    """None missing, none that was read; and the list ends."""
    _hear_paid(buyer, shop, 9)
    for message in client(buyer).get("/v1/messages").json["items"][::2]:
        client(buyer).post(f"/v1/messages/{message['message_id']}/read", key="")

    pages = _pages(client(buyer), f"unread=true&limit=3{category}")

    assert [_title(one) for page in pages for one in page] == ["第7件", "第5件", "第3件", "第1件"]
    assert len(pages) == 2


def test_a_search_for_unread_messages_ends_where_the_counters_know_of_none(
    buyer: str, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier periods in which all is read are left alone; where nothing is unread there is no search at all."""
    monkeypatch.setattr("services.notify.browse_inbox.LOOKED_THROUGH", 1)
    for days in (70, 71, 72, 73):
        hear(event(paid(buyer, shop, title="旧"), at=clock.now() - timedelta(days=days)))
    client(buyer).post("/v1/messages/read-all", key="")
    hear(event(paid(buyer, shop, title="新")))

    pages = _pages(client(buyer), "unread=true")

    assert [[_title(one) for one in page] for page in pages] == [["新"], []]
    assert _pages(client(buyer), "unread=true&category=gift") == [[]]


def test_a_long_search_for_unread_messages_is_cut_into_pages(
    buyer: str, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page without a find still leads on to the next."""
    monkeypatch.setattr("services.notify.browse_inbox.LOOKED_THROUGH", 2)
    _hear_paid(buyer, shop, 6)
    for message in client(buyer).get("/v1/messages").json["items"][:5]:
        client(buyer).post(f"/v1/messages/{message['message_id']}/read", key="")

    pages = _pages(client(buyer), "unread=true&limit=1")

    assert [[_title(one) for one in page] for page in pages] == [[], [], ["第0件"]]


def test_a_cursor_belongs_to_its_list(buyer: str, shop: str, merchant: Client) -> None:
    """Another inbox's, another filter's or a forged one is refused (X2)."""
    _hear_paid(buyer, shop, 3)
    cursor = client(buyer).get("/v1/messages?limit=1").json["next_cursor"]

    refused = [
        merchant.get(f"/v1/messages?cursor={cursor}"),
        merchant.get(f"/v1/messages?as_shop={shop}&cursor={cursor}"),
        client(buyer).get(f"/v1/messages?category=trade&cursor={cursor}"),
        client(buyer).get(f"/v1/messages?unread=true&cursor={cursor}"),
        client(buyer).get("/v1/messages?cursor=AAAA"),
    ]

    assert [(reply.status, reply.slug) for reply in refused] == [(422, "cursor-invalid")] * 5


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "category=news", "unread=perhaps", "as_shopp=x"])
def test_a_query_that_makes_no_sense_is_refused(buyer: str, query: str) -> None:
    """Also one that is misspelt."""
    assert client(buyer).get(f"/v1/messages?{query}").slug == "validation"


def test_staff_share_the_shops_inbox_and_nobody_else_sees_it(buyer: str, shop: str) -> None:
    """Whatever the role, as long as they have one (X1)."""
    hear(event(paid(buyer, shop)))
    roles = {"owner": "a", "operator": "b", "support": "c", "finance": "d"}
    for role, name in roles.items():
        hear(staff(shop, f"{name}-{shop}", role))  # type: ignore[arg-type]

    seen = [client(f"{name}-{shop}").get(f"/v1/messages?as_shop={shop}").json["items"] for name in roles.values()]
    hear(staff(shop, f"a-{shop}", None, sequence=2))
    others = [client(f"a-{shop}"), client(buyer)]
    asked = [
        ("GET", f"/v1/messages?as_shop={shop}"),
        ("GET", f"/v1/messages/unread?as_shop={shop}"),
        ("POST", f"/v1/messages/read-all?as_shop={shop}"),
        ("GET", f"/v1/messages/{seen[0][0]['message_id']}?as_shop={shop}"),
        ("POST", f"/v1/messages/{seen[0][0]['message_id']}/read?as_shop={shop}"),
    ]

    assert [[one["title"] for one in items] for items in seen] == [["新订单"]] * 4
    assert {other.send(method, path).status for other in others for method, path in asked} == {404}
    assert client(f"b-{shop}").get(f"/v1/messages/unread?as_shop={shop}").json["total"] == 1


def test_without_a_token_there_is_no_inbox() -> None:
    """Default deny."""
    asked = [("GET", "/v1/messages"), ("GET", "/v1/messages/unread"), ("POST", "/v1/messages/read-all")]

    assert {Client(notify.app).send(method, path).status for method, path in asked} == {401}


def test_another_persons_message_is_not_there(buyer: str, shop: str, merchant: Client) -> None:
    """Neither listed nor readable, and its existence is not told; the shop's own message is another one."""
    hear(event(paid(buyer, shop)))
    [mine] = client(buyer).get("/v1/messages").json["items"]
    [theirs] = merchant.get(f"/v1/messages?as_shop={shop}").json["items"]

    assert mine["message_id"] != theirs["message_id"]
    for reader, message_id, query in (
        (merchant, mine["message_id"], ""),
        (merchant, mine["message_id"], f"?as_shop={shop}"),
        (client(buyer), theirs["message_id"], ""),
        (client(buyer), "msg_01K000000000000000000000", ""),
    ):
        assert reader.get(f"/v1/messages/{message_id}{query}").status == 404
        assert reader.post(f"/v1/messages/{message_id}/read{query}", key="").status == 404
    assert client(buyer).get("/v1/messages/unread").json["total"] == 1


def test_a_message_expires_though_it_still_lies_there(buyer: str, shop: str) -> None:
    """What the engine's retention has not deleted yet is neither listed nor counted nor readable."""
    now = clock.now()
    hear(event(paid(buyer, shop), at=now - timedelta(days=1)))
    [row] = _rows(buyer, now)

    just_before, after = row.expires_at - timedelta(seconds=1), row.expires_at

    assert row.expires_at - now >= KEPT - timedelta(days=1)
    assert row.ttl == int(row.expires_at.timestamp())
    assert [len(_rows(buyer, at)) for at in (just_before, after)] == [1, 0]
    assert browse_inbox(of_person(buyer), "trade", only_unread=False, after=None, limit=1, now=after).messages == []
    assert browse_inbox(of_person(buyer), None, only_unread=True, after=None, limit=1, now=after).messages == []


def test_a_busy_inbox_costs_no_more_to_read(buyer: str, shop: str, merchant: Client, proxy: Any) -> None:
    """Two reads a list, three for a category, beside one for the role and one for the reader's preferences (X2)."""
    for _ in range(30):
        hear(event(paid(buyer, shop)))
    costs = {}

    for query in ("", "&category=trade", "&unread=true"):
        proxy.clear()
        assert len(merchant.get(f"/v1/messages?as_shop={shop}&limit=5{query}").json["items"]) == 5
        costs[query] = len(proxy.calls) - 2
    proxy.clear()
    merchant.get(f"/v1/messages/unread?as_shop={shop}")

    assert costs == {"": 2, "&category=trade": 3, "&unread=true": 2}
    assert len(proxy.calls) - 1 == 1


def test_the_document_describes_the_doors(buyer: str) -> None:
    """GET /openapi.json says all that the inbox can do (X2)."""
    paths = client(buyer).get("/openapi.json").json["paths"]

    assert {
        "/v1/messages",
        "/v1/messages/unread",
        "/v1/messages/read-all",
        "/v1/messages/{message_id}",
        "/v1/messages/{message_id}/read",
        "/v1/preferences",
    } <= paths.keys()


def _hear_paid(buyer: str, shop: str, number: int) -> None:
    """So many messages, a second apart, the last one now."""
    now = clock.now()
    for n in range(number):
        hear(event(paid(buyer, shop, title=f"第{n}件"), at=now - timedelta(seconds=number - n)))


def _pages(reader: Client, query: str) -> list[list[Any]]:
    pages, cursor = [], ""
    while cursor is not None:
        page = reader.get(f"/v1/messages?{query}" + (f"&cursor={cursor}" if cursor else "")).json
        pages.append(page["items"])
        cursor = page["next_cursor"]
    return pages


def _title(message: dict[str, str]) -> str:
    return message["body"].partition("「")[2].partition("」")[0]


def _rows(buyer: str, at: datetime) -> list[Message]:
    page = browse_inbox(of_person(buyer), None, only_unread=False, after=None, limit=10, now=at)
    return [message for message, _ in page.messages]
