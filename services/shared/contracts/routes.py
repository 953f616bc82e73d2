"""Who hears what: the one table that emitters' publishers and consumers' tests read."""

from services.shared.contracts import aftersale, catalog, complaints, gifts, migration, money, notify, orders, plumbing
from services.shared.contracts.envelope import EventBody

SELF = "self"

ROUTES: dict[type[EventBody], tuple[str, ...]] = {
    catalog.ShopOpened: ("notify",),
    catalog.ShopAuditDecided: ("notify",),
    catalog.ShopChanged: ("orders", "gifts", "notify"),
    catalog.ShopClosed: ("notify", SELF),
    catalog.QualificationDecided: ("notify",),
    catalog.LicenceExpiring: ("notify",),
    catalog.ProductHeld: ("notify",),
    catalog.ListingMissed: ("notify",),
    catalog.ShopHeld: ("notify",),
    catalog.DepositRefundEnded: ("notify",),
    catalog.MembershipChanged: ("orders", "gifts", "notify"),
    catalog.ProductOffered: ("orders", "gifts", SELF),
    catalog.ProductWithdrawn: ("orders", "gifts", SELF),
    catalog.SalesRankReached: (SELF,),
    catalog.ImportFinished: ("notify",),
    migration.MigrationChanged: ("orders",),
    migration.MigrationProgressed: ("catalog",),
    migration.MigrationRowsTold: ("catalog",),
    migration.MigrationDecided: ("notify",),
    migration.HistoryMoved: ("catalog",),
    migration.StockAsked: ("orders",),
    migration.StockAnswered: ("catalog",),
    migration.MigrationRunEnded: ("notify",),
    migration.MigrationStepAhead: ("notify",),
    migration.MigrationStepTaken: ("notify",),
    migration.SubjectChangeDue: ("notify",),
    orders.OrderPlaced: ("notify", SELF),
    orders.OrderPaid: ("catalog", "gifts", "notify", SELF),
    orders.GiftCleared: ("gifts",),
    orders.OrderCancelled: ("catalog", "notify", SELF),
    orders.OrderRefused: ("catalog", "notify", SELF),
    orders.OrderShipped: ("notify",),
    orders.WaybillCorrected: ("notify",),
    orders.ReceiptExtended: ("notify",),
    orders.OrderRepriced: ("notify",),
    orders.AddressChangeAsked: ("notify",),
    orders.AddressChangeEnded: ("notify",),
    orders.OrderReceived: ("notify",),
    orders.OrderSettled: ("notify",),
    orders.RefundDue: (SELF,),
    orders.RefundSucceeded: ("gifts", "notify"),
    orders.RefundDelayed: ("notify",),
    aftersale.AftersaleOpened: ("notify",),
    aftersale.AftersaleMoved: ("notify",),
    aftersale.AftersaleClosed: ("notify",),
    orders.PaymentsDiffer: ("notify",),
    orders.GrantRefused: ("gifts", "notify"),
    orders.StyleAnswered: ("gifts",),
    orders.AvailabilityChanged: ("catalog",),
    orders.StockMoved: (SELF,),
    orders.StockLow: ("notify",),
    money.WithdrawalEnded: ("notify",),
    complaints.ComplaintOpened: ("notify",),
    complaints.ComplaintMoved: ("notify",),
    gifts.GiftReady: ("notify", SELF),
    gifts.StyleAsked: ("orders",),
    gifts.GiftClaimed: ("orders", "notify", SELF),
    gifts.GiftDeclined: ("orders", "notify", SELF),
    gifts.GiftExpired: ("orders", "notify", SELF),
    gifts.GiftGranted: ("orders",),
    gifts.LotDrawn: ("notify",),
    gifts.StyleSwapAsked: ("notify",),
    gifts.StyleSwapEnded: ("notify",),
    notify.WebhookPaused: ("notify",),
    plumbing.JobStepDue: (SELF,),
}

EVENTS: dict[tuple[str, int], type[EventBody]] = {(event.NAME, event.VERSION): event for event in ROUTES}
# Everybody who hears anything of anybody else.
CONSUMERS = tuple(sorted({consumer for consumers in ROUTES.values() for consumer in consumers} - {SELF}))
_BY_NAME = {event.NAME: consumers for event, consumers in ROUTES.items()}


def consumers_of(name: str, emitter: str) -> tuple[str, ...]:
    """The services that hear this event. Raises KeyError for an event that is not in the table."""
    return tuple(emitter if consumer == SELF else consumer for consumer in _BY_NAME[name])
