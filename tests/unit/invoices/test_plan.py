"""From rows to goods and orders: merging, splitting, matching credits, and an outcome for every row."""

from pathlib import Path

import pytest

from infra.invoices.plan import Plan, plan_of
from infra.invoices.purchases import Line, Purchase
from infra.invoices.refusals import Reason
from tests.unit.invoices.sheet import Entry, plan, sheet

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "online_retail_10k.csv"


def tokens(planned: Plan) -> list[str]:
    """The orders by their source tokens."""
    return [purchase.token for purchase in planned.purchases]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry(code="POST"), Reason.NOT_GOODS),
        (Entry(code="D"), Reason.NOT_GOODS),
        (Entry(code="C2"), Reason.NOT_GOODS),
        (Entry(code="BANK CHARGES"), Reason.NOT_GOODS),
        (Entry(code="gift_0001_20"), Reason.NOT_GOODS),
        (Entry(code="8512"), Reason.NOT_GOODS),
        (Entry(code="851234"), Reason.NOT_GOODS),
        (Entry(invoice="A563185"), Reason.NOT_A_SALE),
        (Entry(quantity=0), Reason.NO_QUANTITY),
        (Entry(quantity=-10), Reason.NO_QUANTITY),
        (Entry(invoice="C536379", quantity=1), Reason.NOT_NEGATIVE),
        (Entry(invoice="C536379", quantity=-1), Reason.NOTHING_TO_UNDO),
        (Entry(price="0"), Reason.NO_PRICE),
        (Entry(price="-11062.06"), Reason.NO_PRICE),
        (Entry(price="10000000.01"), Reason.NO_PRICE),
        (Entry(price="0.001"), Reason.PENNY_PARTS),
    ],
)
def test_odd_rows_are_refused_with_their_reason(entry: Entry, reason: Reason) -> None:
    """What is not plainly a sale of goods is reported, not guessed."""
    planned = plan(entry)

    assert planned.refused_by_reason == {reason: 1}
    assert (planned.rows_read, planned.rows_used, planned.purchases) == (1, 0, ())


def test_highest_price_is_still_a_price() -> None:
    """A product may cost 1 000 000 000 fen (C5)."""
    assert plan(Entry(price="10000000")).rows_used == 1


def test_same_style_twice_is_merged() -> None:
    """One line with the sum of both rows (O2)."""
    planned = plan(Entry(quantity=6), Entry(quantity=2))

    assert planned.purchases == (Purchase("536365", 1, "customer-17850", (Line("85123A@255", 8, 255),)),)
    assert planned.rows_used == 2


def test_one_code_at_two_prices_is_two_styles_of_one_product() -> None:
    """Prices are kept apart, and so is the stock of each."""
    planned = plan(Entry(quantity=6, price="2.55"), Entry(quantity=2, price="2.10"))

    (goods,) = planned.goods
    assert [(style.out_sku_id, style.pence, style.stock) for style in goods.styles] == [
        ("85123A@210", 210, 2),
        ("85123A@255", 255, 6),
    ]
    assert [style.price_text for style in goods.styles] == ["£2.10", "£2.55"]
    assert [line.out_sku_id for line in planned.purchases[0].lines] == ["85123A@255", "85123A@210"]


def test_above_40_styles_are_split_and_linked() -> None:
    """Parts of at most 40 styles, in the order of the file, with one invoice number in their tokens."""
    planned = plan(*(Entry(code=str(20000 + number)) for number in range(81)))

    assert [len(purchase.lines) for purchase in planned.purchases] == [40, 40, 1]
    assert tokens(planned) == ["invoice:536365#1", "invoice:536365#2", "invoice:536365#3"]


def test_invoice_of_two_customers_keeps_the_first() -> None:
    """An order has one buyer; the other's rows are reported."""
    planned = plan(Entry(customer="17850"), Entry(customer="13047", quantity=99))

    assert planned.refused_by_reason == {Reason.OTHER_CUSTOMER: 1}
    assert planned.goods[0].styles[0].stock == 6


def test_title_is_the_most_frequent_name() -> None:
    """A name that is written otherwise once loses; an empty one never counts."""
    names = ["HAND WARMER RED RETROSPOT", "", "HAND WARMER RED POLKA DOT", "", "HAND WARMER RED POLKA DOT", ""]

    planned = plan(*(Entry(name=name) for name in names))

    assert planned.goods[0].title == "HAND WARMER RED POLKA DOT"


@pytest.mark.parametrize(
    ("name", "title"),
    [("", "Item 85123A"), ("CUP", "CUP 85123A"), ("A CUP", "A CUP"), ("X" * 61, "X" * 60), ("X" * 59 + " Y", "X" * 59)],
)
def test_titles_fit(name: str, title: str) -> None:
    """5 to 60 characters (C5): the code fills up a short name, a long one is cut."""
    assert plan(Entry(name=name)).goods[0].title == title


