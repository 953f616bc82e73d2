"""The doors: who may come in, what is read, and what every answer looks like (X1, X2)."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.catalog import Role
from services.shared.plumbing import clock, memberships
from services.shared.plumbing.contention import ending_at
from services.shared.plumbing.doors import ANYONE, PERSON, Call, Service, View, member
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Transaction
from tests.integration.http import Client, Reply, token_for
from tests.integration.plumbing import probe


def employ(shop: str, person: str, role: Role | None, sequence: int = 1) -> None:
    """Give the person a role in the shop."""
    tx = Transaction(probe.STORE, clock.now(), new_id)
    memberships.grant(tx, shop, person, role, sequence)
    tx.commit()


def refused(reply: Reply, status: int, slug: str) -> bool:
    """Whether this is that problem, told as every problem is."""
    body = reply.json
    return (
        (reply.status, reply.slug) == (status, slug)
        and reply.headers["content-type"] == "application/problem+json"
        and body.keys() >= {"type", "title", "status", "detail", "instance"}
        and body["status"] == status
        and body["instance"] == reply.headers["x-request-id"] != ""
    )


def test_an_answer_is_json_with_its_version_and_its_request(anna: Client, name: str) -> None:
    """ETag of the version, the request's id, and nothing to be cached."""
    reply = anna.get(f"/v1/shelves/{probe.shelf(name, 7)}")

    assert (reply.status, reply.json) == (200, {"shelf": name, "places": 7, "version": 1})
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["etag"] == '"1"'
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("caller", "status", "slug"),
    [
        (None, 401, "unauthenticated"),
        ("stranger", 404, "not-found"),
        ("former", 404, "not-found"),
        ("operator", 403, "forbidden"),
        ("finance", 200, ""),
        ("owner", 200, ""),
    ],
)
def test_a_shops_door_lets_in_its_members_in_these_roles(name: str, caller: str | None, status: int, slug: str) -> None:
    """Others hear that there is no such shop, so that nobody learns which shops exist."""
    employ(name, "person:operator", "operator")
    employ(name, "person:finance", "finance")
    employ(name, "person:owner", "owner")
    employ(name, "person:former", "finance", 1)
    employ(name, "person:former", None, 2)
    employ(new_id("shp"), "person:stranger", "owner")

    reply = Client(probe.app, caller and token_for(f"person:{caller}")).get(f"/v1/shops/{name}/safe")

    assert reply.status == status
    assert refused(reply, status, slug) if slug else reply.json["shelf"] == f"{name} as {caller}"


def test_an_operator_of_the_platform_is_no_member(name: str) -> None:
    """It passes where a door names it, and nowhere else."""
    olga = Client(probe.app, token_for("person:olga", platform=True))

    assert olga.get(f"/v1/shops/{name}/books").status == 200
    assert refused(olga.get(f"/v1/shops/{name}/safe"), 404, "not-found")


def test_the_platforms_door_is_for_its_operators(anna: Client, name: str) -> None:
    """The same person with a people's token is not one."""
    assert refused(Client(probe.app).delete(f"/v1/shelves/{name}"), 401, "unauthenticated")
    assert refused(anna.delete(f"/v1/shelves/{name}"), 403, "forbidden")
    assert Client(probe.app, token_for("person:anna", platform=True)).delete(f"/v1/shelves/{name}").status == 204


def test_a_bad_token_is_refused_even_where_anyone_may_come(name: str) -> None:
    """A client that believes to be signed in learns that it is not."""
    reply = Client(probe.app, "nonsense").get(f"/v1/shelves/{probe.shelf(name, 1)}")

    assert refused(reply, 401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b"{", "body"),
        (b"\xff", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"", "label"),
        (b'{"label": ""}', "label"),
        (b'{"label": "   "}', "label"),
        (b'{"label": 7}', "label"),
        (b'{"label": "a", "weight_g": 0}', "weight_g"),
        (b'{"label": "a", "weight_g": 1.5}', "weight_g"),
        (b'{"label": "a", "wieght_g": 2}', "wieght_g"),
    ],
    ids=str,
)
def test_a_body_that_does_not_fit_is_refused(anna: Client, name: str, body: bytes, at: str) -> None:
    """Bad JSON, a wrong type, a bound, an unknown field: 422 that says where and why."""
    reply = anna.send("POST", f"/v1/shelves/{probe.shelf(name, 1)}/parcels", body, key="k")

    assert refused(reply, 422, "validation")
    assert [one["at"] or "body" for one in reply.json["errors"]] == [at]
    assert all(one["why"] for one in reply.json["errors"])


