"""A role is compared right by right, however its policies are cut."""

from infra.doctor.permissions import _differences
from infra.package.template.function import Json


def _policy(*statements: tuple[list[str] | str, list[str] | str]) -> Json:
    return {"Statement": [{"Effect": "Allow", "Action": one, "Resource": other} for one, other in statements]}


def test_the_same_rights_in_another_form_are_the_same() -> None:
    """One statement or two, lists or single texts."""
    wanted = {"function": _policy((["a:Get", "a:Put"], ["x", "y"]))}
    found = {"function": _policy(("a:Get", ["x", "y"])), "more": _policy((["a:Put"], "x"), ("a:Put", "y"))}

    assert list(_differences("f", found, wanted)) == []


def test_a_right_more_and_a_right_less_are_each_said() -> None:
    """With action and resource."""
    wanted = {"function": _policy((["a:Get", "a:Put"], ["x"]))}
    found = {"function": _policy((["a:Get", "a:Drop"], ["x"]))}

    assert [one.what for one in _differences("f", found, wanted)] == [
        "may not a:Put on x",
        "may a:Drop on x, which it does not need",
    ]


def test_a_denial_is_no_right() -> None:
    """Somebody forbade by hand what the template allows."""
    wanted = {"function": _policy((["a:Get"], ["x"]))}
    denied = {"Statement": [{"Effect": "Deny", "Action": ["a:Get"], "Resource": ["x"]}]}

    found = [one.what for one in _differences("f", wanted | {"other": denied}, wanted)]

    assert found == ["is denied a:Get on x"]
