"""Why a gift cannot be taken, declined or sent there, each with its stable slug."""

from services.shared.plumbing.problems import Conflict, Forbidden


class NotTheRecipient(Forbidden):
    slug, title = "not-the-recipient", "The giver sent this gift to another person"


class GiftAlreadyClaimed(Conflict):
    slug, title = "gift-already-claimed", "This gift has been claimed"


class GiftBeingClaimed(Conflict):
    slug, title = "gift-being-claimed", "Somebody is claiming this gift right now; look again in a moment"


class GiftDeclined(Conflict):
    slug, title = "gift-declined", "This gift has been declined"


class GiftExpired(Conflict):
    slug, title = "gift-expired", "Nobody claimed this gift in time; its giver gets the money back"


class RegionNotServed(Conflict):
    slug, title = "region-not-served", "This gift cannot be sent there; it stays open"


class StyleSoldOut(Conflict):
    slug, title = "style-sold-out", "This style has just sold out; choose again"


class StyleNotOffered(Conflict):
    slug, title = "style-not-offered", "This is no style of the same product at the same price; choose again"