def test_a_query_that_does_not_fit_is_refused(anna: Client, name: str) -> None:
    """As a body is; and a fitting one arrives."""
    assert refused(anna.get(f"/v1/shelves/{name}/parcels?limit=101"), 422, "validation")
    assert refused(anna.get(f"/v1/shelves/{name}/parcels?limt=1"), 422, "validation")

    anna.post(f"/v1/shelves/{probe.shelf(name, 2)}/parcels", {"label": "a"})
    anna.post(f"/v1/shelves/{name}/parcels", {"label": "b"})
    listed = anna.get(f"/v1/shelves/{name}/parcels?limit=1&label=%E8%8C%B6")
    assert [one["by"] for one in listed.json["items"]] == ["茶"]


def test_a_body_that_is_too_large_is_refused(anna: Client, name: str) -> None:
    """5 MB, before anything is read of it: files go past the functions."""
    reply = anna.send("POST", f"/v1/shelves/{name}/parcels", b'"' + b"x" * 5 * 1024 * 1024 + b'"', key="k")

    assert refused(reply, 413, "payload-too-large")


@pytest.mark.parametrize("segment", ["", "x" * 513, "茶" * 171])
def test_what_can_be_no_id_is_not_found(anna: Client, segment: str) -> None:
    """The table would not even look for an empty or an endless key."""
    assert refused(anna.get(f"/v1/shelves/{segment}/parcels"), 404, "not-found")
    assert refused(anna.post(f"/v1/shelves/{segment}/parcels", {"label": "a"}), 404, "not-found")


def test_another_media_type_is_refused(anna: Client, name: str) -> None:
    """415, as a problem; a charset is no other type."""
    path = f"/v1/shelves/{probe.shelf(name, 1)}/parcels"

    assert refused(anna.post(path, {"label": "a"}, headers={"content-type": "text/xml"}), 415, "unsupported-media-type")
    assert anna.post(path, {"label": "a"}, headers={"content-type": "application/json; charset=utf-8"}).status == 201


def test_another_method_is_refused(anna: Client, name: str) -> None:
    """405, as a problem, with what is allowed."""
    reply = anna.put(f"/v1/shelves/{name}", {})

    assert refused(reply, 405, "method-not-allowed")
    assert {one.strip() for one in reply.headers["allow"].split(",")} == {"GET", "PATCH", "DELETE", "OPTIONS"}


def test_an_unknown_route_is_the_gateways_refusal(anna: Client) -> None:
    """The client of these tests answers it, as any refusal."""
    assert anna.get("/v1/nowhere").status == 403


def test_an_edit_names_the_version_it_is_of(anna: Client, name: str) -> None:
    """If-Match with the ETag that was read; of an older version: 412, and nothing is changed."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"
    etag = anna.get(path).headers["etag"]

    first = anna.patch(path, {"places": 3}, headers={"If-Match": etag})
    second = anna.patch(path, {"places": 5}, headers={"If-Match": etag})

    assert (first.status, first.headers["etag"]) == (200, '"2"')
    assert refused(second, 412, "version-conflict")
    assert anna.get(path).json["places"] == 3
    assert anna.patch(path, {"places": 4}, headers={"If-Match": 'W/"2"'}).status == 200


def test_a_star_is_any_version(anna: Client, name: str) -> None:
    """As without If-Match: the door decides what that means; this one edits nothing of an unknown version."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"

    assert refused(anna.patch(path, {"places": 3}, headers={"If-Match": "*"}), 412, "version-conflict")
    assert refused(anna.patch(path, {"places": 3}), 412, "version-conflict")


