"""The check that finds a breaking change of an event."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from infra.checks.contracts import main
from services.shared.contracts.envelope import EventBody, Kind


class Line(BaseModel):
    """A nested model."""

    title: str
    quantity: int


class LineWithoutTitle(BaseModel):
    """The same, less its title."""

    quantity: int


FIELDS: dict[str, Any] = {
    "order_id": (str, ...),
    "amount_fen": (int, ...),
    "why": (Literal["buyer", "expired"], ...),
    "recipient": (str | None, ...),
    "lines": (list[Line], ...),
    "gift": (Line | None, None),
    "attributes": (dict[str, str], {}),
    "show_price": (bool, False),
}


def event(version: int = 1, kind: Kind = "fact", name: str = "orders.order_moved", **fields: Any) -> type[EventBody]:
    """An event with FIELDS, some of them replaced; a field given as None is left out."""
    wanted = {field: told for field, told in (FIELDS | fields).items() if told is not None}
    body = create_model("OrderMoved", __base__=EventBody, **wanted)
    body.NAME, body.VERSION, body.KIND = name, version, kind
    return body


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the event as it was is frozen."""
    assert main(["--freeze"], [event()], tmp_path) == 0
    return tmp_path


def test_what_is_frozen_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No change, no finding."""
    assert main([], [event()], folder) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 findings in 2 contracts"


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"amount_fen": None}, "amount_fen is gone"),
        ({"gift": None}, "gift is gone"),
        ({"order_no": (str, ...)}, "order_no is now required"),
        ({"show_price": (bool, ...)}, "show_price is now required"),
        ({"amount_fen": (str, ...)}, "amount_fen is no longer integer"),
        ({"amount_fen": (int | None, ...)}, "amount_fen may now be null"),
        ({"recipient": (str, ...)}, "recipient is no longer null"),
        ({"why": (Literal["buyer"], ...)}, "why has lost the value 'expired'"),
        ({"why": (Literal["buyer", "expired", "platform"], ...)}, "why has the new value 'platform'"),
        ({"why": (str, ...)}, "why takes any value now"),
        ({"order_id": (Literal["o1"], ...)}, "order_id takes only 'o1' now"),
        ({"amount_fen": (int, Field(ge=0))}, "amount_fen changes its minimum from None to 0"),
        ({"lines": (list[LineWithoutTitle], ...)}, "lines[].title is gone"),
        ({"gift": (LineWithoutTitle | None, None)}, "gift.title is gone"),
        ({"attributes": (dict[str, int], {})}, "attributes{} is no longer string"),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["--freeze"]], ids=["check", "freeze"])
def test_a_breaking_change_is_found_and_never_frozen(
    folder: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], finding: str, arguments: list[str]
) -> None:
    """Consumers that are not deployed yet, and events on their way, go on working."""
    before = (folder / "orders.order_moved.v1.json").read_text()

    assert main(arguments, [event(**changed)], folder) == 1

    assert f"orders.order_moved.v1.json: {finding}" in capsys.readouterr().out
    assert (folder / "orders.order_moved.v1.json").read_text() == before


@pytest.mark.parametrize(
    "changed",
    [
        {"note": (str, "")},
        {"recipient": (str | None, None)},
        {"amount_fen": (int, Field(description="What is paid"))},
    ],
    ids=["a new field with a default", "a default where none was", "words"],
)
def test_a_harmless_change_is_frozen_before_it_passes(
    folder: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, Any]
) -> None:
    """The frozen schema is the one in use, or a later change could break it unseen."""
    assert main([], [event(**changed)], folder) == 1
    assert "orders.order_moved.v1.json: not frozen as it is now: run with --freeze" in capsys.readouterr().out

    assert main(["--freeze"], [event(**changed)], folder) == 0

    assert main([], [event(**changed)], folder) == 0


def test_a_new_version_stands_beside_the_old_one(folder: Path) -> None:
    """What breaks is said in a new version, while the old one is still understood."""
    both = [event(), event(version=2, amount_fen=(str, ...))]

    assert main(["--freeze"], both, folder) == 0

    assert main([], both, folder) == 0


@pytest.mark.parametrize(
    ("events", "finding"),
    [
        ([event(name="orders.order_went")], "removed or renamed"),
        ([event(version=2)], "removed or renamed"),
        ([event(kind="state")], "a fact event became a state event"),
    ],
    ids=["another name", "only the new version", "another kind"],
)
def test_an_event_does_not_vanish_or_turn_into_something_else(
    folder: Path, capsys: pytest.CaptureFixture[str], events: list[type[EventBody]], finding: str
) -> None:
    """Its name, version and kind are what consumers go by."""
    assert main([], events, folder) == 1
    assert f"orders.order_moved.v1.json: {finding}" in capsys.readouterr().out


def test_the_repository_keeps_its_contracts() -> None:
    """Every event of the routes table, and the envelope, as frozen."""
    assert main([]) == 0


def test_events_of_the_code_are_frozen_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """The check looks at all events and the envelope, not at some."""

    class Unheard(EventBody):
        NAME: ClassVar[str] = "orders.unheard_of"

    assert main([], [Unheard]) == 1

    printed = capsys.readouterr().out
    assert "orders.unheard_of.v1.json: not frozen as it is now" in printed
    assert "envelope.v1.json" not in printed
    assert "orders.order_paid.v1.json: removed or renamed" in printed
