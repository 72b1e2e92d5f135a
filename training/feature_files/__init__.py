"""The published features as Parquet files with event timestamps, for feature stores such as Feast."""
