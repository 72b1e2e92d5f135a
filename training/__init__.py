"""The programs that turn three CSV files into features and a model."""
