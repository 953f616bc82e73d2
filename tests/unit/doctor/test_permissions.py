"""A role is compared right by right, however its policy is cut, and the command that is given makes it right."""

import json

from infra.doctor.permissions import differences
from infra.package.template.function import Json


def _policy(*statements: tuple[list[str] | str, list[str] | str], effect: str = "Allow") -> Json:
    return {"Statement": [{"Effect": effect, "Action": one, "Resource": other} for one, other in statements]}


def _said(found: dict[str, Json], wanted: dict[str, Json]) -> list[str]:
    return [one.what for one in differences("f", "role", found, wanted)]


WANTED = {"function": _policy((["a:Get", "a:Put"], ["x", "y"]))}


def test_the_same_rights_in_another_form_are_the_same() -> None:
    """One statement or two, lists or single texts."""
    found = {"function": _policy(("a:Get", ["x", "y"]), (["a:Put"], "x"), ("a:Put", "y"))}

    assert _said(found, WANTED) == []


def test_a_right_more_and_a_right_less_are_each_said() -> None:
    """With action and resource."""
    found = {"function": _policy((["a:Get"], ["x", "y"]), ("a:Put", "x"), ("a:Drop", "x"))}

    assert _said(found, WANTED) == ["may not a:Put on y; needlessly may a:Drop on x"]


def test_a_denial_is_no_right() -> None:
    """Somebody forbade by hand what the template allows."""
    denied = _policy(("a:Get", "x"), effect="Deny")
    found = {"function": {"Statement": WANTED["function"]["Statement"] + denied["Statement"]}}

    assert _said(found, WANTED) == ["is denied a:Get on x"]


def test_the_command_gives_the_role_what_its_template_gives() -> None:
    """The whole policy; one that the template does not have is deleted."""
    found = {"more": _policy(("a:Drop", "x"))}

    more, less = differences("f", "role", found, WANTED)

    assert more.advice == "aws iam delete-role-policy --role-name role --policy-name more"
    command, _, document = less.advice.partition(" --policy-document ")
    assert command == "aws iam put-role-policy --role-name role --policy-name function"
    assert json.loads(document.strip("'")) == WANTED["function"]
