"""Reading the layout: whatever a file holds, each row is read or refused, and an odd file is named as such."""

import pytest

from infra.invoices.refusals import Reason, Refused
from infra.invoices.rows import OtherLayout, Row, read_rows
from tests.unit.invoices.sheet import Entry, quoted, sheet


def only(content: bytes) -> Row | Refused:
    """The file's one row, or why it is refused."""
    (row,) = read_rows(content)
    return row


def read(entry: Entry) -> Row:
    """The entry as it is read."""
    row = only(sheet(entry))
    assert isinstance(row, Row)
    return row


def test_row_is_read_as_it_stands() -> None:
    """Line, ids, quantity and price in pence are those of the file."""
    row = read(Entry("536365", "85123A", 6, "2.55", "17850", " WHITE  HANGING HEART "))

    assert (row.line, row.invoice, row.code, row.quantity, row.pence) == (2, "536365", "85123A", 6, 255)
    assert (row.name, row.buyer, row.is_credit) == ("WHITE HANGING HEART", "customer-17850", False)


def test_codes_in_small_letters_are_the_same_goods() -> None:
    """The file writes 85123a and 85123A for one article."""
    assert read(Entry(code="85123a")).code == "85123A"


def test_missing_customer_is_a_guest_of_that_invoice() -> None:
    """Two invoices without a customer have two guests."""
    assert read(Entry("536544", customer="")).buyer == "guest-536544"


def test_customer_as_a_float_is_the_same_customer() -> None:
    """Exports from spreadsheets write 17850.0."""
    assert read(Entry(customer="17850.0")).buyer == "customer-17850"


@pytest.mark.parametrize(
    "entry",
    [
        Entry(quantity="six"),
        Entry(quantity="1.5"),
        Entry(quantity=""),
        Entry(price=""),
        Entry(price="1,20"),
        Entry(price="NaN"),
        Entry(price="Infinity"),
        Entry(invoice=""),
        Entry(code=" "),
    ],
)
def test_row_that_cannot_be_read_is_refused(entry: Entry) -> None:
    """A number that is none is reported with its line, and nothing is guessed."""
    assert only(sheet(entry)) == Refused(2, entry.invoice, Reason.UNREADABLE)


def test_row_that_is_too_short_is_refused() -> None:
    """A torn row is reported."""
    assert only(sheet() + b"536365,85123A\r\n") == Refused(2, "536365", Reason.UNREADABLE)


def test_file_with_bom_and_quotes_and_newlines() -> None:
    """A BOM, quoted commas, doubled quotes and newlines inside a field are CSV, and the line is where the row ends."""
    content = b"\xef\xbb\xbf" + sheet(Entry(name='SET OF "3", BLUE\nBIRDS'))

    row = only(content)

    assert isinstance(row, Row)
    assert (row.name, row.line) == ('SET OF "3", BLUE BIRDS', 3)


def test_unusual_line_separators_do_not_break_a_row() -> None:
    """Only CSV's own line ends end a row; a form feed or U+2028 in a name does not."""
    assert read(Entry(name="TEA\x0cSET\u2028BLUE")).name == "TEA SET BLUE"


def test_file_in_latin_1() -> None:
    """The data set was first published in Latin-1, where the pound sign is no UTF-8."""
    row = only(sheet(Entry(name="POUND SIGN @")).replace(b"@", b"\xa3"))

    assert isinstance(row, Row)
    assert row.name == "POUND SIGN £"


def test_columns_are_found_by_name_in_any_order() -> None:
    """The second edition calls three columns otherwise."""
    header = "Country,Price,Customer ID,Invoice,StockCode,Description,Quantity"
    content = f"{header}\n{quoted(['France', '2.55', '12583', '536370', '22728', 'CLOCK', '24'])}\n".encode()

    row = only(content)

    assert isinstance(row, Row)
    assert (row.invoice, row.pence, row.buyer) == ("536370", 255, "customer-12583")


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\x00\x01\x02"])
def test_another_layout_is_refused_whole(content: bytes) -> None:
    """A file that is something else names the columns that it lacks."""
    with pytest.raises(OtherLayout, match="invoiceno"):
        list(read_rows(content))


def test_empty_lines_are_no_rows() -> None:
    """They are neither read nor refused."""
    assert list(read_rows(sheet() + b"\r\n,,,,,,,\r\n")) == []
