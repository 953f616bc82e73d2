"""Doors to files: a place to put one."""

from collections.abc import Mapping

from services.orders import file_messages as m
from services.orders.service import app
from services.orders.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.doors import PERSON, Call


def upload_again(_: Call, stored: Mapping[str, str]) -> m.UploadView:
    """The place that this key asked for."""
    return m.UploadView.of(files.upload_of(STORE, stored["upload_id"]))


@app.door("POST", "/v1/uploads", PERSON, status=201, again=upload_again)
def post_upload(call: Call, body: m.AskUpload) -> m.UploadView:
    """Ask for a place to put a file: evidence, card keys, or an old shop's dump for a migration.

    The file is bound to its size and SHA-256, and to the one who asked.
    """
    tx = call.begin()
    upload_id = files.ask_upload(tx, call.person, body.purpose, body.content_type, body.size, body.sha256)
    tx.commit({"upload_id": upload_id})
    return m.UploadView.of(files.upload_of(STORE, upload_id))
