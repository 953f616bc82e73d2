"""Whole packages for the processor that this machine is not; those for this one are proved by deploying them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.package.build import Package, build, services
from infra.package.check import HERE
from infra.package.dependencies import PLATFORMS, Arch
from tests.integration.package.conftest import STAGE

(OTHER,) = set[Arch](PLATFORMS) - {HERE or "x86_64"}


# Between them they have all that is compiled for a processor; the others are like them, and made at length.
UNLIKE = ("notify", "orders")
EVERY = [pytest.param(one, marks=() if one in UNLIKE else pytest.mark.slow) for one in services()]
Packages = Callable[[str], Package]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Of a service. Making it checks it: what is missing, what is foreign, how large it is."""
    made: dict[str, Package] = {}

    def made_of(service: str) -> Package:
        if service not in made:
            names = [one for one in services() if (one in UNLIKE) == (service in UNLIKE)]
            made.update(zip(names, build(names, STAGE, OTHER, tmp_path_factory.mktemp("packages")), strict=True))
        return made[service]

    return made_of


@pytest.mark.parametrize("service", EVERY)
def test_a_package_is_fit_to_leave(packages: Packages, service: str) -> None:
    """Every check passes; its place in the bucket is its content's."""
    made = packages(service)

    assert made.key == f"{service}/{hashlib.sha256(made.zip.read_bytes()).hexdigest()}.zip"


def test_two_builds_are_the_same(packages: Packages, tmp_path: Path) -> None:
    """Template and zip, byte by byte, in whatever folder, alone or beside others."""
    (again,) = build(["notify"], STAGE, OTHER, tmp_path / "elsewhere" / "second")

    assert packages("notify").zip.read_bytes() == again.zip.read_bytes()
    assert packages("notify").template.read_bytes() == again.template.read_bytes()
