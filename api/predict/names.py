"""Stores and products that a request names by text, and their numbers in a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.predict.read import Question
    from quantity.features.timeline import Ints
    from quantity.online.keys import KeyIndex
    from quantity.online.snapshot import Snapshot


def with_numbers(question: Question, snapshot: Snapshot) -> Question:
    """The question with the number of everything that it names by text; `UNKNOWN` where there is none."""
    if question.store is None or question.product is None:
        return question
    return question._replace(
        store_id=_numbers(question.store_id, question.store, snapshot.store_keys),
        product_id=_numbers(question.product_id, question.product, snapshot.product_keys),
    )


def _numbers(numbers: Ints, texts: Sequence[str | None], keys: KeyIndex) -> Ints:
    # A store is asked about many products: each text is looked up once.
    asked = list(dict.fromkeys(text for text in texts if text is not None))
    # Blanks around an id do not belong to it, in the files either.
    found = dict(zip(asked, keys.numbers_of([text.strip() for text in asked]).tolist(), strict=True))
    pairs = zip(numbers.tolist(), texts, strict=True)
    return np.array([number if text is None else found[text] for number, text in pairs])
