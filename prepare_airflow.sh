#!/usr/bin/env bash
# Prepares this folder for Airflow's containers: the settings in .env, the secrets, the folder of the logs.
# Run it before the first `docker compose --file docker-compose-airflow.yaml up`; again at any time: what is
# there is kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf 'prepare_airflow: %s\n' "$*"; }

# Lines are read as Compose reads them: a byte order mark, carriage returns, `export `, blanks around the name and the
# value, quotes and comments do not count. Of several lines with a name, the last one does.
readonly READ_LINE='
    function name_of(line) {
        sub(/^\357\273\277/, "", line)
        sub(/^[ \t]*(export[ \t]+)?/, "", line)
        return match(line, /^[A-Za-z_][A-Za-z_0-9]*[ \t]*[=:]/) ? substr(line, 1, match(line, /[ \t]*[=:]/) - 1) : ""
    }
    function value_of(line,   quote) {
        line = substr(line, match(line, /[=:]/) + 1)
        sub(/\r$/, "", line)
        if (match(line, /^[ \t]*("[^"]*"|\047[^\047]*\047)/)) {
            quote = substr(line, 1, RLENGTH)
            sub(/^[ \t]*/, "", quote)
            return substr(quote, 2, length(quote) - 2)
        }
        sub(/[ \t]+#.*$/, "", line)
        gsub(/^[ \t]+|[ \t\r]+$/, "", line)
        return line
    }
'

# value NAME: what .env says.
value() {
    NAME=$1 LC_ALL=C awk "$READ_LINE"'
        name_of($0) == ENVIRON["NAME"] { found = value_of($0) }
        END { print found }
    ' .env
}

# set_value NAME VALUE: in place of the line that is there, else at the end; never twice. Lines end as the first one.
set_value() {
    local rest
    rest=$(mktemp)
    NAME=$1 VALUE=$2 LC_ALL=C awk "$READ_LINE"'
        function set() { printf "%s=%s%s\n", ENVIRON["NAME"], ENVIRON["VALUE"], line_end; done = 1 }
        NR == 1 && /\r$/ { line_end = "\r" }
        name_of($0) == ENVIRON["NAME"] { if (!done) set(); next }
        { print }
        END { if (!done) set() }
    ' .env >"$rest"
    # Not renamed over .env: its owner and mode stay.
    cat "$rest" >.env
    rm "$rest"
}

# random_base64 BYTES: random bytes as URL-safe base64.
random_base64() { head -c "$1" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }

make_env() {
    if [[ -e .env ]]; then
        say "kept .env"
        return
    fi
    [[ -e .env.example ]] || { say "no .env.example to make .env from" >&2; exit 1; }
    (umask 077 && cp .env.example .env)
    [[ -z ${SUDO_UID:-} ]] || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" .env
    say "made .env from .env.example"
}

# The user who starts the containers owns what they write; root gives that to the image's own user.
set_uid() {
    local uid=${SUDO_UID:-$(id -u)}
    ((uid != 0)) || uid=50000
    if [[ $(value AIRFLOW_UID) == "$uid" ]]; then
        say "kept AIRFLOW_UID=$uid"
    else
        set_value AIRFLOW_UID "$uid"
        say "set AIRFLOW_UID=$uid"
    fi
}

# make_secret NAME BYTES
make_secret() {
    if [[ -n $(value "$1") ]]; then
        say "kept $1"
    else
        set_value "$1" "$(random_base64 "$2")"
        say "generated $1"
    fi
}

make_logs() {
    local owner
    mkdir -p airflow/logs
    if ((EUID == 0)); then
        chown -R "$(value AIRFLOW_UID):0" airflow/logs
    fi
    owner=$(ls -dn airflow/logs | awk '{ print $3 }')
    if [[ $owner != "$(value AIRFLOW_UID)" ]]; then
        say "airflow/logs belongs to user $owner, not to $(value AIRFLOW_UID): run this with sudo once" >&2
        exit 1
    fi
    say "airflow/logs belongs to user $owner"
}

make_env
set_uid
make_secret AIRFLOW_JWT_SECRET 64
make_secret AIRFLOW_API_SECRET_KEY 64
make_secret AIRFLOW_FERNET_KEY 32
make_logs
say "ready: docker compose --file docker-compose-airflow.yaml up --build --wait"
