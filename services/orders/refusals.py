"""What orders refuses, with the slugs clients know."""

from services.shared.plumbing.problems import Conflict, Forbidden, Invalid


class OutOfStock(Conflict):
    """``sku_ids`` that cannot be had as wanted, and how many are ``left`` of each."""

    slug, title = "out-of-stock", "Sold out, or fewer left than wanted"


class SplitTooOften(Conflict):
    """So many counters are ``standing``; those of earlier splits go when the orders that hold their units end."""

    slug, title = "split-too-often", "Orders under earlier splits must end first"


class TotalChanged(Conflict):
    """``payable_fen`` is what it costs now."""

    slug, title = "total-changed", "The price is not what you expected"


class NotForSale(Conflict):
    slug, title = "not-for-sale", "Not for sale in this shop"


class ShopClosed(Conflict):
    slug, title = "shop-closed", "This shop cannot sell right now"


class RegionNotServed(Conflict):
    """``sku_ids`` that are not sent there, and which ``regions`` of the address it is about."""

    slug, title = "region-not-served", "The shop does not deliver there"


class BuyersLimit(Conflict):
    """``most`` pieces of each of ``product_ids`` may one buyer have; ``left``: how many this one still may."""

    slug, title = "buyers-limit", "One buyer may not have so many of this"


class TemplateInUse(Conflict):
    """``product_ids``: some of the products that name it."""

    slug, title = "template-in-use", "Products ship by this freight template"


class TooManyTemplates(Conflict):
    slug, title = "too-many-templates", "A shop has at most 20 freight templates"


class RiskDenied(Forbidden):
    slug, title = "risk-denied", "This order cannot be paid"


class UnderReview(Conflict):
    slug, title = "under-review", "Somebody has to clear this order before it goes on"


class OrderExpired(Conflict):
    slug, title = "order-expired", "The time to pay this order is over"


class AddressChangePending(Conflict):
    """Until ``deadline_at``, or until the shop accepts or rejects it."""

    slug, title = "address-change-pending", "Another address is asked for: accept or reject it first"


class NoAddressAsked(Conflict):
    slug, title = "no-address-asked", "No other address is asked for, or the time to answer is over"


class PriceNotAllowed(Invalid):
    """``least_fen`` and ``most_fen``: between what a total may be."""

    slug, title = "price-not-allowed", "An order only becomes cheaper than offered, line by line, and never free"


class PersonalDataNotYours(Forbidden):
    slug, title = "personal-data-not-yours", "Your role may not have buyers' names and addresses in a file"


class CarrierMissing(Invalid):
    slug, title = "carrier-missing", "These goods need a carrier and a waybill"


class NoPaymentAccount(Conflict):
    slug, title = "no-payment-account", "This shop has not said where its money goes"


class PayerUnknown(Invalid):
    slug, title = "payer-unknown", "Paying in WeChat needs a buyer who signed in through WeChat, or the payer's openid"


class AmountMismatch(Invalid):
    slug, title = "amount-mismatch", "WeChat Pay names another amount than was asked for"


class NotGiftable(Invalid):
    """``reasons``: why each style cannot be given: its category, its kind, or its original price (G1)."""

    slug, title = "not-giftable", "This cannot be given as a gift"


class TooManyLines(Invalid):
    slug, title = "too-many-lines", "At most 40 different styles an order"
