"""The fixture that makes a folder's tests judge every call; a conftest imports it."""

from collections.abc import Iterator

import pytest

from tests.iam.enforcement import enforced


@pytest.fixture(scope="session")
def _denied() -> Iterator[list[str]]:
    with enforced() as denied:
        yield denied


@pytest.fixture(autouse=True)
def _nothing_denied(_denied: list[str]) -> Iterator[None]:
    """A test fails when a function in it did what its role does not allow, even where the code took it calmly."""
    _denied.clear()
    yield
    assert not _denied
