"""The toy's doors."""

from tests.integration.local.toys import toy_app

app = toy_app("catalog")
