"""Who reads: the language that the request asks for, else the preferred one; the preferred clock."""

from services.notify import tables
from services.notify.language import Reader, language_of


def reader_of(person: str, accept_language: str) -> Reader:
    """One read. A person who has said nothing reads Chinese, by Beijing time."""
    preferred = tables.preferences_of(person).reader
    return Reader(language_of(accept_language, preferred.language), preferred.zone)
