"""Events that notify does not even hear, and why nobody is told anything of them (N2)."""

from services.shared.contracts import catalog, gifts, migration, orders, plumbing

_BETWEEN = "a word between services: what comes of it for people is a fact of its own, which is told"

UNHEARD: dict[str, str] = {
    catalog.ProductOffered.NAME: "a state for those who sell; who listed the product knows",
    catalog.ProductWithdrawn.NAME: "a state for those who sell; a hold or a ban is told by catalog.product_held",
    catalog.SalesRankReached.NAME: "it orders lists, and is no news",
    gifts.GiftGranted.NAME: _BETWEEN,
    gifts.StyleAsked.NAME: _BETWEEN,
    migration.HistoryMoved.NAME: "what happened in an old shop was told there; numbers count it",
    migration.MigrationChanged.NAME: "a state between services; steps and ends of runs are told",
    migration.MigrationProgressed.NAME: "a state between services; who waits looks at the migration",
    migration.MigrationRowsTold.NAME: "lines of a report, which the end of the run leads to",
    migration.StockAnswered.NAME: _BETWEEN,
    migration.StockAsked.NAME: _BETWEEN,
    orders.AvailabilityChanged.NAME: "a hint for shelves; what runs low is told by orders.stock_low",
    orders.GiftCleared.NAME: "gifts makes the gift ready at it, and that is told",
    orders.RefundDue.NAME: "orders' word to itself; the refund is told when it is made, or late",
    orders.StockMoved.NAME: "a line of the stock's flow; what runs low is told by orders.stock_low",
    orders.StyleAnswered.NAME: _BETWEEN,
    plumbing.JobStepDue.NAME: "a service's word to itself",
}
