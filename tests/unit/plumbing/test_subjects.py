"""A function loads what it is asked for, and nothing of the rest. Counted in modules, each time in a fresh process."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.package.build import services
from infra.package.needs import ROOT
from infra.package.subjects import holders_of, routes_of, write_paths
from services.shared.plumbing.doors import Service
from services.shared.plumbing.openapi import document

RUN = """\
import json, sys
from importlib import import_module
module = import_module(f"services.{sys.argv[1]}.app")
answers = [module.app(event, None) for event in json.loads(sys.argv[2])]
if "consume" in sys.argv[3:]:
    answers = [module.consume({"Records": []}, None)]
print(json.dumps([answers, [name for name in sys.modules if name.startswith("services.")]]))
"""


class Ran(NamedTuple):
    """What a process answered, and which of our modules it has loaded, without ``services.``."""

    answers: list[Any]
    modules: set[str]

    @property
    def subjects(self) -> set[str]:
        """The modules of ``doors/``."""
        return {name.rpartition(".")[2] for name in self.modules if ".doors." in name and "shared" not in name}


Run = Callable[..., Ran]


def _app(service: str) -> Service:
    app: Service = import_module(f"services.{service}.app").app
    return app


def _asked(method: str, path: str) -> dict[str, Any]:
    """A request as API Gateway hands it to the function: without a token and without a body."""
    return {
        "requestContext": {"resourcePath": path, "httpMethod": method, "requestId": "req_1", "identity": {}},
        "headers": {"content-type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": {},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``run("catalog", request, …)`` in a process that has the services as their zips do, each saying its paths."""
    code = tmp_path_factory.mktemp("task")
    shutil.copytree(ROOT / "services", code / "services", ignore=shutil.ignore_patterns("__pycache__"))
    for service in services():
        write_paths(_app(service), code)

    def run(service: str, *events: dict[str, Any], does: str = "") -> Ran:
        command = [sys.executable, "-c", RUN, service, json.dumps(events), does]
        ran = subprocess.run(command, cwd=code, env={}, stdout=subprocess.PIPE, text=True, check=True)
        answers, modules = json.loads(ran.stdout.splitlines()[-1])
        return Ran(answers, {name.removeprefix("services.") for name in modules})

    return run


@pytest.mark.parametrize("service", services())
def test_a_start_loads_no_subject(run: Run, service: str) -> None:
    """No door, message, verb, noun or table of the service, and nobody's events."""
    modules = run(service).modules

    assert {name for name in modules if name.partition(".")[0] == service} == {
        service,
        f"{service}.app",
        f"{service}.doors",
        f"{service}.service",
    }
    assert "shared.contracts.routes" not in modules


def test_a_request_loads_its_subject(run: Run) -> None:
    """And not the reactions; a second one of the same subject loads nothing more."""
    once = run("catalog", _asked("POST", "/v1/uploads"))
    twice = run("catalog", _asked("POST", "/v1/uploads"), _asked("POST", "/v1/uploads"))

    assert [answer["statusCode"] for answer in twice.answers] == [401, 401]
    assert once.subjects == {"files"}
    assert "catalog.reactions" not in once.modules
    assert once.modules == twice.modules


def test_an_event_loads_reactions_and_no_doors(run: Run) -> None:
    """Whatever it is."""
    heard = run("catalog", does="consume")

    assert heard.answers == [{"batchItemFailures": []}]
    assert "catalog.reactions" in heard.modules
    assert heard.subjects == set()


def test_an_unknown_path_is_not_found_and_loads_nothing(run: Run) -> None:
    """The gateway may know a route already, or still, that the function does not."""
    ran = run("catalog", _asked("GET", "/v1/unheard-of"))

    (answer,) = ran.answers
    assert (answer["statusCode"], json.loads(answer["body"])["type"].rpartition("/")[2]) == (404, "not-found")
    assert ran.subjects == set()


def test_another_method_of_a_path_is_told_what_there_is(run: Run) -> None:
    """Its subject is loaded to know it."""
    (answer,) = run("catalog", _asked("DELETE", "/v1/uploads")).answers

    assert answer["statusCode"] == 405
    assert answer["headers"]["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("service", services())
def test_the_document_has_every_door(run: Run, service: str) -> None:
    """As where all are loaded at once."""
    (answer,) = run(service, _asked("GET", "/openapi.json")).answers

    told, expected = json.loads(answer["body"]), json.loads(document(_app(service)))
    assert told["paths"] == expected["paths"]
    assert told["components"]["schemas"].keys() == expected["components"]["schemas"].keys()


@pytest.mark.parametrize("service", services())
def test_every_route_has_its_holders(service: str) -> None:
    """But for the plumbing's own, which are always there."""
    own = {path for path in routes_of(_app(service)) if path.startswith("/v1/")} - {
        "/v1/audit",
        "/v1/shops/{shop_id}/audit",
    }

    assert set(holders_of(_app(service))) == own
    assert {module for modules in holders_of(_app(service)).values() for module in modules} == {
        file.stem for file in Path(ROOT, "services", service, "doors").glob("*.py") if file.stem != "__init__"
    }
