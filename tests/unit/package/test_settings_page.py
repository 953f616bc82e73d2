"""docs/settings.md says all that can be set, with its default, and nothing else."""

import re
from functools import cache
from typing import Any

from infra.package.build import services
from infra.package.needs import ROOT, needs_of, secrets_of, settings_of
from services.shared.plumbing.settings import Setting

ROW = re.compile(r"^\| `([\w{}]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
WITHOUT, WITH = (ROOT / "docs/settings.md").read_text(encoding="utf-8").split("## What has a default")


@cache
def read() -> list[Setting[Any]]:
    """All that the services read."""
    return [one for service in services() for one in settings_of(needs_of(service)).values()]


def test_what_has_no_default_is_told() -> None:
    """Keys that each service has its own of, too; secrets as such."""
    hidden = {one.name for one in read() if one.hidden}
    keys = {name.replace("{}", "{SERVICE}") for service in services() for name in secrets_of(needs_of(service))[1]}
    told = {name: said for name, _, said in ROW.findall(WITHOUT)}

    assert set(told) == {one.name for one in read() if one.required} | keys
    assert {name for name, said in told.items() if said.startswith("secret")} == hidden | keys


def test_a_default_is_what_is_told() -> None:
    """Numbers and names as they are; what is empty is none; a structure is built in."""
    required = {one.name for one in read() if one.required}

    assert {name: default for name, default, _ in ROW.findall(WITH)} == {
        one.name: _shown(one.default) for one in read() if one.name not in required
    }


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return "built in"
    return "none" if default in (None, "", frozenset()) else f"`{default}`"
