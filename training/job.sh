#!/bin/sh
# What `docker compose run --rm training` runs: the CSV files to a champion.
set -eu

if ! ls training/data/data_*.csv* >/dev/null 2>&1; then
    echo "training/data has no CSV files. Put the three files there, or write a year of real grocery orders with:" >&2
    echo "  docker compose run --rm training python -m training.sample" >&2
    exit 2
fi
python -m training.preprocess
exec python -m training.train
