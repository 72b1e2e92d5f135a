"""A proposed ``columns.yaml`` for files whose columns have other names."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.date_advice import formats_for
from training.input_files.cells.dates import Dates
from training.input_files.cells.money import cents_of
from training.input_files.header import normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from training.input_files.layout import FileLayout

SAMPLE_ROWS: Final = 1_000

_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "ORDER_ID": ("order", "invoice", "order_no", "order_number", "invoice_no", "invoice_number", "document", "receipt",
                 "transaction", "basket", "bill", "ticket", "name"),
    "STORE_ID": ("store", "shop", "outlet", "customer", "client", "account", "branch", "site", "location", "buyer",
                 "retailer", "store_nbr", "customer_no", "ship_to"),
    "BRAND_ID": ("brand", "vendor", "supplier", "manufacturer", "maker"),
    "PRODUCT_ID": ("product", "sku", "item", "article", "material", "stock_code", "stockcode", "ean", "gtin", "upc",
                   "asin", "lineitem_sku", "item_nbr", "part"),
    "PRODUCT_VARIANT_ID": ("variant", "variation", "pack", "size_code", "option"),
    "QUANTITY": ("quantity", "qty", "units", "cases", "count", "amount_ordered", "pieces", "lineitem_quantity",
                 "unit_sales", "sales_qty", "volume", "ordered", "menge"),
    "VARIANT_CASE_PRICE_CENTS": ("price", "unit_price", "case_price", "cost", "lineitem_price", "rate", "unitprice"),
    "CHECKOUT_DATE": ("date", "order_date", "invoice_date", "checkout", "created_at", "ordered_at", "day",
                      "timestamp", "datetime", "purchase_date", "invoicedate", "time", "week"),
    "PRODUCT_METADATA": ("category", "tag", "tags", "department", "family", "class", "group", "description", "type"),
    "STORE_TYPE": ("type", "kind", "format", "segment", "channel"),
    "REGION_ID": ("region", "area", "state", "city", "country", "district", "cluster", "zone"),
    "STORE_SIZE": ("size", "size_class", "class", "square_meters", "sqm"),
}  # fmt: skip
_NO_IDS: Final = frozenset({"status", "state", "type", "name", "date", "time", "method", "mode", "count", "total"})
"""With one of these words a name is no id's, unless it is a synonym."""
_CODE: Final = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")
_FRACTION: Final = re.compile(r"-?\d+(?:[.,]\d+)?")
_FAMILY: Final = {"fraction": "decimal"}
_CLOSE: Final = 0.8
_MOST: Final = 0.9
_LEAST_SCORE: Final = 0.5


def propose(
    layout: FileLayout,
    missing: Sequence[str],
    header: Sequence[str],
    taken: Iterable[str],
    sample: pa.RecordBatch | None,
) -> str:
    """Lines of a mapping for the columns that a file misses.

    Args:
        layout: the file's layout.
        missing: its columns that the file has not.
        header: the names in the file.
        taken: the names that columns are found under.
        sample: some rows, with a column for each name of the header; None: there are none.
    """
    free = [name for name in dict.fromkeys(header) if normalized(name) and name not in set(taken)]
    columns = sample.columns if sample is not None else [pa.array([], pa.string())] * len(header)
    kinds = {name: kind_of(column) for name, column in zip(header, columns, strict=True)}
    chosen = match_names(missing, free, kinds)
    others = [name for name in free if name not in chosen.values()]
    return "\n".join(_line(layout, column, chosen.get(column), others) for column in missing)


def match_names(columns: Sequence[str], names: Sequence[str], kinds: Mapping[str, str]) -> dict[str, str]:
    """The likeliest name for each column: the best pairs first, by name and by content.

    Args:
        columns: columns of the layout.
        names: names that may be theirs.
        kinds: name to `kind_of` its cells.
    """
    counts = Counter(_FAMILY.get(kinds[name], kinds[name]) for name in names)
    scores = {
        (column, name): _score(column, name, kinds[name], is_only=counts[kinds[name]] == 1)
        for column in columns
        for name in names
    }
    chosen: dict[str, str] = {}
    for (column, name), score in sorted(scores.items(), key=lambda item: -item[1]):
        if score >= _LEAST_SCORE and column not in chosen and name not in chosen.values():
            chosen[column] = name
    return chosen


