"""What makes an OpenAPI 3.1 document usable: its references resolve, its parts are there and fit each other."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
PLACES = frozenset({"path", "query", "header"})


def faults(document: dict[str, Any]) -> list[str]:
    """What is wrong with the document, with the place of each."""
    return [*_frame(document), *_references(document), *_operations(document), *_schemas(document)]


def _frame(document: dict[str, Any]) -> Iterator[str]:
    if document.get("openapi") != "3.1.0":
        yield "openapi: is not 3.1.0"
    if not (document.get("info", {}).get("title") and document["info"].get("version")):
        yield "info: has no title or version"
    for name in document["components"]["schemas"]:
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
            yield f"components/schemas/{name}: no valid name"


def _references(document: dict[str, Any]) -> Iterator[str]:
    for place, node in _nodes(document, "#"):
        if "$ref" in node and not _resolves(document, node["$ref"]):
            yield f"{place}: {node['$ref']} leads nowhere"


def _resolves(document: dict[str, Any], reference: str) -> bool:
    node: Any = document
    if not reference.startswith("#/"):
        return False
    for part in reference[2:].split("/"):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def _nodes(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield place, node
        for name, child in node.items():
            yield from _nodes(child, f"{place}/{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _nodes(child, f"{place}/{number}")


def _operations(document: dict[str, Any]) -> Iterator[str]:
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    ids = Counter(operation["operationId"] for _, _, operation in operations)
    yield from (f"{name}: is there {times} times" for name, times in ids.items() if times > 1)
    for method, path, operation in operations:
        place = f"{method} {path}"
        if method not in METHODS or not path.startswith("/"):
            yield f"{place}: no method and path"
        if method == "get" and "requestBody" in operation:
            yield f"{place}: a body in a GET"
        if not set().union(*operation.get("security", [])) <= set(document["components"]["securitySchemes"]):
            yield f"{place}: an unknown security scheme"
        yield from _parameters(place, path, operation)
        yield from _responses(place, operation)


def _parameters(place: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    parameters = operation["parameters"]
    names = [(one["in"], one["name"]) for one in parameters]
    if len(set(names)) < len(names):
        yield f"{place}: a parameter is there twice"
    if {name for where, name in names if where == "path"} != set(re.findall(r"{(\w+)}", path)):
        yield f"{place}: path parameters are not those of the path"
    for one in parameters:
        if one["in"] not in PLACES or "schema" not in one or (one["in"] == "path" and not one["required"]):
            yield f"{place}: the parameter {one['name']} is not complete"


def _responses(place: str, operation: dict[str, Any]) -> Iterator[str]:
    responses = operation["responses"]
    if not any(status[0] in "23" for status in responses):
        yield f"{place}: nothing for success"
    for status, response in responses.items():
        if not re.fullmatch(r"[1-5]\d\d", status) or not response.get("description"):
            yield f"{place}: the response {status} is not complete"
        if status == "204" and "content" in response:
            yield f"{place}: content in 204"
        for kind, content in response.get("content", {}).items():
            if "/" not in kind or "schema" not in content:
                yield f"{place}: the content of {status} is not complete"


def _schemas(document: dict[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        for place, node in _nodes(schema, name):
            kind = node.get("type")
            if isinstance(kind, str) and kind not in TYPES and "properties" not in node:
                yield f"{place}: {kind} is no type"
            required, properties = node.get("required"), node.get("properties")
            if isinstance(required, list) and isinstance(properties, dict) and not set(required) <= set(properties):
                yield f"{place}: requires what it does not have"
