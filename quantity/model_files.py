"""A model's files: what they may hold, and the model in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import skops.io
from mlflow.models import Model

from quantity.features.definitions import INPUTS
from quantity.model.estimator import ROW_AS_DECLARED, QuantityModel

if TYPE_CHECKING:
    from pathlib import Path

TRUSTED_TYPES: tuple[str, ...] = (
    "quantity.model.decision.DecisionRule",
    "quantity.model.encoding.FeatureEncoder",
    "quantity.model.estimator.QuantityModel",
    "quantity.model.fallback.Fallback",
    "quantity.model.packs.PackQuantities",
    "quantity.model.trees.Trees",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""The only types, beside scikit-learn's and NumPy's data, that a model file may hold.

Models are stored in the skops format: loading one builds objects of these types and runs no code of the
file's own, as unpickling would.
"""

MODEL_FILE = "model.skops"

OTHER_FEATURES = (
    "the model was trained on another list of features: train it again (`python -m training.train`), "
    "or give the alias to a version of this list (`python -m training.promote` lists them)"
)


class ModelLoadError(RuntimeError):
    """A model's files cannot be made into a model."""


def load_model(folder: Path) -> QuantityModel:
    """The model in a version's files.

    Raises:
        ModelLoadError: there is none, it is damaged, it holds a type that is not trusted, or it was trained
            on other features than this program computes.
    """
    _check_inputs(folder)
    model = load_any_model(folder)
    if getattr(model, "row_", None) != ROW_AS_DECLARED:
        raise ModelLoadError(OTHER_FEATURES)
    return model


def load_any_model(folder: Path) -> QuantityModel:
    """The model in a version's files, whatever the features that it was trained on.

    Raises:
        ModelLoadError: there is none, it is damaged, or it holds a type that is not trusted.
    """
    try:
        model = skops.io.load(folder / MODEL_FILE, trusted=list(TRUSTED_TYPES))
    except Exception as error:  # a damaged file fails in any way it likes
        raise ModelLoadError(f"{folder / MODEL_FILE}: {type(error).__name__}: {error}") from error
    if not isinstance(model, QuantityModel):
        raise ModelLoadError(f"{folder / MODEL_FILE} holds a {type(model).__name__}, not a QuantityModel")
    return model


def _check_inputs(folder: Path) -> None:
    # The features are columns by position: a model of another list would answer, and wrongly.
    try:
        schema = Model.load(str(folder)).get_input_schema()  # type: ignore[no-untyped-call]
    except Exception as error:  # as above
        raise ModelLoadError(f"{folder}: {type(error).__name__}: {error}") from error
    if schema is None or tuple(schema.input_names()) != INPUTS:
        raise ModelLoadError(OTHER_FEATURES)
