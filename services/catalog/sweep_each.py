"""What every sweep of catalog has in common: each thing that is due is looked at, and one that fails stops no other."""

from collections.abc import Callable, Iterable

from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import retrying


def sweep_each(due: Iterable[str], act: Callable[[str], object], failed: str, what: str) -> int:
    """Do ``act`` to each id, again while it is contended; returns to how many. What fails is logged as ``failed``, with
    its id under the name ``what``, and stays due: the next sweep tries it again."""
    done = 0
    for ident in due:
        try:
            retrying(lambda one=ident: act(one))  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - one sick thing must not keep all later ones from their time
            log("catalog", failed, "error", error=error, **{what: ident})
        else:
            done += 1
    return done
