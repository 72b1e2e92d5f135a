#!/bin/sh
# Starts Alertmanager with the configuration of `configuration.sh`. Its file may hold a password: nobody else reads it.
set -eu
umask 077

file=/tmp/alertmanager.yml
sh "$(dirname "$0")/configuration.sh" >"$file"
unset ALERT_WEBHOOK_URL ALERT_MAIL_USER ALERT_MAIL_PASSWORD
exec alertmanager --config.file="$file" "$@"
