"""Which route of a service a path means, as API Gateway finds it: the more literal route wins."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A route as declared (``/v1/shops/{shop_id}``) and the values of its variables."""

    route: str
    variables: Mapping[str, str]


class Router:
    """Finds the route of a path."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[str, list[str]]]] = defaultdict(list)
        for route in routes:
            segments = _segments(route)
            self._by_length[len(segments)].append((route, segments))
        for candidates in self._by_length.values():
            candidates.sort(key=lambda candidate: [_is_variable(segment) for segment in candidate[1]])

    def match(self, path: str) -> Match | None:
        """The route of a decoded path, None when there is none. A slash at the end means nothing."""
        given = _segments(path)
        for route, segments in self._by_length.get(len(given), ()):
            variables = _variables(segments, given)
            if variables is not None:
                return Match(route, variables)
        return None


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _is_variable(segment: str) -> bool:
    return segment.startswith("{")


def _variables(segments: list[str], given: list[str]) -> dict[str, str] | None:
    found = {}
    for segment, value in zip(segments, given, strict=True):
        if _is_variable(segment) and value:
            found[segment[1:-1]] = value
        elif segment != value:
            return None
    return found
