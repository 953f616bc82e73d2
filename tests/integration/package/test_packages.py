"""Whole packages, for both processors: long, so not part of ``make test``."""

import hashlib
from pathlib import Path

import pytest

from infra.package.build import build, services
from infra.package.dependencies import PLATFORMS, Arch
from tests.integration.package.conftest import STAGE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("arch", PLATFORMS)
@pytest.mark.parametrize("service", services())
def test_a_package_is_fit_to_leave(service: str, arch: Arch, tmp_path: Path) -> None:
    """Every check passes; where it can run here, it is imported with nothing else on the path."""
    (made,) = build([service], STAGE, arch, tmp_path)

    assert made.key == f"{service}/{hashlib.sha256(made.zip.read_bytes()).hexdigest()}.zip"


def test_two_builds_are_the_same(tmp_path: Path) -> None:
    """Template and zip, byte by byte, in whatever folder."""
    (first,) = build(["notify"], STAGE, "arm64", tmp_path / "first")
    (second,) = build(["notify"], STAGE, "arm64", tmp_path / "elsewhere" / "second")

    assert first.zip.read_bytes() == second.zip.read_bytes()
    assert first.template.read_bytes() == second.template.read_bytes()