def test_credit_for_all_of_an_invoice_undoes_it() -> None:
    """The order is still placed, for its buyer to cancel it."""
    planned = plan(Entry(quantity=6), Entry("C536379", quantity=-6))

    assert planned.kept == ()
    assert planned.undone == (Purchase("536365", 1, "customer-17850", (Line("85123A@255", 6, 255),), "C536379"),)
    assert (planned.sale_rows, planned.credit_rows, planned.refused) == (1, 1, ())


def test_credit_for_a_part_is_ordered_apart() -> None:
    """What is taken back becomes a linked order of its own; together they are the invoice."""
    planned = plan(Entry(quantity=6), Entry(code="71053", quantity=3), Entry("C536379", quantity=-2))

    assert planned.purchases == (
        Purchase("536365", 1, "customer-17850", (Line("85123A@255", 4, 255), Line("71053@255", 3, 255))),
        Purchase("536365", 2, "customer-17850", (Line("85123A@255", 2, 255),), "C536379"),
    )


@pytest.mark.parametrize(
    "credit",
    [
        Entry("C536379", quantity=-7),
        Entry("C536379", quantity=-6, customer="13047"),
        Entry("C536379", quantity=-6, price="2.10"),
        Entry("C536379", quantity=-6, code="71053"),
        Entry("C536379", quantity=-6, customer=""),
    ],
)
def test_credit_that_fits_no_sale_is_refused(credit: Entry) -> None:
    """More than was sold, another customer, price or code: reported, and the sale stays."""
    planned = plan(Entry(quantity=6), credit)

    assert planned.refused_by_reason == {Reason.NOTHING_TO_UNDO: 1}
    assert len(planned.kept) == 1


def test_credit_before_its_sale_is_refused() -> None:
    """Only an earlier sale can be taken back."""
    planned = plan(Entry("C536379", quantity=-6), Entry(quantity=6))

    assert planned.refused_by_reason == {Reason.NOTHING_TO_UNDO: 1}


def test_nothing_is_taken_back_twice() -> None:
    """Two credits over four of six: the second finds too little left."""
    planned = plan(Entry(quantity=6), Entry("C536379", quantity=-4), Entry("C536380", quantity=-4))

    assert planned.refused_by_reason == {Reason.NOTHING_TO_UNDO: 1}
    assert [purchase.undone_by for purchase in planned.purchases] == [None, "C536379"]


def test_of_several_sales_the_exact_quantity_then_the_latest_is_taken() -> None:
    """Six of an earlier sale of six rather than of a later one of nine; then two of the later one."""
    sales = [Entry("536365", quantity=6), Entry("536366", quantity=9), Entry("536367", quantity=1)]

    planned = plan(*sales, Entry("C536379", quantity=-6), Entry("C536380", quantity=-2))

    assert [(one.invoice, one.undone_by) for one in planned.undone] == [("536365", "C536379"), ("536366", "C536380")]


def test_limit_takes_the_first_invoices() -> None:
    """Later rows are not read at all, so stock is what the limited file sells."""
    planned = plan(Entry("536365"), Entry("536366"), Entry("536366"), Entry("536367"), limit=2)

    assert (planned.rows_read, tokens(planned)) == (3, ["invoice:536365#1", "invoice:536366#1"])
    assert planned.goods[0].styles[0].stock == 18


def test_fingerprint_is_of_the_bytes_and_the_limit() -> None:
    """The same work has the same name, other work another."""
    content, other = sheet(Entry()), sheet(Entry(quantity=7))

    prints = [plan_of(content), plan_of(content), plan_of(content, 1), plan_of(other)]

    assert [prints[0].fingerprint == one.fingerprint for one in prints] == [True, True, False, False]


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"{SAMPLE} is not there")
def test_sample_of_the_real_file() -> None:
    """The first 9 999 rows: every row has its outcome, and what is sold is what is ordered."""
    planned = plan_of(SAMPLE.read_bytes())

    assert (planned.rows_read, planned.sale_rows, planned.credit_rows) == (9999, 9817, 10)
    assert planned.refused_by_reason == {
        Reason.NOT_GOODS: 38,
        Reason.NO_QUANTITY: 30,
        Reason.NO_PRICE: 16,
        Reason.NOTHING_TO_UNDO: 88,
    }
    assert (len(planned.goods), len(planned.kept), len(planned.undone)) == (1958, 522, 9)
    assert sum(purchase.total_fen for purchase in planned.kept) == 18_012_368
