"""A message's texts, as data: a title and a body in each language, with variables (N2).

A variable is ``{name}`` or ``{name:format}``, with a format of ``formats.FORMATS``. A message stores the version of its
template and the values of its variables; it is put into words when it is read, in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from services.notify.formats import FORMATS
from services.notify.inbox import Category
from services.notify.language import Language

Text = tuple[str, str]  # title, body


@dataclass(frozen=True)
class Template:
    """One version of what one audience reads of one event."""

    category: Category
    zh: Text
    en: Text

    @property
    def variables(self) -> frozenset[str]:
        """Names of the values it needs."""
        return frozenset(name for text in (*self.zh, *self.en) for name, _ in variables_in(text))

    def render(self, variables: Mapping[str, Any], language: Language) -> Text:
        """Title and body. Raises KeyError for a variable without a value."""
        words = _Words(language)
        title, body = self.zh if language == "zh" else self.en
        return words.vformat(title, (), variables), words.vformat(body, (), variables)


def variables_in(text: str) -> list[tuple[str, str]]:
    """(name, format) of each variable of a text."""
    return [(name, form or "") for _, name, form, _ in Formatter().parse(text) if name is not None]


class _Words(Formatter):
    """``str.format`` whose formats are ours."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return FORMATS[format_spec](value, self.language)
