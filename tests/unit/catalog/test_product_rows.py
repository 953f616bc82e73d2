"""From a file's records to products: reading, grouping, the formats (C6)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.imports import native_csv, product_rows, shopify_csv
from services.catalog.imports.encoding import NotText, encoding_of
from services.catalog.imports.html_text import text_of
from services.catalog.imports.product_rows import Row, RowRefused, csv_row, grouped, json_row
from services.catalog.imports.records import Record


def record(content: bytes, line: int = 1) -> Record:
    """A record with this content."""
    return Record(line, 0, len(content), line + 1, content)


def row(key: str, line: int = 1, **cells: str) -> Row:
    """A row with this key; without one it is a bad row."""
    return Row(line, line, line + 1, key, cells, "" if key else "bad")


def keys(rows: list[Row], previous: str = "") -> list[tuple[str, int, bool]]:
    """The groups that these rows make, as (key, rows, refused)."""
    return [(group.key, len(group.rows), bool(group.why)) for group in grouped(rows, previous)]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("aab", [("a", 2, False), ("b", 1, False)]),
        ("a.a", [("a", 3, False)]),
        ("a.b", [("a", 1, False), ("", 1, False), ("b", 1, False)]),
        (".a", [("", 1, False), ("a", 1, False)]),
        ("a.", [("a", 1, False), ("", 1, False)]),
        ("aba", [("a", 1, False), ("b", 1, False), ("a", 1, False)]),
        ("", []),
    ],
)
def test_rows_that_stand_together_are_a_product(sequence: str, expected: list[tuple[str, int, bool]]) -> None:
    """A bad row (.) is part of the product around it, else of none."""
    rows = [row("" if key == "." else key, line) for line, key in enumerate(sequence, 1)]

    assert keys(rows) == expected


@given(st.text("ab.", max_size=12))
def test_every_row_is_in_one_group_in_its_order(sequence: str) -> None:
    """None is lost, none is read twice."""
    rows = [row("" if key == "." else key, line) for line, key in enumerate(sequence, 1)]

    assert [one for group in grouped(rows) for one in group.rows] == rows


def test_a_product_of_too_many_rows_is_refused_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held stays bounded, and no rest of it becomes a product of its own, in this chunk or the next."""
    monkeypatch.setattr(product_rows, "MAX_ROWS_A_PRODUCT", 3)
    rows = [row("a", line) for line in range(1, 8)]

    assert keys(rows) == [("a", 3, False), ("a", 3, True), ("a", 1, True)]
    assert keys(rows[:2], previous="a") == [("a", 2, True)]


