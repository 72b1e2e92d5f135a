#!/bin/bash
# Runs once, when the server's data folder is new: creates what the image's own variables do not, MLflow's database
# with its user, and the API's user, who may read the tables and nothing else.
set -euo pipefail

text() { # VALUE: as an SQL text
    local escaped=${1//\\/\\\\}
    printf "'%s'" "${escaped//\'/\\\'}"
}

MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --user=root <<SQL
CREATE USER $(text "$MYSQL_READER_USER")@'%' IDENTIFIED BY $(text "$MYSQL_READER_PASSWORD");
GRANT SELECT ON \`$MYSQL_DATABASE\`.* TO $(text "$MYSQL_READER_USER")@'%';

CREATE DATABASE mlflow CHARACTER SET utf8mb4;
CREATE USER 'mlflow'@'%' IDENTIFIED BY $(text "$MLFLOW_MYSQL_PASSWORD");
GRANT ALL ON mlflow.* TO 'mlflow'@'%';
SQL
