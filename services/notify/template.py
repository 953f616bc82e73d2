"""A message's texts, as data: a title and a body in each language, with variables (N2).

A variable is ``{name}`` or ``{name:format}``, with a format of ``formats.FORMATS``. A message stores the version of its
template and the values of its variables; it is put into words when it is read, in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from services.notify.formats import EXAMPLES, FORMATS
from services.notify.inbox import Category
from services.notify.language import Reader

Text = tuple[str, str]  # title, body


@dataclass(frozen=True)
class Template:
    """One version of what one audience reads of one event."""

    category: Category
    zh: Text
    en: Text
    required: bool = False  # by law, or because money moves although no amount is named

    @property
    def variables(self) -> frozenset[str]:
        """Names of the values it needs."""
        return frozenset(name for text in (*self.zh, *self.en) for name, _ in variables_in(text))

    @property
    def compulsory(self) -> bool:
        """Whether it is about money or the law, and so nobody can switch it off (N8)."""
        return self.required or any(form == "money" for _, form in variables_in(self.zh[1]))

    @property
    def examples(self) -> dict[str, Any]:
        """A value for each of its variables, to look at it."""
        named = {name: form for text in (*self.zh, *self.en) for name, form in variables_in(text)}
        return {name: EXAMPLES.get(form, f"‹{name}›") for name, form in sorted(named.items())}

    def render(self, variables: Mapping[str, Any], reader: Reader) -> Text:
        """Title and body. Raises KeyError for a variable without a value."""
        title, body = self.zh if reader.language == "zh" else self.en
        return words_of(title, variables, reader), words_of(body, variables, reader)


def variables_in(text: str) -> list[tuple[str, str]]:
    """(name, format) of each variable of a text."""
    return [(name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None]


def words_of(text: str, variables: Mapping[str, Any], reader: Reader) -> str:
    """One text with its values in it. Raises KeyError for a variable without a value."""
    return _Words(reader).vformat(text, (), variables)


class _Words(Formatter):
    """``str.format`` whose formats are ours."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def format_field(self, value: Any, format_spec: str) -> str:
        return FORMATS[format_spec](value, self.reader)
