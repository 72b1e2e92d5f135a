#!/bin/bash
# Creates MLflow's database with its user; the API's user, who may read the tables, insert into the prediction log and
# nothing else; and Grafana's, who may read. Gives all users the passwords of the environment. May run again at any time:
# what is there is kept.
set -euo pipefail

text() { # VALUE: as an SQL text
    local escaped=${1//\\/\\\\}
    printf "'%s'" "${escaped//\'/\\\'}"
}

as_administrator() { # runs the statements on standard input; nobody else can see the password
    MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --user=root --default-character-set=utf8mb4
}

tables_of() { # DATABASE: all tables of this one; in a grant, _ and % would stand for other letters
    local name=${1//\`/\`\`}
    name=${name//_/\\_}
    printf '`%s`.*' "${name//%/\\%}"
}

table() { # DATABASE NAME: one table; here _ and % are letters
    printf '`%s`.`%s`' "${1//\`/\`\`}" "$2"
}

user() { # NAME PASSWORD: a user with this password
    printf "CREATE USER IF NOT EXISTS %s@'%%';\n" "$(text "$1")"
    printf "ALTER USER %s@'%%' IDENTIFIED BY %s;\n" "$(text "$1")" "$(text "$2")"
}

if ! as_administrator <<<"SELECT 1" >/dev/null; then
    echo "create_users: MYSQL_ROOT_PASSWORD is not the administrator's: MySQL keeps that of its first start" >&2
    exit 1
fi

as_administrator <<SQL
-- One in which a backslash escapes, as in the texts below.
SET SESSION sql_mode = 'STRICT_TRANS_TABLES';
$(user "$MYSQL_USER" "$MYSQL_PASSWORD")
GRANT ALL ON $(tables_of "$MYSQL_DATABASE") TO $(text "$MYSQL_USER")@'%';
$(user "$MYSQL_READER_USER" "$MYSQL_READER_PASSWORD")
GRANT SELECT ON $(tables_of "$MYSQL_DATABASE") TO $(text "$MYSQL_READER_USER")@'%';
-- The table comes with the next published snapshot. Before, a right to it is given only together with that to create it.
GRANT CREATE, INSERT ON $(table "$MYSQL_DATABASE" predictions) TO $(text "$MYSQL_READER_USER")@'%';
REVOKE CREATE ON $(table "$MYSQL_DATABASE" predictions) FROM $(text "$MYSQL_READER_USER")@'%';
$(user "$MYSQL_GRAFANA_USER" "$MYSQL_GRAFANA_PASSWORD")
GRANT SELECT ON $(tables_of "$MYSQL_DATABASE") TO $(text "$MYSQL_GRAFANA_USER")@'%';

CREATE DATABASE IF NOT EXISTS mlflow CHARACTER SET utf8mb4;
$(user mlflow "$MLFLOW_MYSQL_PASSWORD")
GRANT ALL ON mlflow.* TO 'mlflow'@'%';
SQL
