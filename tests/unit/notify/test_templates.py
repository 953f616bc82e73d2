"""Texts are checked before anybody reads them."""

import pytest

from services.notify.formats import FORMATS
from services.notify.language import Reader
from services.notify.template import Template, variables_in
from services.notify.templates import TEMPLATES

VERSIONS = {
    f"{key} v{number}": template
    for key, versions in TEMPLATES.items()
    for number, template in enumerate(versions, start=1)
}
each_version = pytest.mark.parametrize("template", VERSIONS.values(), ids=VERSIONS)


@each_version
def test_a_text_uses_plain_variables_and_known_formats(template: Template) -> None:
    """Nothing can be reached through a variable, and nothing is formatted by chance."""
    for text in (*template.zh, *template.en):
        for name, form in variables_in(text):
            assert name.isidentifier(), text
            assert form in FORMATS, text


@each_version
def test_both_languages_say_the_same(template: Template) -> None:
    """A reader of either language learns each fact."""
    assert sorted(variables_in(template.zh[1])) == sorted(variables_in(template.en[1]))


@each_version
def test_a_title_needs_no_variables(template: Template) -> None:
    """It fits into any list."""
    assert not variables_in(template.zh[0]) + variables_in(template.en[0])


def test_a_variable_without_a_value_is_an_error() -> None:
    """A text with a hole is never shown."""
    template = Template("trade", zh=("标题", "{left:count}"), en=("Title", "{left:count}"))

    assert template.render({"left": 1280}, Reader("en")) == ("Title", "1,280")
    with pytest.raises(KeyError, match="left"):
        template.render({}, Reader("zh"))


def test_values_are_no_templates() -> None:
    """What merchants write is shown as it is, braces and all."""
    template = Template("trade", zh=("标题", "{name:title}"), en=("Title", "{name:title}"))

    assert template.render({"name": "{left} 100% {0}"}, Reader("zh"))[1] == "「{left} 100% {0}」"
