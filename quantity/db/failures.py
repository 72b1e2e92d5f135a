"""What a failing database says, without what the program asked it."""

from __future__ import annotations

import re

# SQLAlchemy appends the statement, its parameters and a web address.
_APPENDIX = re.compile(r"\s*(?:\[SQL: |\(Background on this error at: ).*", re.DOTALL)


def message_of(error: BaseException | str) -> str:
    """The message, in one line."""
    return " ".join(_APPENDIX.sub("", str(error)).split())
