"""The API docs page on one machine."""

from collections.abc import Sequence
from pathlib import Path

from infra.docs_page import ASSETS, FOLDER, INDEX, POLICY, START, page
from infra.local.http_event import Answer
from services.shared.plumbing.problems import NotFound


def docs_answer(name: str, services: Sequence[str], folder: Path = FOLDER) -> Answer:
    """The page (empty ``name``) or one of its files. Raises NotFound."""
    wanted = name or INDEX
    if wanted not in {INDEX, START, *ASSETS}:
        raise NotFound("The docs page has no such file")
    try:
        found = next(file for file in page(services, folder) if file.name == wanted)
    except FileNotFoundError as error:
        raise NotFound(str(error)) from None
    headers = (
        ("Content-Type", found.content_type),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    )
    return Answer(200, headers, found.body)
