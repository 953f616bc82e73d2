"""What card keys refuse, with the slugs clients know (O5)."""

from services.shared.plumbing.problems import Conflict, Invalid


class NotACardKey(Invalid):
    slug, title = "not-a-card-key", "This style is not sold as card keys"


class TooManyKeys(Invalid):
    """``most`` may be in one order."""

    slug, title = "too-many-keys", "One order takes fewer card keys than that"


class KeysMissing(Conflict):
    """``unlisted``: so many keys are in the pool and not for sale. Import more first."""

    slug, title = "keys-missing", "There are not so many keys in the pool"


class KeyInUse(Conflict):
    slug, title = "key-in-use", "An order has this key, or holds the last ones"


class UploadUsed(Conflict):
    slug, title = "upload-used", "This upload has been imported, or is being: upload the file again for another import"
