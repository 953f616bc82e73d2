"""One request as a handler sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.shared.contracts.roles import Role
from services.shared.plumbing import ids
from services.shared.plumbing.audit import Deed
from services.shared.plumbing.auth import Principal
from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.problems import Invalid, Unauthenticated
from services.shared.plumbing.tables import Store, Transaction

MAX_VERSION_DIGITS = 18


@dataclass(frozen=True)
class Call:
    """Who asks, when, and under which key; the path, the body and the query are the handler's own parameters."""

    store: Store
    principal: Principal | None
    role: Role | None
    now: datetime
    headers: Mapping[str, str]
    raw_body: bytes
    key: Key | None = None
    source_ip: str = ""
    deed: Deed | None = None

    @property
    def person(self) -> str:
        """The caller's person id; only for routes that need one."""
        if self.principal is None:
            raise Unauthenticated()
        return self.principal.person

    @property
    def own_key(self) -> Key:
        """The key of a keyed door's request."""
        if self.key is None:
            raise RuntimeError("a request without a key reached a keyed door")
        return self.key

    def begin(self) -> Transaction:
        """A transaction of this request, with its idempotency record inside, and its entry in the audit (O20)."""
        tx = Transaction(self.store, self.now, ids.new_id, self.key.once() if self.key else None)
        if self.deed:
            self.deed.write_in(tx)
        return tx

    @property
    def if_match(self) -> int | None:
        """The version in If-Match, None without one or for ``*``, which any version is. Raises Invalid for others."""
        value = self.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
        if not value or value == "*":
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= MAX_VERSION_DIGITS):
            raise Invalid("If-Match must be an ETag of ours")
        return int(value)
