"""What goes out: models, pages, and problems (X2)."""

import json
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chalice.app import Response
from pydantic import BaseModel, ConfigDict

from services.shared.plumbing.problems import Problem

Item = TypeVar("Item")
Headers = dict[str, str | list[str]]


class View(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, defer_build=True)


class Page(View, Generic[Item]):
    """A list's page. ``next_cursor`` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Answer:
    """A handler's answer when 200-and-a-model is not enough."""

    body: BaseModel | None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None


def response_of(result: Any, status: int) -> Response:
    """A handler's result as JSON, with its version as the ETag; ``status`` is the route's own."""
    answer = result if isinstance(result, Answer) else Answer(result)
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    headers |= answer.headers
    if answer.raw is not None:
        return Response(body=answer.raw, status_code=answer.status or status, headers=headers)
    if answer.body is None:
        return Response(body="", status_code=answer.status or 204, headers=headers)
    version = getattr(answer.body, "version", None)
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(body=answer.body.model_dump_json(), status_code=answer.status or status, headers=headers)


def problem_response(problem: Problem, instance: str) -> Response:
    """A refusal as problem+json; ``instance`` is the request's id."""
    headers: Headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    headers |= problem.headers()
    return Response(
        body=json.dumps(problem.body(instance), ensure_ascii=False, default=str),
        status_code=problem.status,
        headers=headers,
    )
