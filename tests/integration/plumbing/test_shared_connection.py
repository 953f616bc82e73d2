"""All models share one connection, whichever of them is used first."""

from collections.abc import Callable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from services.shared.plumbing import tables as plumbing
from services.shared.plumbing.resources import Index, Resources, Table, physical


class _ByColour(GlobalSecondaryIndex["_Coloured"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_colour"
        projection = KeysOnlyProjection()

    colour = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _Plain(plumbing.Table):
    class Meta:
        table_name = physical("shared-connection")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _Coloured(_Plain):
    by_colour = _ByColour()
    colour = UnicodeAttribute()


def test_an_index_is_known_also_when_a_model_without_it_came_first(
    tables: Callable[[str | Resources], Resources],
) -> None:
    """Two models of one table may be used in any order."""
    table = Table("shared-connection", indexes=(Index("by_colour", "colour", "sk"),))
    tables(Resources("probe", tables=(table,), queues=()))
    _Plain("thing", "1").save()

    _Coloured("thing", "2", colour="red").save()

    assert [row.sk for row in _Coloured.by_colour.query("red")] == ["2"]
