#!/bin/bash
# warn_of_development_secrets.sh COMMAND...: a line in the log for each secret that everybody knows, then the command.
set -eu

for name in AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__API__SECRET_KEY AIRFLOW__CORE__FERNET_KEY; do
    if [[ ${!name:-} == development-* ]]; then
        echo "WARNING: $name is a development secret that everybody knows: run ./prepare_airflow.sh, or set it in .env" >&2
    fi
done
exec "$@"
