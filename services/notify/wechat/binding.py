"""Which WeChat template says what one of our texts says, and with which fields (N4).

WeChat audits templates of a mini program; each has fields such as ``thing1`` or ``amount2``, whose first part is a kind
with rules of its own. A binding fills them by the variables of our template: ``{"thing1": "{goods:goods}"}``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notify.formats import FORMATS
from services.notify.language import Reader
from services.notify.template import variables_in, words_of
from services.notify.templates import TEMPLATES

# How long a value of each kind may be; WeChat refuses longer ones (47003).
KINDS = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "time": 32,
    "date": 32,
    "amount": 15,
    "phrase": 5,
}
FIELD = re.compile(rf"({'|'.join(KINDS)})\d{{1,3}}")
CHINESE_CLOCK = Reader()  # times have one form there, and no place for a zone


@dataclass(frozen=True)
class Binding:
    """``template``: ours, as ``orders.order_paid/buyer``; ``page``: where a tap leads, may be empty."""

    template: str
    template_id: str
    fields: Mapping[str, str]
    page: str = ""

    def faults(self) -> list[str]:
        """Why no message can be told so; nothing when all can."""
        versions = TEMPLATES.get(self.template)
        if versions is None:
            return [f"no text is called {self.template!r}"]
        told = versions[-1].variables
        found = [f"{name} is no field of a WeChat template" for name in self.fields if not FIELD.fullmatch(name)]
        for name, text in self.fields.items():
            try:
                used = variables_in(text)
            except ValueError:
                return [*found, f"{name} has a brace too many or too few"]
            found += [f"{name} uses {{{one}}}, which {self.template} has not" for one, _ in used if one not in told]
            found += [f"{name} uses the unknown format {form!r}" for _, form in used if form not in FORMATS]
        return found

    def filled(self, variables: Mapping[str, Any], reader: Reader) -> dict[str, dict[str, str]]:
        """The fields as WeChat takes them. Raises KeyError for a variable without a value."""
        return {name: {"value": _fit(name, text, variables, reader)} for name, text in self.fields.items()}


def _fit(name: str, text: str, variables: Mapping[str, Any], reader: Reader) -> str:
    kind = name.rstrip("0123456789")
    value = words_of(text, variables, CHINESE_CLOCK if kind in ("time", "date", "amount", "number") else reader)
    if kind in ("amount", "number"):
        value = value.replace(",", "")
    longest = KINDS[kind]
    value = " ".join(value.split()) or "—"  # a line break is refused, and so is nothing at all
    return value if len(value) <= longest else f"{value[: longest - 1]}…"
