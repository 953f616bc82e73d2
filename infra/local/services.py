"""The services of the stack, found by name. Each exports its Chalice app and its resources; there is no second list."""

from importlib import import_module
from typing import TYPE_CHECKING

from services.shared.plumbing.resources import Resources

if TYPE_CHECKING:
    from chalice.app import Chalice

SERVICES = ("catalog", "orders", "gifts", "notify")
ISSUERS_OWN = "XIAODIAN_TOKEN_KEY"


def app_of(service: str, package: str = "services") -> "Chalice":
    """The service's Chalice app: its routes and its triggers. Raises ImportError when there is no such service."""
    app: Chalice = import_module(f"{package}.{service}.app").app
    return app


def resources_of(service: str, package: str = "services") -> Resources:
    """The service's tables and queues. Costs little: its app is not imported."""
    resources: Resources = import_module(f"{package}.{service}.resources").resources
    return resources


def made_secrets(package: str = "services") -> set[str]:
    """The secrets that services declare and any random key will do for. The others come with what they open."""
    declared = {name for service in SERVICES for name in resources_of(service, package).secrets}
    return {name for name in declared if name.startswith("XIAODIAN_")} - {ISSUERS_OWN}
