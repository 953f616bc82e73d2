"""Importing a file of card keys as one act that may be repeated."""

import hashlib

from services.orders.tables import STORE
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import files
from tests.integration.orders.scenarios import Scene, _reads, heard, verb
from tests.integration.orders.scenarios_money import HASHED, _key_style, _pool, _shop
from tests.integration.verbs.scenario import Act, answered


def _file(scene: Scene) -> dict[str, str]:
    """Of fifty keys, for a style of a shop that has what its keys are hashed by."""
    _pool(scene)
    body = "\n".join(f"KEY-{number:04}" for number in range(50)).encode()
    asked = {"purpose": "card_keys", "content_type": "text/plain", "bytes": len(body)}
    place = scene.market.merchant.post("/v1/uploads", asked | {"sha256": hashlib.sha256(body).hexdigest()})
    files.write(files.key_of(STORE, place.json["upload_id"]), body, "text/plain")
    return {"sku_id": _key_style(scene), "upload_id": place.json["upload_id"]}


def _import(scene: Scene) -> str:
    started = scene.market.merchant.post(_shop(scene, "/card-key-imports"), _file(scene))
    assert started.status == 202, started.text
    return str(started.json["import_id"])


@verb("post_card_key_import", unlike=HASHED)
def start_importing_a_file_of_keys(scene: Scene) -> Act:
    """Its upload is read once, to see that it is what was announced."""
    body = _file(scene)
    return lambda: answered(scene.market.merchant.post(_shop(scene, "/card-key-imports"), body, key=scene.key))


@verb("plumbing.job_step_due", unlike=HASHED)
def import_a_file_of_keys(scene: Scene) -> Act:
    """Fifty, in two transactions, and the report."""
    return heard(scene.told(_import(scene), JobStepDue))


@verb("get_card_key_import")
def show_an_import_of_keys(scene: Scene) -> Act:
    """One that has just begun."""
    return _reads(scene.market.merchant, _shop(scene, f"/card-key-imports/{_import(scene)}"))
