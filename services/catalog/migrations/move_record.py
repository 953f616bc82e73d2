"""Bring one record in, and say what became of it: once, whoever tries it again (M2, M3)."""

from collections.abc import Callable
from typing import NamedTuple

from pydantic import ValidationError

from services.catalog.imports.import_product import why_refused
from services.catalog.imports.product_rows import Group as Rows
from services.catalog.imports.product_rows import RowRefused
from services.catalog.imports.tables import ImportRow, add_row, row_key
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import claim, claim_key, tell
from services.catalog.migrations.told_row import ToldRow
from services.catalog.tables import LinkRow
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import Begin, Transaction, get, read

MAX_KEY = 128


class Told(NamedTuple):
    """What became of a record, why, and what it is called here. ``takes``: of what, and of which one, no other record
    of the run may bring another."""

    outcome: str
    why: str
    new_id: str | None
    takes: tuple[str, str] | None = None


Effect = Callable[[Transaction, Reading, Rows], Told]


def move_record(reading: Reading, rows: Rows, effect: Effect, begin: Begin) -> Told:
    """Do what is to be done with a record, in one transaction with the word about it; a dry run keeps only the word.

    ``effect`` adds what brings it in; it raises RowRefused, ValidationError or a Problem for what cannot come. What was
    told before is only repeated.
    """
    kind, key = reading.file.kind, rows.key[:MAX_KEY]
    told, claimed = read([row_key(reading.rows, rows.line), claim_key(reading.run, kind, key)])
    if isinstance(told, ImportRow):
        return Told(told.outcome, told.why, told.product_id)
    try:
        tx = begin()
        _once(claimed, rows)
        result = effect(tx, reading, rows)
    except (RowRefused, ValidationError, Problem) as refusal:
        tx = begin()
        result = Told("refused", why_refused(refusal), None)
    if reading.migration.mode == "dry":
        tx = begin()
    if result.outcome != "refused":
        for taken in ((kind, key), result.takes):
            if taken:
                claim(tx, reading.run, *taken, reading.place(rows))
    add_row(tx, reading.rows, rows.lines, key=key, outcome=result.outcome, why=result.why, product_id=result.new_id)
    if result.outcome == "refused":
        number, line = reading.file.number, rows.line
        said = ToldRow(kind=kind, file=number, line=line, old_id=key, outcome="refused", why=result.why)
        tell(tx, reading.migration, said)
    tx.commit()
    return result


def _once(claimed: object, rows: Rows) -> None:
    bad = next((row.why for row in rows.rows if row.why), rows.why)
    if bad:
        raise RowRefused(bad)
    if len(rows.rows) > 1:
        raise RowRefused(f"line {rows.line} has {rows.key} too")
    if len(rows.key) > MAX_KEY:
        raise RowRefused(f"its id is longer than {MAX_KEY} characters")
    if isinstance(claimed, LinkRow):
        raise RowRefused(f"{_line(claimed)} has this one already")


def taken_by(reading: Reading, takes: tuple[str, str]) -> str:
    """Which line of the run has taken this; empty for none. A dry run finds so what a move finds here."""
    claimed = get(*claim_key(reading.run, *takes))
    return _line(claimed) if isinstance(claimed, LinkRow) else ""


def _line(claimed: LinkRow) -> str:
    file, _, line = claimed.target.partition(":")
    return f"line {line} of file {file}"
