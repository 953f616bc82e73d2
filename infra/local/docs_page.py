"""The API docs page: swagger-ui from ``node_modules`` over the services' own OpenAPI documents, and no other site."""

import json
from collections.abc import Sequence
from pathlib import Path

from infra.local.http_event import Answer
from services.shared.plumbing.problems import NotFound

FOLDER = Path(__file__).parents[2] / "node_modules/swagger-ui-dist"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
ASSETS = {
    "swagger-ui.css",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Xiaodian API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
# The browser itself refuses whatever is not served from here.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def docs_answer(name: str, services: Sequence[str], folder: Path = FOLDER) -> Answer:
    """The page (empty ``name``) or one of its files. Raises NotFound."""
    if name == "":
        return _answer("text/html; charset=utf-8", PAGE.encode())
    if name == "start.js":
        return _answer(TYPES[".js"], _start(services).encode())
    if name not in ASSETS:
        raise NotFound("The docs page has no such file")
    try:
        return _answer(TYPES[Path(name).suffix], (folder / name).read_bytes())
    except FileNotFoundError:
        raise NotFound(f"{folder} is missing; run: make install") from None


def _answer(content_type: str, body: bytes) -> Answer:
    headers = (
        ("Content-Type", content_type),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    )
    return Answer(200, headers, body)


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
