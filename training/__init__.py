"""From three CSV files to features and a registered model.

The programs are at the root: `preprocess`, `raw_checks`, `snapshot_checks`, `train`, `sample` and `bootstrap`, which
runs the others. They read arguments and settings, call the rooms, print, and turn errors into exit codes. `phases`
reports a long run's progress. The rooms import neither a program nor each other; only `input_files` serves several.
"""
