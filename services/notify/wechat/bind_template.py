"""Name the WeChat template that says what one of our texts says, or none any more (N4)."""

from services.notify.wechat import tables
from services.notify.wechat.binding import Binding
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Refused


def bind_template(binding: Binding, *, begin: Begin) -> Binding:
    """From now on, for what waits too; instead of the one before. Saying the same again changes nothing."""
    if tables.binding_of(binding.template) == binding:
        return binding
    tx = begin()
    tables.save_binding(tx, binding)
    tx.commit()
    return binding


def unbind_template(template: str, *, begin: Begin) -> None:
    """Nobody is told this on WeChat any more. Raises NotFound."""
    tx = begin()
    tables.remove_binding(tx, template)
    try:
        tx.commit()
    except Refused as refused:
        raise NotFound() from refused
