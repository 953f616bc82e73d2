"""Ids: a prefix that names the kind and a ULID that sorts by time, as in ``ord_01JD…``."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from ulid import ULID

NewId = Callable[[str], str]


def new_id(prefix: str) -> str:
    """A fresh id of this kind, 26 characters after the underscore."""
    return f"{prefix}_{ULID()}"


def derived_id(prefix: str, source: str) -> str:
    """The id that follows from another one: ``gft_X`` from ``ord_X``. What is derived needs no look-up and no luck."""
    return f"{prefix}_{source.partition('_')[2]}"


def id_of(prefix: str, *words: str) -> str:
    """The id that follows from these words, the same at all times and in all services. Its time is the epoch's."""
    digest = hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).digest()
    return f"{prefix}_{ULID.from_bytes(bytes(6) + digest[:10])}"


def made_at(ident: str) -> datetime:
    """When an id was made, by the real clock."""
    return ULID.from_str(ident.partition("_")[2]).datetime
