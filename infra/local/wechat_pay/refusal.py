"""What WeChat Pay says no with: a status, a stable code, a sentence.

Refusal
├── invalid_parameter   400 PARAM_ERROR, with the field
└── …                   the codes of WeChat's tables, given where they are decided
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.loopback import Answer, json_answer


class Refusal(Exception):
    """Answered as `{"code", "message", "detail"?}` with `status`."""

    def __init__(self, status: int, code: str, message: str, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def answer(self) -> Answer:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            body["detail"] = self.detail
        return json_answer(body, self.status)


def invalid_parameter(field: str, issue: str, location: str = "body") -> Refusal:
    """`field` is a JSON pointer into the body, or a name in the query."""
    detail = {"field": field, "issue": issue, "location": location}
    return Refusal(400, "PARAM_ERROR", f"参数错误 {field}", detail)
