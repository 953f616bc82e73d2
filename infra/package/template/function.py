"""A function, as Chalice's template declares it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from infra.package.failure import PackagingFailed

Json = dict[str, Any]
Kind = Literal["api", "stream", "queue", "schedule", "plain"]
_KINDS: dict[str, Kind] = {"DynamoDB": "stream", "SQS": "queue", "Schedule": "schedule"}


class Undecided(PackagingFailed):
    """A function has a trigger for which nobody has decided retries, limits and rights; the message names it."""


@dataclass(frozen=True)
class Function:
    """``logical`` is its id in the template, ``name`` how it is called here, ``source`` its event source, if any."""

    logical: str
    name: str
    kind: Kind
    source_id: str = ""
    source: Json | None = None

    @property
    def arn(self) -> Json:
        return {"Fn::GetAtt": [self.logical, "Arn"]}

    @property
    def role(self) -> str:
        """The logical id of its role."""
        return f"{self.logical}Role"

    @property
    def logs(self) -> str:
        """The logical id of its log group."""
        return f"{self.logical}Logs"


def functions(chalice: Json) -> Iterator[Function]:
    """Every function of a template. Raises Undecided for a trigger that services have not had before."""
    for logical, resource in chalice["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        handler = properties["Handler"].rpartition(".")[2]
        if handler == "app":
            yield Function(logical, "api", "api")
            continue
        events = properties.get("Events", {})
        if not events:
            yield Function(logical, handler, "plain")
        for source_id, source in events.items():
            if source["Type"] not in _KINDS:
                raise Undecided(f"{handler}: decide in infra/package/template what a trigger {source['Type']} needs")
            yield Function(logical, handler, _KINDS[source["Type"]], source_id, source["Properties"])
