"""Where an image lies (C5)."""

from services.catalog.tables import STORE, find_image
from services.shared.plumbing import files
from services.shared.plumbing.problems import NotFound


def image_address(upload_id: str) -> str:
    """A URL that is good for twenty minutes: one read. Raises NotFound for what no product has ever shown."""
    image = find_image(upload_id)
    if image is None:
        raise NotFound()
    return files.shown_url(files.key_of(STORE, upload_id), image.type)
