"""Every service's real template keeps every rule. Services are found, not listed."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from infra.cost.bill import ALARMS, QUEUES
from infra.package.build import REGIONS, lint, services
from infra.package.needs import needs_of
from infra.package.rules import declared, findings, of_type
from infra.package.template.function import functions
from infra.platform.template import platform
from tests.integration.package.conftest import STAGE, Rendered, read


@pytest.mark.parametrize("service", services())
def test_a_service_s_template_keeps_the_rules(rendered: Rendered, service: str) -> None:
    """Recovery, retries, roles, alarms, logs, partitions."""
    assert list(findings(read(rendered(service)))) == []


@pytest.mark.parametrize("service", services())
def test_a_service_declares_the_secrets_and_files_that_it_uses(service: str) -> None:
    """All of them and no more."""
    resources = import_module(f"services.{service}.resources").resources

    assert list(declared(needs_of(service), resources)) == []


@pytest.mark.parametrize("service", services())
def test_every_trigger_of_the_app_has_its_function(rendered: Rendered, service: str) -> None:
    """A schedule or a consumer that somebody adds is deployed, under the name it has on one machine."""
    app = import_module(f"services.{service}.app").app
    made = read(rendered(service))

    deployed = {made["Resources"][one.logical]["Properties"]["FunctionName"] for one in functions(made)}

    names = {one.name for one in (*app.event_sources, *app.pure_lambda_functions)} | {"api"}
    assert deployed == {STAGE.physical(f"{service}-{name}") for name in names}


@pytest.mark.parametrize("service", services())
def test_every_route_of_the_app_is_in_the_api(rendered: Rendered, service: str) -> None:
    """With its methods."""
    app = import_module(f"services.{service}.app").app
    body = read(rendered(service))["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]

    deployed = {(path, method.upper()) for path, methods in body["paths"].items() for method in methods}

    assert deployed == {(path, method) for path, methods in app.routes.items() for method in methods}


def test_the_bill_counts_the_alarms_and_the_polled_queues_that_there_are(rendered: Rendered) -> None:
    """Of all services together: they cost something in a month in which nothing is sold."""
    made = [read(rendered(one)) for one in services()]
    consumers = [one for template in made for one in functions(template) if one.kind == "queue"]

    assert sum(len(of_type(template, "AWS::CloudWatch::Alarm")) for template in made) == ALARMS
    assert len(consumers) == QUEUES


def test_cfn_lint_finds_nothing(rendered: Rendered, tmp_path: Path) -> None:
    """In a region of each partition."""
    (tmp_path / "platform.json").write_text(json.dumps(platform(STAGE)), encoding="utf-8")

    found = list(lint(tmp_path / "platform.json", *(rendered(service) for service in services())))

    assert found == []
    assert {region.split("-")[0] for region in REGIONS} == {"cn", "us"}


def test_cfn_lint_would_find_something(rendered: Rendered, tmp_path: Path) -> None:
    """A property that there is not, and a resource that a partition lacks."""
    made = read(rendered("notify"))
    tend = made["Resources"]["Tend"]
    tend["Properties"]["Memory"] = 1
    lens = {"Type": "AWS::BillingConductor::PricingRule", "Properties": {}}
    made = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Tend": tend, "Lens": lens}}
    (tmp_path / "broken.json").write_text(json.dumps(made), encoding="utf-8")

    found = "\n".join(lint(tmp_path / "broken.json"))

    assert "Memory" in found
    assert "cn-north-1" in found
