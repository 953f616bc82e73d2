"""A first deployment, step by step: packages and the platform, one service alone, and then the others."""

import json
import re
import urllib.request
from pathlib import Path

import pytest

from infra.package.build import services
from tests.e2e.deployed.account import STAGE, Account
from tests.e2e.deployed.conftest import FIRST, PAGES, PAIRS, Early
from tests.e2e.deployed.front_door import front_door
from tests.e2e.market import eventually, slug_of


@pytest.mark.parametrize("two", PAIRS, ids="-".join)
def test_services_are_packaged(account: Account, two: tuple[str, ...]) -> None:
    """For the processor of this machine, on which their functions will run."""
    assert all(one.is_file() for one in account.package(*two))


def test_the_platform_leaves_what_services_need(platform: Account) -> None:
    """Before there is any of them."""
    left = platform.client("ssm").get_parameters_by_path(Path=f"/xiaodian/{STAGE}/", Recursive=True)["Parameters"]

    declared = platform.template("platform")["Resources"].values()
    assert {one["Name"] for one in left} == {
        one["Properties"]["Name"] for one in declared if one["Type"] == "AWS::SSM::Parameter"
    }


def test_what_the_parameter_store_lacks_is_said_before_anything_is_changed(early: Early) -> None:
    """With the command that puts it there."""
    path = f"/xiaodian/{STAGE}/XIAODIAN_TOKEN_ISSUERS"

    assert f"aws ssm put-parameter --name {path} --type String" in early.said


def test_a_service_is_deployed_first_and_alone(early: Early, stage: Account) -> None:
    """What it says to those who are not there yet is kept, shown, and sent when they are."""
    assert early.parked.splitlines()[1].split()[:2] == [FIRST, "gifts"]
    assert f"xiaodian-{STAGE}-orders: is not deployed" in early.doctor
    assert "events for orders are parked" in early.doctor

    stage.xiaodian("parked", "send")

    assert stage.xiaodian("parked", "list") == "0 parked events.\n"
    merchant = early.shop.merchant
    orders = f"/orders/v1/shops/{early.shop.shop_id}/orders"
    eventually(lambda: slug_of(lambda: merchant.get(orders)), "")  # orders has heard whose shop it is


@pytest.mark.slow
@pytest.mark.parametrize("service", [one for one in services() if one != FIRST])
def test_any_other_may_be_the_first_too(account: Account, service: str, tmp_path: Path) -> None:
    """On a stage of its own: it answers, and the doctor misses the others as what may come later."""
    with front_door() as door:
        alone = Account(account.emulator, door, tmp_path, account.values, stage=f"only{service}")
        alone.package(service)
        alone.deploy("platform", "--set", f"PublicUrl={door.url}")
        alone.deploy_all(service)

        with urllib.request.urlopen(f"{door.url}/{service}/health", timeout=60) as answer:
            said = json.load(answer)
        seen = alone.xiaodian("doctor", status=1)

    assert (said["status"], said["service"]) == ("ok", service)
    for other in set(services()) - {service}:
        assert f"warning  xiaodian-{alone.stage}-{other}: is not deployed; what others say to it is kept" in seen


@pytest.mark.parametrize("service", services())
def test_a_deployed_service_answers(stage: Account, service: str) -> None:
    """From its real package, by CloudFormation, through API Gateway."""
    with urllib.request.urlopen(f"{stage.door.url}/{service}/health", timeout=60) as answer:
        said = json.load(answer)

    assert (said["status"], said["service"]) == ("ok", service)


@pytest.mark.parametrize(
    ("service", "path", "method"),
    [("catalog", "/v1/products", "GET"), ("orders", "/v1/orders/ord_1/payment", "POST"), ("notify", "/health", "GET")],
)
def test_a_browser_hears_which_pages_may_use_the_api(stage: Account, service: str, path: str, method: str) -> None:
    """API Gateway passes the preflight on; a function that has loaded nothing yet knows the path's methods (X2)."""
    origins = {PAGES: PAGES, "https://evil.example": None}
    for origin, told in origins.items():
        sent = {"Origin": origin, "Access-Control-Request-Method": method}
        asked = urllib.request.Request(f"{stage.door.url}/{service}{path}", None, sent, method="OPTIONS")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, told)
            assert method in answer.headers["Allow"].split(", ")


def test_the_docs_page_lies_where_its_api_reads_it(stage: Account) -> None:
    """Every file that the page names, each as what it is."""
    bucket, s3 = stage.outputs("platform")["ArtifactsBucket"], stage.client("s3")
    page = s3.get_object(Bucket=bucket, Key="docs/index.html")
    named = re.findall(r'(?:href|src)="/(docs/[^"]+)"', page["Body"].read().decode())

    kinds = {name: s3.head_object(Bucket=bucket, Key=name)["ContentType"] for name in named}

    assert page["ContentType"] == "text/html; charset=utf-8"
    assert len(named) == 6
    assert {name.rpartition(".")[2]: kind.partition(";")[0] for name, kind in kinds.items()} == {
        "css": "text/css",
        "js": "text/javascript",
        "png": "image/png",
    }
