"""Which column holds which kind of cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from training.input_files.cells.dates import Dates
from training.input_files.cells.ids import EntityId, OtherId, TextCodes
from training.input_files.cells.money import Cents, Units
from training.input_files.cells.numbers import Quantity
from training.input_files.cells.region import Region
from training.input_files.cells.text import Text

if TYPE_CHECKING:
    from training.input_files.cells.cell import CellType
    from training.input_files.options import ReadingOptions


@dataclass(frozen=True)
class EntityCodes:
    """The ids that are text, of one reading."""

    stores: TextCodes = field(default_factory=lambda: TextCodes("STORE_ID"))
    products: TextCodes = field(default_factory=lambda: TextCodes("PRODUCT_ID"))


def cells_of(options: ReadingOptions, codes: EntityCodes) -> dict[str, CellType]:
    """The kind of cell of every column of every file.

    Args:
        options: how cells with several readings are read.
        codes: takes up the ids that are text.
    """
    return {
        "ORDER_ID": OtherId(),
        "STORE_ID": EntityId(codes.stores),
        "BRAND_ID": OtherId(required=False),
        "PRODUCT_ID": EntityId(codes.products),
        "PRODUCT_VARIANT_ID": OtherId(),
        "QUANTITY": Quantity(allow_returns=options.returns != "refuse"),
        "VARIANT_CASE_PRICE_CENTS": Cents() if options.price_unit == "cents" else Units(),
        "CHECKOUT_DATE": Dates(options.date_format, options.time_zone),
        "PRODUCT_METADATA": Text(),
        "STORE_TYPE": Text(),
        "REGION_ID": Region(),
        "STORE_SIZE": Text(),
    }
