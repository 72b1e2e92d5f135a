#!/bin/sh
# Prints Alertmanager's configuration, which the variables ALERT_* make: Alertmanager itself reads none. Where they make
# none, says what to set and ends with 2.
set -eu

fail() {
    printf 'alertmanager: %s\n' "$*" >&2
    exit 2
}

# A text as YAML has it, whatever characters are in it.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

webhook=${ALERT_WEBHOOK_URL:-}
to=${ALERT_MAIL_TO:-} from=${ALERT_MAIL_FROM:-} smarthost=${ALERT_MAIL_SMARTHOST:-}
user=${ALERT_MAIL_USER:-} password=${ALERT_MAIL_PASSWORD:-} require_tls=${ALERT_MAIL_REQUIRE_TLS:-true}

ensure_somebody_is_told() {
    [ -n "$webhook$to$from$smarthost$user$password" ] ||
        fail "nobody is told of alerts: set ALERT_WEBHOOK_URL, or ALERT_MAIL_TO, ALERT_MAIL_FROM and" \
            "ALERT_MAIL_SMARTHOST, in .env"
}

ensure_webhook() {
    case $webhook in
        '' | http://?* | https://?*) ;;
        *) fail "ALERT_WEBHOOK_URL must begin with http:// or https://" ;;
    esac
}

ensure_mail() {
    [ -n "$to$from$smarthost$user$password" ] || return 0
    [ -n "$to" ] || fail "ALERT_MAIL_TO is missing: who gets the mail"
    [ -n "$from" ] || fail "ALERT_MAIL_FROM is missing: the sender's address"
    ensure_smarthost
    [ -z "$user" ] || [ -n "$password" ] || fail "ALERT_MAIL_PASSWORD is missing: ALERT_MAIL_USER has one"
    [ -z "$password" ] || [ -n "$user" ] || fail "ALERT_MAIL_USER is missing: whose ALERT_MAIL_PASSWORD it is"
    case $require_tls in
        true | false) ;;
        *) fail "ALERT_MAIL_REQUIRE_TLS must be true or false" ;;
    esac
}

ensure_smarthost() {
    host=${smarthost%:*} port=${smarthost##*:}
    case $port in
        *[!0-9]*) port='' ;;
    esac
    [ -n "$host" ] && [ -n "$port" ] && [ "$host:$port" = "$smarthost" ] ||
        fail "ALERT_MAIL_SMARTHOST must be host and port of a mail server, such as mail.example.com:587"
}

route() {
    cat <<'YAML'
# One message for all instances, sources and features that an alert names. What joins them or ends is told a minute
# later; what goes on is told again twice a day.
route:
  receiver: operators
  group_by: [alertname]
  group_wait: 30s
  group_interval: 1m
  repeat_interval: 12h

receivers:
  - name: operators
YAML
}

webhook_receiver() {
    [ -n "$webhook" ] || return 0
    printf '    webhook_configs:\n      - url: %s\n        send_resolved: true\n' "$(quoted "$webhook")"
}

mail_receiver() {
    [ -n "$to" ] || return 0
    printf '    email_configs:\n      - to: %s\n' "$(quoted "$to")"
    printf '        from: %s\n        smarthost: %s\n' "$(quoted "$from")" "$(quoted "$smarthost")"
    printf '        require_tls: %s\n        send_resolved: true\n' "$require_tls"
    [ -z "$user" ] ||
        printf '        auth_username: %s\n        auth_password: %s\n' "$(quoted "$user")" "$(quoted "$password")"
}

ensure_somebody_is_told
ensure_webhook
ensure_mail
route
webhook_receiver
mail_receiver
