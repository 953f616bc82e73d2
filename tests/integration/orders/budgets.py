"""What each verb costs, counted on the engine with all indexes: calls, write units, read units.

The design allows placing one TransactWriteItems, one batched read and 20 write units. Two lines take 17: the order 4,
its three indexes 3, two counters 4, the key's record 2, the event 4; a buyer's limit is 2 more. It reads the two
offers, the shop and its freight templates, a unit each. At most 16 would need an event within 1 KB: it has
1 180 bytes, and 990 without its lines' titles; placing would then take 15.

A cancelled transaction reports no units, though AWS bills it: what is refused or found done costs more there.
"""

from typing import NamedTuple


class Cost(NamedTuple):
    """Engine calls, write units, read units."""

    calls: int
    write_units: float
    read_units: float


PLACING = Cost(2, 20, 5)  # the design's budget

# Of an order of two lines with titles of 28 characters.
COSTS = {
    "place": Cost(2, 17, 4),
    "place_with_a_limit": Cost(2, 19, 4),
    "place_first_time": Cost(5, 18, 6),
    "place_again_with_the_same_key": Cost(4, 0, 6),
    "refused_as_sold_out": Cost(4, 0, 7),
    "start_paying": Cost(4, 16, 2),  # with what its buyer started to pay lately, read and written (O19)
    "confirm": Cost(3, 21, 2),
    "cancel": Cost(3, 15, 3),
    "ship": Cost(3, 17, 2),  # with its entry in the audit (O20)
    "receive": Cost(2, 14, 1),
    "receive_by_itself": Cost(1, 14, 0),
    "settle": Cost(1, 15, 0),
    "read_an_order": Cost(1, 0, 1),
    "list_orders": Cost(2, 0, 3.5),
    "list_the_shops_orders": Cost(12, 0, 9),  # each state has keys of its own
    "hear_placed": Cost(3, 6, 5),  # with a look at the threshold, at a shard a line and at the shop's terms
    "hear_paid": Cost(1, 6, 0),
    "hear_cancelled": Cost(4, 6, 7),
}
