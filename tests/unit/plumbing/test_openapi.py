"""The OpenAPI document says what the doors do (X2)."""

import importlib.util
import json
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import Field

from services.shared.plumbing.doors import (
    ANYONE,
    PERSON,
    PLATFORM,
    Answer,
    Body,
    Call,
    Page,
    Service,
    View,
    member,
)
from services.shared.plumbing.openapi import document
from services.shared.plumbing.problems import Conflict
from services.shared.plumbing.tables import Store
from tests.unit.openapi import faults

SERVICES = [
    name for name in ("catalog", "orders", "gifts", "notify") if importlib.util.find_spec(f"services.{name}.app")
]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(Body):
    """Its own schema, inside another."""

    width_mm: int


class NewThing(Body):
    name: str
    size: Size | None = None


class Which(Body):
    colour: Colour = Colour.RED
    limit: Annotated[int, Field(ge=1, le=100, description="How many at most")] = 20
    shop_id: str


class Thing(View):
    thing_id: str
    colour: Colour


class Broken(Conflict):
    slug, title = "broken", "It is broken"


def a_service() -> Service:
    """One with a door of every kind."""
    app = Service("things", Store("things"), title="Things")

    @app.door("POST", "/v1/things", PERSON, status=201, again=lambda call, ids: None, problems=(Broken,))
    def post_thing(call: Call, body: NewThing) -> Thing:
        """Make a thing.

        It keeps its colour.
        """
        raise NotImplementedError

    @app.door("GET", "/v1/things", ANYONE)
    def list_things(call: Call, query: Which) -> Page[Thing]:
        """List things."""
        raise NotImplementedError

    @app.door("GET", "/v1/shops/{shop_id}/things/{thing_id}", member("support", or_platform=True))
    def get_thing(call: Call, shop_id: str, thing_id: str) -> Thing | None:
        """One thing."""
        raise NotImplementedError

    @app.door("DELETE", "/v1/things/{thing_id}", PLATFORM, status=204)
    def delete_thing(call: Call, thing_id: str) -> None:
        """Take it away."""

    @app.door("POST", "/v1/notifications", ANYONE)
    def post_notification(call: Call) -> Answer:
        """Hear of something."""
        raise NotImplementedError

    return app


@pytest.fixture
def told() -> dict[str, Any]:
    """What the service says of itself."""
    said: dict[str, Any] = json.loads(document(a_service()))
    return said


def test_the_document_is_sound(told: dict[str, Any]) -> None:
    """Every reference leads somewhere, also from a query's parameters."""
    assert faults(told) == []


def test_every_door_is_in_it(told: dict[str, Any]) -> None:
    """With its summary, its description and who may use it."""
    described = {(method, path) for path, methods in told["paths"].items() for method in methods}

    assert described == {
        ("post", "/v1/things"),
        ("get", "/v1/things"),
        ("get", "/v1/shops/{shop_id}/things/{thing_id}"),
        ("delete", "/v1/things/{thing_id}"),
        ("post", "/v1/notifications"),
        ("get", "/health"),
        ("get", "/v1/audit"),
        ("get", "/v1/shops/{shop_id}/audit"),
    }
    post = told["paths"]["/v1/things"]["post"]
    assert (post["summary"], post["operationId"]) == ("Make a thing", "post_thing")
    assert post["description"] == "It keeps its colour.\n\nWho: a signed-in person."
    shops = told["paths"]["/v1/shops/{shop_id}/things/{thing_id}"]["get"]
    assert shops["description"] == "Who: the shop's owner, support or the platform."


def test_who_must_sign_in_is_said(told: dict[str, Any]) -> None:
    """A token everywhere but at doors for anyone."""
    needs = {
        operation["operationId"]: "security" in operation
        for methods in told["paths"].values()
        for operation in methods.values()
    }

    assert needs == {
        "post_thing": True,
        "get_thing": True,
        "delete_thing": True,
        "get_audit": True,
        "get_platform_audit": True,
        "list_things": False,
        "post_notification": False,
        "health": False,
    }


def test_refusals_are_listed_by_status(told: dict[str, Any]) -> None:
    """Those of every door of its kind, and its own, by their slugs."""

    def slugs(method: str, path: str) -> dict[str, str]:
        responses = told["paths"][path][method]["responses"]
        return {status: response["description"] for status, response in responses.items() if status >= "400"}

    assert slugs("post", "/v1/things") == {
        "401": "unauthenticated",
        "409": "idempotency-key-in-progress, broken",
        "413": "payload-too-large",
        "415": "unsupported-media-type",
        "422": "validation, idempotency-key-reused",
        "429": "too-many-requests",
        "503": "too-busy",
    }
    assert slugs("get", "/v1/shops/{shop_id}/things/{thing_id}") == {
        "401": "unauthenticated",
        "403": "forbidden",
        "404": "not-found",
        "429": "too-many-requests",
        "503": "too-busy",
    }
    assert slugs("delete", "/v1/things/{thing_id}").keys() == {"401", "403", "429", "503"}
    assert slugs("get", "/health").keys() == {"429", "503"}
    refused = told["paths"]["/health"]["get"]["responses"]
    assert [list(refused[status]["headers"]) for status in ("429", "503")] == [["Retry-After"]] * 2


def test_parameters_are_those_of_the_door(told: dict[str, Any]) -> None:
    """Of the path, of the query with its bounds, and the key of a creating request."""
    listed = {one["name"]: one for one in told["paths"]["/v1/things"]["get"]["parameters"]}
    assert {name: one["required"] for name, one in listed.items()} == {
        "colour": False,
        "limit": False,
        "shop_id": True,
    }
    assert (listed["limit"]["schema"]["minimum"], listed["limit"]["schema"]["maximum"]) == (1, 100)
    (key,) = told["paths"]["/v1/things"]["post"]["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)


def test_answers_are_those_of_the_door(told: dict[str, Any]) -> None:
    """Its model under its status; nothing where it gives nothing or decides by itself."""
    assert "201" in told["paths"]["/v1/things"]["post"]["responses"]
    page = told["paths"]["/v1/things"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert page == {"$ref": "#/components/schemas/Page_Thing_"}
    assert "content" not in told["paths"]["/v1/things/{thing_id}"]["delete"]["responses"]["204"]
    assert "content" not in told["paths"]["/v1/notifications"]["post"]["responses"]["200"]


def test_a_fault_is_found() -> None:
    """The check itself: each of these is one."""
    broken = json.loads(document(a_service()))
    broken["openapi"] = "3.0.0"
    del broken["components"]["schemas"]["Size"]
    del broken["components"]["schemas"]["Thing"]["properties"]["colour"]
    broken["paths"]["/v1/things"]["get"]["operationId"] = "post_thing"
    broken["paths"]["/v1/things/{thing_id}"]["delete"]["parameters"] = []
    broken["paths"]["/v1/notifications"]["post"]["responses"].pop("200")

    assert len(faults(broken)) >= 6


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_describes_itself(name: str) -> None:
    """Soundly, and every route is a door, so that each says who may use it; but for the document, and OPTIONS."""
    app: Service = importlib.import_module(f"services.{name}.app").app

    assert faults(json.loads(document(app))) == []
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    doors = {(door.method, door.path) for door in app.doors} | {("GET", "/openapi.json")}
    assert routes == doors | {("OPTIONS", path) for _, path in doors}
