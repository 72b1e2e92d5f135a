"""How files are to be read where their text alone does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from training.input_files.limits import last_order_date

if TYPE_CHECKING:
    import datetime as dt

    from quantity.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """The choices of whoever runs the program; see the settings of the same names.

    Attributes:
        today: the current day in ``time_zone``.
        date_format: a ``strptime`` format, ``excel`` or ``epoch``; None: dates with two readings are refused.
        time_zone: IANA name; decides on which day a time with a zone falls.
        price_unit: of the files' prices.
        encoding: of the text files; None: each file's is found out.
        ids: whether ids of stores and products are text only where most of them are, or may always be.
        returns: lines with a quantity of 0 or less: refused, dropped, or subtracted from orders.
        duplicates: repeated lines: refused where everything in a file is repeated, kept, or dropped.
        future: lines dated later than ``last_date``: refused or dropped.
        future_days: days after today on which an order is still no typing error.
    """

    today: dt.date
    date_format: str | None = None
    time_zone: str = "UTC"
    price_unit: Literal["cents", "units"] = "cents"
    encoding: str | None = None
    ids: Literal["auto", "text"] = "auto"
    returns: Literal["refuse", "drop", "net"] = "refuse"
    duplicates: Literal["refuse", "keep", "drop"] = "refuse"
    future: Literal["refuse", "drop"] = "refuse"
    future_days: int = 1

    @classmethod
    def from_settings(cls, settings: Settings) -> ReadingOptions:
        """The choices that the settings hold."""
        return cls(
            today=settings.today(),
            date_format=settings.input_date_format,
            time_zone=settings.time_zone,
            price_unit=settings.input_price_unit,
            encoding=settings.input_encoding,
            ids=settings.input_ids,
            returns=settings.input_returns,
            duplicates=settings.input_duplicates,
            future=settings.input_future,
            future_days=settings.input_future_days,
        )

    @property
    def last_date(self) -> dt.date:
        """The last day that an order may be of."""
        return last_order_date(self.today, self.future_days)
