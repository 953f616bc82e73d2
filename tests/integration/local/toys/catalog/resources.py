"""The toy's tables and queue."""

from tests.integration.local.toys import toy_resources

resources = toy_resources("catalog")