@pytest.mark.parametrize("etag", ["*,", '"x"', '"1", "2"', "-1", "²", "1.0", "9" * 5_000])
def test_an_etag_that_is_none_of_ours_is_refused(anna: Client, name: str, etag: str) -> None:
    """422, never an error of ours."""
    reply = anna.patch(f"/v1/shelves/{probe.shelf(name, 7)}", {"places": 3}, headers={"If-Match": etag})

    assert refused(reply, 422, "validation")


def test_an_unforeseen_error_stays_inside(anna: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer says that it was our fault and which request it was; the log says what it was."""
    reply = anna.get("/v1/broken")

    assert refused(reply, 500, "internal")
    assert "sesame" not in reply.text
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line.items() >= {"event": "request_failed", "error": "RuntimeError", "route": "get_broken"}.items()
    assert line["request_id"] == reply.headers["x-request-id"]
    assert "probe.py:" in line["causes"][0]
    assert "sesame" not in json.dumps(line)


def test_a_busy_engine_is_no_error_of_ours(anna: Client, name: str, proxy: FaultsProxy) -> None:
    """503 with Retry-After also where no verb runs, such as at the door of a shop; then it works."""
    employ(name, "person:anna", "owner")
    proxy.plan(Fault("throttle", operations={"BatchGetItem"}, times=1))

    with ending_at(0):
        reply = anna.get(f"/v1/shops/{name}/safe")

    assert refused(reply, 503, "too-busy")
    assert reply.headers["retry-after"] == "1"
    assert anna.get(f"/v1/shops/{name}/safe").status == 200


def test_a_change_whose_answer_was_lost_is_told_as_done(anna: Client, name: str, proxy: FaultsProxy) -> None:
    """Also where no key remembers it: the same transaction is sent again, which finds itself done, and no conflict."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"
    proxy.clear()
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=3))

    reply = anna.patch(path, {"places": 9}, headers={"If-Match": '"1"'})

    assert (reply.status, reply.json["version"]) == (200, 2)
    sent = [call.body["ClientRequestToken"] for call in proxy.calls if call.operation == "TransactWriteItems"]
    assert (len(sent), len(set(sent))) == (4, 1)


def test_threads_keep_their_requests_apart(name: str) -> None:
    """One app, many requests at once: every caller gets the answer to its own."""
    probe.shelf(name, 100)

    def store(number: int) -> tuple[str, str]:
        client = Client(probe.app, token_for(f"person:{number}"))
        return f"person:{number}", client.post(f"/v1/shelves/{name}/parcels", {"label": "a"}).json["by"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(store, range(64)))

    assert all(caller == answered for caller, answered in answers)


def test_a_door_that_could_not_keep_its_promise_cannot_be_declared() -> None:
    """Members without a shop, keys without a person, no summary: seen when the app is imported, not by a caller."""
    app = Service("probe", probe.STORE, "Probe")

    def summed(call: Call) -> View:
        """Has one."""
        return View()

    def unsummed(call: Call) -> View:
        return View()

    with pytest.raises(TypeError, match="shop_id"):
        app.door("GET", "/v1/x", member())(summed)
    with pytest.raises(TypeError, match="keyed"):
        app.door("POST", "/v1/x", ANYONE, again=summed)(summed)
    with pytest.raises(TypeError, match="docstring"):
        app.door("GET", "/v1/x", PERSON)(unsummed)
    assert [door.path for door in app.doors] == ["/health", "/v1/shops/{shop_id}/audit", "/v1/audit"]


def test_health_needs_nobody_and_tells_the_clock() -> None:
    """For probes from outside and for tools that wait."""
    reply = Client(probe.app).get("/health")

    assert (reply.status, reply.json["status"], reply.json["service"]) == (200, "ok", "probe")
    assert reply.json["time"].endswith("Z")
