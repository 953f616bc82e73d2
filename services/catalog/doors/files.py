"""Doors to files: a place to put one."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.products.read_image import image_address
from services.catalog.service import app
from services.catalog.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.doors import ANYONE, PERSON, Answer, Call
from services.shared.plumbing.problems import NotFound


def _upload_again(_: Call, stored: Mapping[str, str]) -> m.UploadView:
    return m.UploadView.of(files.upload_of(STORE, stored["upload_id"]))


@app.door("POST", "/v1/uploads", PERSON, status=201, again=_upload_again)
def post_upload(call: Call, body: m.AskUpload) -> m.UploadView:
    """Ask for a place to put a file.

    The file is bound to its size and SHA-256, and to the one who asked.
    """
    tx = call.begin()
    upload_id = files.ask_upload(tx, call.person, body.purpose, body.content_type, body.size, body.sha256)
    tx.commit({"upload_id": upload_id})
    return m.UploadView.of(files.upload_of(STORE, upload_id))


@app.door("GET", "/v1/images/{upload_id}", ANYONE, status=302, problems=(NotFound,))
def get_image(_: Call, upload_id: str) -> Answer:
    """Where an image that a product shows can be fetched for a while (C5)."""
    return Answer(None, 302, headers={"Location": image_address(upload_id), "Cache-Control": "public, max-age=600"})