def kind_of(cells: pa.StringArray) -> str:
    """``date``, ``number``, ``decimal``, ``fraction``, ``text`` or ``empty``: what most cells hold."""
    filled = cells.filter(pc.not_equal(pc.utf8_trim_whitespace(cells), ""))
    if not len(filled):
        return "empty"
    texts = [text.strip() for text in filled.to_pylist()]
    days = pc.is_valid(Dates().parse(filled).values).to_pylist()
    # Eight digits are a date or a number: the name decides.
    tests = {
        "date": [
            (is_day and not text.isdecimal()) or bool(formats_for(text))
            for is_day, text in zip(days, texts, strict=True)
        ],
        "number": [text.removeprefix("-").removesuffix(".0").isdecimal() for text in texts],
        # `SKU1004` is no price in a currency of that name.
        "decimal": [cents_of(text.removeprefix("-")) is not None and not _CODE.search(text) for text in texts],
        "fraction": [_FRACTION.fullmatch(text) is not None for text in texts],
    }
    return next((kind for kind, passed in tests.items() if sum(passed) >= _MOST * len(texts)), "text")


_EXPECTED_KINDS: Final[dict[str, frozenset[str]]] = {
    "QUANTITY": frozenset({"number"}),
    "VARIANT_CASE_PRICE_CENTS": frozenset({"number", "decimal"}),
    "CHECKOUT_DATE": frozenset({"date", "number"}),
    "PRODUCT_METADATA": frozenset({"text"}),
}
_TELLING: Final = {("CHECKOUT_DATE", "date"), ("VARIANT_CASE_PRICE_CENTS", "decimal")}
"""What a name need not tell, where no other column has such cells: one decimal is the price, several are anything."""


def _score(column: str, name: str, kind: str, *, is_only: bool) -> float:
    """From 0 to above 1: how likely a column has this name."""
    expected = _EXPECTED_KINDS.get(column, frozenset({"number", "text"}))
    if kind != "empty" and kind not in expected:
        return 0
    by_content = _LEAST_SCORE if is_only and (column, kind) in _TELLING else 0
    likeness = _likeness(column, normalized(name).lower())
    if (column, kind) == ("CHECKOUT_DATE", "number"):
        # Days since 1900, seconds since 1970: any column of dates is likelier.
        likeness *= _LEAST_SCORE / _CLOSE
    return max(likeness + by_content / 10, by_content)


def _likeness(column: str, name: str) -> float:
    synonyms = (column.lower(), *_SYNONYMS[column])
    if name in synonyms:
        return 1
    words = set(name.split("_")) - {"id", "no", "nr", "number", "code", "key"}
    if column.endswith("_ID") and words & _NO_IDS:
        return 0
    if words & set(synonyms):
        return _CLOSE
    best = max(difflib.SequenceMatcher(None, name, synonym).ratio() for synonym in synonyms)
    return best * _CLOSE if best >= _CLOSE else 0


def _line(layout: FileLayout, column: str, name: str | None, others: Sequence[str]) -> str:
    if name is not None:
        return f"{column}: {_quoted(name)}"
    if column in layout.omittable:
        return f"{column}: null  # left out: nothing like it found"
    return f"{column}: ?  # write one of: {', '.join(others) or 'no other column is left'}"


def _quoted(name: str) -> str:
    plain = name.replace("_", "").replace(" ", "").isalnum() and name[0].isalpha() and name.strip() == name
    return (
        name
        if plain and name.lower() not in {"null", "true", "false", "yes", "no", "on", "off"}
        else "'" + name.replace("'", "''") + "'"
    )
