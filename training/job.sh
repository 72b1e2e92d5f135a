#!/bin/sh
# What `docker compose run --rm training` runs: the files to a champion.
set -eu

if [ -z "$(find training/data -maxdepth 1 -type f ! -name '.*')" ]; then
    echo "training/data has no files. Put yours there, or write a year of real grocery orders with:" >&2
    echo "  docker compose run --rm training python -m training.sample" >&2
    exit 2
fi
python -m training.preprocess
exec python -m training.train
