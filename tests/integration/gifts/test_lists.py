"""The giver's list and the recipient's."""

import pytest

from infra.faults import FaultsProxy
from services.shared.plumbing.ids import derived_id
from tests.integration.gifts.scene import Scene
from tests.integration.http import Client


def pages(client: Client, path: str, limit: int) -> list[list[str]]:
    """Gift ids, page by page."""
    found, cursor = [], ""
    while True:
        page = client.get(f"{path}?limit={limit}{cursor}").json
        found.append([one["gift_id"] for one in page["items"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_a_giver_pages_through_the_gifts_sent(scene: Scene) -> None:
    """Newest first, each once, and the last page says that it is the last (X2)."""
    sent = [scene.send() for _ in range(4)]
    newest_first = sent[::-1]

    anna = scene.client(scene.anna)
    assert pages(anna, "/v1/gifts", 2) == [newest_first[:2], newest_first[2:]]
    assert pages(anna, "/v1/gifts", 3) == [newest_first[:3], newest_first[3:]]
    assert anna.get("/v1/gifts").json["items"][0] == scene.given(newest_first[0])
    assert pages(scene.client(scene.bo), "/v1/gifts", 2) == [[]]


def test_a_recipient_pages_through_the_gifts_received(scene: Scene) -> None:
    """What is claimed or being claimed; not what was declined (G9)."""
    sent = [scene.send() for _ in range(5)]
    claimed, asked, declined, by_cy, also_claimed = (scene.token(one) for one in sent)
    scene.claim(claimed, scene.bo)
    scene.claim(asked, scene.bo, scene.red)
    scene.decline(declined, scene.bo)
    scene.claim(by_cy, scene.cy)
    scene.claim(also_claimed, scene.bo)

    bo = scene.client(scene.bo)
    assert pages(bo, "/v1/received", 2) == [[sent[4], sent[1]], [sent[0]]]
    assert [one["status"] for one in bo.get("/v1/received").json["items"]] == ["claimed", "claiming", "claimed"]
    assert bo.get("/v1/received").json["items"][0]["order_id"] == derived_id("ord", sent[4])


@pytest.mark.parametrize(("path", "other_path"), [("/v1/gifts", "/v1/received"), ("/v1/received", "/v1/gifts")])
def test_a_cursor_is_good_for_its_own_list_only(scene: Scene, path: str, other_path: str) -> None:
    """Not for another person's, nor for another list of the same person (X2)."""
    for _ in range(2):
        scene.claim(scene.token(scene.send()), scene.anna)
    anna, bo = scene.client(scene.anna), scene.client(scene.bo)
    cursor = anna.get(f"{path}?limit=1").json["next_cursor"]

    assert anna.get(f"{path}?cursor={cursor}").status == 200
    assert anna.get(f"{other_path}?cursor={cursor}").slug == "cursor-invalid"
    assert bo.get(f"{path}?cursor={cursor}").slug == "cursor-invalid"


@pytest.mark.parametrize("path", ["/v1/gifts", "/v1/received"])
def test_a_list_is_for_who_is_signed_in_and_bounded(scene: Scene, path: str) -> None:
    """1 to 100 a page (X1, X2)."""
    for limit in (0, 101, "many"):
        assert scene.client(scene.bo).get(f"{path}?limit={limit}").slug == "validation"
    assert scene.client(None).get(path).slug == "unauthenticated"


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/v1/gifts", ["Query", "BatchGetItem"]),
        ("/v1/gifts/{gift}", ["BatchGetItem"]),
        ("/v1/orders/{order}/gift", ["BatchGetItem"]),
        ("/v1/claims/{token}", ["BatchGetItem", "BatchGetItem"]),
        ("/v1/received", ["Query", "BatchGetItem"]),
    ],
)
def test_a_read_costs_two_calls_at_most(scene: Scene, proxy: FaultsProxy, path: str, reads: list[str]) -> None:
    """However many gifts there are on the page; a person's key is read once a minute beside (budgets)."""
    sent = [scene.send() for _ in range(20)]
    tokens = [scene.token(one) for one in sent]
    for token in tokens:
        scene.claim(token, scene.bo)
    path = path.format(gift=sent[0], order=derived_id("ord", sent[0]), token=tokens[0])
    reader = scene.client(scene.bo if "received" in path else scene.anna)
    reader.get(path)  # the keys are at hand now

    proxy.clear()
    assert reader.get(path).status == 200

    assert [call.operation for call in proxy.calls] == reads
