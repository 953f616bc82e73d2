"""What the doctor has to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """``about`` is what was looked at, ``what`` is wrong with it, ``advice`` what to do.

    An error is something that does not work or that loses something; a warning may be meant so.
    """

    level: Literal["error", "warning"]
    about: str
    what: str
    advice: str


Findings = Iterator[Finding]


def error(about: str, what: str, advice: str) -> Finding:
    """Something that does not work, or that loses something."""
    return Finding("error", about, what, advice)


def warning(about: str, what: str, advice: str) -> Finding:
    """Something that may be meant so."""
    return Finding("warning", about, what, advice)
