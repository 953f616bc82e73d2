"""How a product names its images: by https URLs, or by the ids of uploads, which have an address of ours (C5).

The address stays while signed ones expire, so that it may be kept: by a client, by an order, in a cache.
"""

import re
from collections.abc import Iterable

from services.shared.plumbing.settings import Setting

UPLOAD = re.compile(r"upl_[0-9A-HJKMNP-TV-Z]{26}")
_ELSEWHERE = re.compile(r"https://[^\s/]+(/\S*)?")


class Settings:
    public_url = Setting[str]("XIAODIAN_PUBLIC_URL", default="")


def shown_image(image: str) -> str:
    """The URL under which anybody sees it."""
    return f"{_base()}{image}" if UPLOAD.fullmatch(image) else image


def named_image(text: str) -> str:
    """An image as products keep it: what a view has shown may be sent again. Raises ValueError for anything else."""
    own = text.removeprefix(_base())
    if not (UPLOAD.fullmatch(own) or _ELSEWHERE.fullmatch(text)):
        raise ValueError("an https URL or the id of an upload")
    return own if UPLOAD.fullmatch(own) else text


def uploads_in(images: Iterable[str]) -> list[str]:
    """Those that are uploads, each once."""
    return list(dict.fromkeys(one for one in images if UPLOAD.fullmatch(one)))


def _base() -> str:
    return f"{Settings.public_url}/catalog/v1/images/"
