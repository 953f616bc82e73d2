"""Take uploaded images into a shop when one of its products first shows them (C5)."""

from collections.abc import Sequence

from services.catalog.products.image_address import uploads_in
from services.catalog.products.image_file import HEADER_BYTES, Image, NotAnImage, image_of
from services.catalog.products.product import Product
from services.catalog.tables import STORE, find_images, save_image
from services.shared.plumbing import files
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Transaction


def take_images(tx: Transaction, shop_id: str, person: str, images: Sequence[str], known: Sequence[str] = ()) -> None:
    """Take those of the images that are uploads and not ``known``, in the caller's transaction.

    Each is read once, by the first product: it has to be the person's own, complete, and an image by its content.
    From then on it is the shop's; who owns that shop shows it in another one of his own, too. Raises Invalid with each
    that is not.
    """
    coming = [one for one in uploads_in(images) if one not in known]
    there = find_images(coming)
    broken = []
    for upload_id in coming:
        owner = there.get(upload_id)
        try:
            if owner is None:
                image, size = _looked_at(upload_id, person)
                save_image(tx, upload_id, shop_id, image, size)
            elif owner != shop_id and role_of(STORE, owner, person) != "owner":
                raise NotAnImage("there is no such upload of yours")
        except NotAnImage as refusal:
            broken.append({"at": f"images.{images.index(upload_id)}", "why": str(refusal)})
    if broken:
        raise Invalid("; ".join(f"{one['at']}: {one['why']}" for one in broken), errors=broken)


def images_of(product: Product | None) -> tuple[str, ...]:
    """What its copies show, and what so has been taken already."""
    copies = (product.online, product.draft) if product else ()
    return tuple(image for copy in copies if copy for image in copy.images)


def _looked_at(upload_id: str, person: str) -> tuple[Image, int]:
    try:
        key = files.uploaded(STORE, upload_id, person, "image")
    except NotFound as error:
        raise NotAnImage("there is no such upload of yours") from error
    except files.UploadMissing as error:
        raise NotAnImage("nothing complete was uploaded under this id") from error
    beginning = b""
    for piece in files.chunks(key):
        beginning += piece
        if len(beginning) >= HEADER_BYTES:
            break
    return image_of(beginning), files.size_of(key)