def test_bad_rows_without_end_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product is not kept waiting for its rest behind a file of rubbish."""
    monkeypatch.setattr(product_rows, "MAX_BAD_ROWS_HELD", 5)
    seen = []

    def rows() -> object:
        yield row("a")
        for number in range(100):
            seen.append(number)
            yield row("", number)

    next(grouped(rows()))  # type: ignore[arg-type]

    assert len(seen) == 5


def test_missing_cells_at_the_end_are_empty_and_spare_ones_may_be() -> None:
    """Spreadsheets write both."""
    short = csv_row(record(b"A"), "utf-8", ("key", "title"), "key")
    spare = csv_row(record(b"A,b,,"), "utf-8", ("key", "title"), "key")

    assert (short.cells, short.why) == ({"key": "A"}, "")
    assert (spare.cells, spare.why) == ({"key": "A", "title": "b"}, "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[1]", "it is no JSON object"),
        (b"{", "it is no JSON"),
        (b'{"out_product_id": 7}', "out_product_id is missing"),
        (b'{"out_product_id": " "}', "out_product_id is missing"),
        (b"[" * 100_000, "it is nested too deeply"),
        ('{"out_product_id": "漢"}'.encode("gb18030"), "it is no JSON"),
    ],
)
def test_a_line_that_is_no_product_says_why(content: bytes, why: str) -> None:
    """JSON lines are judged one by one."""
    assert json_row(record(content), "utf-8").why.startswith(why)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [("", {}), ("colour=red;size=M", {"colour": "red", "size": "M"}), (" a = b=c ; ", {"a": "b=c"})],
)
def test_attributes_are_names_and_values(text: str, attributes: dict[str, str]) -> None:
    """Spaces around them are no part of them."""
    written = native_csv.product([row("A", title="t", attributes=text, price_fen="1")])

    assert written.body["skus"][0]["attributes"] == attributes


@pytest.mark.parametrize("text", ["red", "=red", "colour=", "a=1;a=2"])
def test_attributes_written_otherwise_are_refused(text: str) -> None:
    """The word names the line."""
    with pytest.raises(RowRefused, match="line 1: attributes"):
        native_csv.product([row("A", title="t", attributes=text, price_fen="1")])


def shopify(**cells: str) -> list[Row]:
    """One Shopify row on line 7; underscores stand for spaces."""
    names = {name.replace("_", " "): value for name, value in cells.items()}
    return [Row(7, 1, 8, "A", {"Handle": "A", "Title": "A tea cup", "Variant Price": "9.99"} | names)]


@pytest.mark.parametrize(
    ("price", "fen"),
    [("9.99", 999), ("500", 50_000), ("0.1", 10), ("12.50", 1_250), ("12.500", 1_250), ("1e2", 10_000)],
)
def test_a_price_is_exact(price: str, fen: int) -> None:
    """Decimals, never binary fractions."""
    assert shopify_csv.product(shopify(Variant_Price=price)).body["skus"][0]["price_fen"] == fen


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"Variant_Price": "9.999"}, "line 7: Variant Price has more than two decimals"),
        ({"Variant_Price": "free"}, "line 7: Variant Price is no number"),
        ({"Variant_Price": "NaN"}, "line 7: Variant Price is no number"),
        ({"Variant_Price": "Infinity"}, "line 7: Variant Price is no number of a believable size"),
        ({"Variant_Price": "1e999999999"}, "line 7: Variant Price is no number"),
        ({"Variant_Price": "1e9999"}, "line 7: Variant Price is no number of a believable size"),
        ({"Variant_Inventory_Qty": "9" * 40}, "line 7: Variant Inventory Qty is no number of a believable size"),
        ({"Variant_Grams": "heavy"}, "line 7: Variant Grams is no number"),
        ({"Gift_Card": "TRUE"}, "gift cards"),
    ],
)
def test_what_shopify_means_otherwise_is_refused(cells: dict[str, str], why: str) -> None:
    """Also numbers that are there to keep a worker busy."""
    with pytest.raises(RowRefused, match=why):
        shopify_csv.product(shopify(**cells))


def test_what_needs_no_shipping_is_a_voucher() -> None:
    """Its category then says whether that may be sold there."""
    assert shopify_csv.product(shopify(Variant_Requires_Shipping="false")).body["kind"] == "e_voucher"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>one</p><p>two<br>three</p>", "one\ntwo\nthree"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<style>p{}</style>seen<script>if (a<b) x()</script>", "seen"),
        ("<b>un<i>closed", "unclosed"),
        ("1 < 2", "1 < 2"),
        ("  a \n\n b  ", "a\nb"),
    ],
)
def test_markup_becomes_text(html: str, text: str) -> None:
    """Paragraphs on lines of their own, entities as what they mean, scripts as nothing."""
    assert text_of(html) == text


CHINESE = "一只青花瓷杯，两只白瓷碗\n" * 20


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain ascii", "utf-8"),
        (b"", "utf-8"),
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode() + "坏行\n".encode("gb18030"), "utf-8"),
        (CHINESE.encode("gb18030") + "坏行啊\n".encode(), "gb18030"),
        (CHINESE.encode()[:-30], "utf-8"),
        (b"caf\xe9\n" * 3 + b"th\xe9,\n", "utf-8"),
        ("一行没有换行".encode("gb18030"), "gb18030"),
    ],
)
def test_an_encoding_is_known_by_most_of_its_lines(content: bytes, encoding: str) -> None:
    """A broken line, or a beginning that ends inside a character, does not turn a file into mojibake."""
    assert encoding_of(content) == encoding


def test_other_files_are_named() -> None:
    """The sentence says what was sent."""
    with pytest.raises(NotText, match="7z archive"):
        encoding_of(b"7z\xbc\xaf\x27\x1crest")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_any_json_object_with_an_id_is_a_row(extra: dict[str, str]) -> None:
    """What its members mean is judged later, with its category."""
    found = json_row(record(json.dumps({**extra, "out_product_id": "A"}).encode()), "utf-8")

    assert (found.key, found.why) == ("A", "")
