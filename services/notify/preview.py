"""Look at what would be told of an event, before it happens: each audience's text, with example values (N2)."""

from dataclasses import dataclass

from services.notify.inbox import Category
from services.notify.language import Reader
from services.notify.templates import TEMPLATES


@dataclass(frozen=True)
class Preview:
    """One text as its reader would read it. ``compulsory``: nobody can switch it off (N8)."""

    template: str
    version: int
    category: Category
    compulsory: bool
    title: str
    body: str


def preview(event: str, reader: Reader, *, every_version: bool = False) -> list[Preview]:
    """The texts of ``orders.order_paid``, or of ``orders.order_paid/buyer`` alone; the newest version of each.

    None where no text is told of an event of this name.
    """
    found = []
    for key, versions in sorted(TEMPLATES.items()):
        if event in (key, key.partition("/")[0]):
            numbered = list(enumerate(versions, start=1))
            for number, template in numbered if every_version else numbered[-1:]:
                title, body = template.render(template.examples, reader)
                found.append(Preview(key, number, template.category, template.compulsory, title, body))
    return found
