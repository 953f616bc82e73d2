"""Pages of which other sites may use the API in a browser (X2): CORS, by a setting; of none, unless it is given.

A browser asks first whether it may send a request (``OPTIONS``, the preflight), and shows a page an answer only when
that names the page's origin. Nobody is known here by a cookie, so credentials are never allowed: a page that has a
token sends it itself.
"""

import re
from collections.abc import Iterable, Mapping

from services.shared.plumbing.settings import Setting

ANY, NONE = "*", frozenset[str]()
ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")
SENT = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id"
READ = "Allow, Content-Language, ETag, Location, Retry-After, X-Request-Id"
REMEMBERED_S = 7_200  # as long as any browser does


def origins_of(text: str) -> frozenset[str]:
    """Origins with blanks or commas between them; ``*`` is any. Raises ValueError for what is no origin."""
    found = frozenset(text.lower().replace(",", " ").split())
    if wrong := sorted(one for one in found if one != ANY and not ORIGIN.fullmatch(one)):
        raise ValueError(f"{wrong[0]} is no origin, such as https://shop.example.com")
    return found


class Settings:
    origins = Setting("XIAODIAN_CORS_ORIGINS", origins_of, default=NONE)


def allows(origin: str) -> bool:
    """Whether pages of this origin may use the API."""
    return not Settings.origins.isdisjoint({origin.lower(), ANY})


def cors_headers(asked: Mapping[str, str], method: str, methods: Iterable[str]) -> dict[str, str]:
    """What is added to an answer. ``asked``: the request's headers; ``methods``: those that its path answers."""
    origin = next((value for name, value in asked.items() if name.lower() == "origin"), "")
    if not Settings.origins:
        return {}
    any_page = ANY in Settings.origins
    headers = {} if any_page else {"Vary": "Origin"}
    if not origin or not allows(origin):
        return headers
    headers["Access-Control-Allow-Origin"] = ANY if any_page else origin
    if method != "OPTIONS":
        return headers | {"Access-Control-Expose-Headers": READ}
    allowed = {"Methods": ", ".join(sorted(methods)), "Headers": SENT}
    headers |= {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
    return headers | {"Access-Control-Max-Age": str(REMEMBERED_S)}
