"""Doors to bulk uploads."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.imports import read_import
from services.catalog.imports.start_import import start_import
from services.catalog.products import messages as pm
from services.catalog.service import EDITORS, STAFF, app
from services.shared.plumbing import files, ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import Answer, Call, Page


def _import_again(_: Call, stored: Mapping[str, str]) -> Answer:
    return _accepted(stored["shop_id"], stored["import_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/imports",
    EDITORS,
    status=202,
    again=_import_again,
    problems=(files.UploadMissing,),
)
def post_import(call: Call, shop_id: str, body: pm.StartImport) -> pm.ImportView | Answer:
    """Start a bulk upload (C6).

    `Location` says where its progress is, `Retry-After` how often to look.
    """
    import_id = start_import(shop_id, call.person, body, begin=call.begin, now=call.now, new_id=ids.new_id)
    return _accepted(shop_id, import_id)


def _accepted(shop_id: str, import_id: str) -> Answer:
    place = f"/{app.service}/v1/shops/{shop_id}/imports/{import_id}"
    return Answer(read_import.import_in(shop_id, import_id), headers={"Location": place, "Retry-After": "2"})


@app.door("GET", "/v1/shops/{shop_id}/imports/{import_id}", STAFF)
def get_import(_: Call, shop_id: str, import_id: str) -> pm.ImportView:
    """How far a bulk upload is, and its report when it has ended (C6)."""
    return read_import.import_in(shop_id, import_id)


@app.door("GET", "/v1/shops/{shop_id}/imports/{import_id}/rows", STAFF, problems=(p.CursorInvalid,))
def get_import_rows(_: Call, shop_id: str, import_id: str, query: m.PageOf) -> Page[pm.ImportRowView]:
    """What became of each row that was read so far, in file order (C6)."""
    found = read_import.import_rows(shop_id, import_id, query.limit, query.cursor)
    return Page(items=found.rows, next_cursor=found.next_cursor)
