"""The API docs page: swagger-ui from ``node_modules`` over the services' own OpenAPI documents, and no other site.

It is served below ``/docs`` of the host that serves ``/catalog``, ``/orders``, ``/gifts`` and ``/notify``.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "node_modules/swagger-ui-dist"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
INDEX = "index.html"
START = "start.js"
ASSETS = (
    "swagger-ui.css",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
)
# The browser itself refuses whatever is not served from here.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>Xiaodian API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/{START}"></script>
</html>
"""


class File(NamedTuple):
    """A file of the page. ``name`` is its path below ``/docs/``."""

    name: str
    content_type: str
    body: bytes


def page(services: Sequence[str], folder: Path = FOLDER) -> Iterator[File]:
    """Every file of the page over these services. Raises FileNotFoundError when swagger-ui is not installed."""
    yield File(INDEX, "text/html; charset=utf-8", PAGE.encode())
    yield File(START, TYPES[".js"], _start(services).encode())
    for name in ASSETS:
        try:
            yield File(name, TYPES[Path(name).suffix], (folder / name).read_bytes())
        except FileNotFoundError:
            raise FileNotFoundError(f"{folder} is missing; run: make install") from None


def _start(services: Sequence[str]) -> str:
    urls = [{"url": f"/{service}/openapi.json", "name": service} for service in services]
    return f"""window.ui = SwaggerUIBundle({{
  urls: {json.dumps(urls)},
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
}});
"""
