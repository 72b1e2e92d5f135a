"""What kind of file some bytes begin, whatever the file's name."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from training.input_files.formats.description import UnusableFileError

if TYPE_CHECKING:
    from training.input_files.formats.content import Content

TEXT: Final = "CSV"
XLSX: Final = "XLSX"
PARQUET: Final = "Parquet"

_UNREAD: Final = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "is an old or protected spreadsheet; save it as .xlsx without a password",
    b"%PDF": "is a PDF document; export the table as CSV",
    b"SQLite format 3\0": "is an SQLite database; export the table as CSV",
    b"ARROW1": "is an Arrow (Feather) file; save it as Parquet or CSV",
    b"Obj\x01": "is an Avro file; save it as Parquet or CSV",
    b"7z\xbc\xaf\x27\x1c": "is a 7-Zip archive; unpack it",
    b"Rar!": "is a RAR archive; unpack it",
    b"BZh": "is packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ\0": "is packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "is packed with Zstandard; unpack it, or pack it with gzip",
    b"\x1f\x8b": "holds a packed file inside a packed file; unpack it",
    b"\x89PNG": "is a picture",
}
_ENDINGS: Final = {
    ".csv": TEXT,
    ".tsv": TEXT,
    ".txt": TEXT,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".parquet": PARQUET,
    ".gz": "gzip",
    ".zip": "zip",
}


def kind_of(content: Content) -> str:
    """Tell text, XLSX and Parquet apart.

    Raises:
        UnusableFileError: naming what else it is.
    """
    name, head = content.path.name, content.head
    for start, sentence in _UNREAD.items():
        if head.startswith(start):
            raise UnusableFileError(f"{name}: {sentence}")
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"PK\x03\x04"):
        _ensure_workbook(content)
        return XLSX
    return TEXT


def naming_note(content: Content, kind: str) -> tuple[str, ...]:
    """Say so if the file's name promises something else than its content."""
    ending = content.path.suffix.lower()
    promised = _ENDINGS.get(ending, kind)
    if promised in {kind, content.compression}:
        return ()
    found = f"{kind} packed with {content.compression}" if content.compression else kind
    return (f"is named {ending} and is {found}: read as that",)


def _ensure_workbook(content: Content) -> None:
    with content.open() as stream:
        document = io.BytesIO(stream.read())
    try:
        parts = set(zipfile.ZipFile(document).namelist())
    except zipfile.BadZipFile as error:
        raise UnusableFileError(f"{content.path.name}: is a damaged spreadsheet ({error}); export it again") from error
    if "xl/workbook.xml" not in parts:
        what = "is an archive or an office document other than an .xlsx spreadsheet"
        raise UnusableFileError(f"{content.path.name}: {what}; save the table as .xlsx or CSV")
