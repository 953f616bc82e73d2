"""What somebody may be to a shop (X1). Apart from events: every function asks for a role, and few tell of one."""

from typing import Literal

Role = Literal["owner", "operator", "support", "finance"]
