"""The OpenAPI 3.1 document of a service, made from its doors, so that the two cannot differ (X2)."""

import inspect
import json
import re
import typing
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.shared.plumbing import problems as p

if TYPE_CHECKING:
    from services.shared.plumbing.doors import Door, Service

REF = "#/components/schemas/{model}"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `type` ends in a stable slug; further members belong to the slug.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request's id, as in X-Request-Id"},
    },
}

RETRY_AFTER = {"description": "In seconds", "schema": {"type": "integer"}}


def document(service: "Service") -> str:
    """The document as JSON text."""
    inputs = [model for door in service.doors for model in (door.takes, door.query) if model]
    outputs = [model for door in service.doors for model in _models(door.gives)]
    pairs: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in inputs]
    pairs += [(model, "serialization") for model in outputs]
    schemas, definitions = models_json_schema(list(dict.fromkeys(pairs)), ref_template=REF)
    models = definitions.get("$defs", {})
    queries = {door.query: models[_name(schemas[(door.query, "validation")])] for door in service.doors if door.query}
    paths: dict[str, dict[str, Any]] = {}
    for door in service.doors:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door, schemas, queries)
    for query in queries:
        models.pop(_name(schemas[(query, "validation")]))  # its fields are parameters, it is no body
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": service.title, "version": "1"},
            "servers": [{"url": f"/{service.service}"}],
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": models | {"Problem": PROBLEM_SCHEMA},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            },
        },
        ensure_ascii=False,
    )


def _models(gives: Any) -> list[type[BaseModel]]:
    options = typing.get_args(gives) if not isinstance(gives, type) else (gives,)
    return [one for one in options if isinstance(one, type) and issubclass(one, BaseModel)]


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"].rpartition("/")[2])


def _operation(door: "Door", schemas: dict[Any, Any], queries: dict[Any, Any]) -> dict[str, Any]:
    doc = inspect.getdoc(door.handler) or door.name
    summary, _, rest = doc.partition("\n")
    operation: dict[str, Any] = {
        "operationId": door.name,
        "summary": summary.rstrip("."),
        "description": (rest.strip() + f"\n\nWho: {_who(door)}.").strip(),
        "parameters": _parameters(door, queries.get(door.query, {})),
        "responses": _responses(door, schemas),
    }
    if door.actor.kind != "anyone":
        operation["security"] = [{"token": []}]
    if door.takes:
        schema = schemas[(door.takes, "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _who(door: "Door") -> str:
    if door.actor.kind == "member":
        who = "the shop's " + ", ".join(sorted(door.actor.roles))
        return who + (" or the platform" if door.actor.or_platform else "")
    return {"anyone": "anyone", "person": "a signed-in person", "platform": "the platform's operators"}[door.actor.kind]


def _parameters(door: "Door", query: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", door.path)
    ]
    for name, one in query.get("properties", {}).items():
        required = name in query.get("required", [])
        found.append({"name": name, "in": "query", "required": required, "schema": one})
    if door.keyed:
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema})
    return found


def _responses(door: "Door", schemas: dict[Any, Any]) -> dict[str, Any]:
    models = _models(door.gives)
    ok: dict[str, Any] = {"description": "Done"}
    if models:
        ok["content"] = {"application/json": {"schema": schemas[(models[0], "serialization")]}}
    by_status: dict[int, list[str]] = {}
    standing: list[type[p.Problem]] = [p.TooManyRequests, p.TooBusy]
    standing += [] if door.actor.kind == "anyone" else [p.Unauthenticated]
    standing += [p.Forbidden] if door.actor.kind in ("member", "platform") else []
    standing += [p.NotFound] if door.actor.kind == "member" else []
    standing += [p.PayloadTooLarge, p.UnsupportedMediaType] if door.takes else []
    standing += [p.Invalid] if door.takes or door.query or door.keyed else []
    standing += [p.KeyReused, p.KeyInProgress] if door.keyed else []
    for problem in (*standing, *door.problems):
        by_status.setdefault(problem.status, []).append(problem.slug)
    refusals = {
        str(status): {
            "description": ", ".join(dict.fromkeys(slugs)),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        | ({"headers": {"Retry-After": RETRY_AFTER}} if status in (429, 503) else {})
        for status, slugs in sorted(by_status.items())
    }
    return {str(door.status): ok} | ({"202": _later(door, ok)} if door.later else {}) | refusals


def _later(door: "Door", ok: dict[str, Any]) -> dict[str, Any]:
    """Where to look, and after how many seconds."""
    headers = {
        "Location": {"schema": {"type": "string", "format": "uri"}},
        "Retry-After": RETRY_AFTER,
    }
    return ok | {"description": door.later, "headers": headers}
