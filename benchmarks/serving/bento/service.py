"""The registered model as a BentoML service: the features of some pairs in, their quantities out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bentoml
import pandas as pd

from quantity.model_files import load_model


@bentoml.service(workers=1)
class Quantities:
    """Answers from the model in the folder ``MODEL_FILES``."""

    def __init__(self) -> None:
        self._model = load_model(Path(os.environ["MODEL_FILES"]))

    @bentoml.api  # type: ignore[untyped-decorator]  # it is not in this environment
    def predict(self, columns: list[str], data: list[list[Any]]) -> dict[str, list[int]]:
        """Cases for each row of ``data``."""
        quantities: list[int] = self._model.predict(pd.DataFrame(data, columns=columns)).tolist()
        return {"predictions": quantities}
