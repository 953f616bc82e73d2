"""How fast claim links may be tried: so many requests a minute for a link and for an address it is tried from (G2).

Guessing 192 bits is hopeless at any pace; this keeps who tries from costing others anything. It is counted as every
caller's pace is (plumbing's pace): with n functions running n times as many get through, and none guesses anything: a
thousand million guesses a second would find one of a thousand million open links in 10^32 years. A counter that all
functions share would cost a write for each wrong guess, which costs half a read as it is: whoever guesses would win.
"""

import time

from services.shared.plumbing.pace import Pace
from services.shared.plumbing.settings import Setting


class Settings:
    link_pace = Setting("XIAODIAN_GIFTS_LINK_PACE", int, default=3_000)
    address_pace = Setting("XIAODIAN_GIFTS_ADDRESS_PACE", int, default=6_000)  # many may share one, behind a proxy


_pace = Pace()


def admit_to_card(token: str, address: str) -> None:
    """Let this request through, or raise TooManyRequests: before anything is read."""
    now_s = time.monotonic()
    _pace.admit(f"address {address}", Settings.address_pace, now_s)
    _pace.admit(f"link {token.partition('-')[0][:32]}", Settings.link_pace, now_s)
