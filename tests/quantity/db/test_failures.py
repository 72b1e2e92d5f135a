"""What a failing database says."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from quantity.db.failures import message_of


def test_the_statement_its_parameters_and_the_address_are_left_out() -> None:
    with create_engine("sqlite://").connect() as connection, pytest.raises(OperationalError) as failure:
        connection.execute(text("SELECT :secret\nFROM nowhere"), {"secret": "hush-hush"})

    assert message_of(failure.value) == "(sqlite3.OperationalError) no such table: nowhere"


def test_a_message_of_several_lines_becomes_one() -> None:
    assert message_of(ValueError("first\n  second")) == "first second"
