"""Prints what serving real models compiles beyond what was compiled ahead: ``python -m … FOLDER``.

A process of its own, for what a process has compiled it keeps.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.loading.contents import read_model, read_snapshot, write_model, write_snapshot
from api.serving.memory import Memory
from quantity.features.definitions import INPUTS
from quantity.online import compile_ahead, decide, kernel
from quantity.online.compile import compile_model
from tests.support.api.small_market import feature_set, model, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from quantity.online.compiled import CompiledModel


def compiled() -> set[str]:
    """Every compiled function, with the types that it is compiled for."""
    functions = (vars(kernel) | vars(decide)).items()
    return {f"{name}{types}" for name, function in functions for types in getattr(function, "signatures", ())}


def wide_model() -> CompiledModel:
    """A model with more leaves than the shorter word has bits."""
    history = feature_set().history.sort_values("checkout_date", kind="stable")
    wide = model().set_params(max_iter=5, max_leaf_nodes=64, min_samples_leaf=2)
    return compile_model(wide.fit(history[list(INPUTS)], history["quantity"].to_numpy()))


def serve(folder: Path) -> None:
    """Serve both models from local copies, as the service does."""
    write_snapshot(snapshot_in_memory(), folder / "snapshot")
    snapshot = read_snapshot(folder / "snapshot")
    for name, in_memory in (("narrow", model_in_memory()), ("wide", replace(model_in_memory(), compiled=wide_model()))):
        write_model(in_memory, folder / name)
        memory = Memory()
        memory.swap(read_model(folder / name), snapshot)
        assert memory.contents.pair is not None


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name in ("snapshot", "narrow", "wide"):
        (folder / name).mkdir()
    compile_ahead.main()
    ahead = compiled()
    serve(folder)
    sys.stdout.write("\n".join([str(len(ahead)), *sorted(compiled() - ahead)]))
