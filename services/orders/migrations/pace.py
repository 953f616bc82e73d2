"""How many records are written at once: fewer when the table is slow or throttles, more while it is not (M3). Pure."""

FEWEST, MOST = 2, 45  # records a transaction: of 100 actions each takes two
SLOW_S, QUICK_S = 1.0, 0.25


def next_size(size: int, took_s: float) -> int:
    """The size of the next transaction, after one of this size that took so long."""
    if took_s > SLOW_S:
        return after_trouble(size)
    return min(MOST, size + max(1, size // 4)) if took_s < QUICK_S else size


def after_trouble(size: int) -> int:
    """The same after one that the table did not take."""
    return max(FEWEST, size // 2)
