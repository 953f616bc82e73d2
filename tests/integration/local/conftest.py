"""Connections that are closed when their test is over."""

from collections.abc import Callable, Iterator

import pytest

from infra.local.streams_api import StreamsApi


@pytest.fixture
def connect() -> Iterator[Callable[[str], StreamsApi]]:
    """``connect(url)``: the streams of the engine there."""
    made: list[StreamsApi] = []

    def one(url: str) -> StreamsApi:
        made.append(StreamsApi(url))
        return made[-1]

    yield one
    for api in made:
        api.close()
