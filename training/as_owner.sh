#!/bin/sh
# as_owner.sh FOLDER COMMAND...: run a command as the owner of a folder that is mounted from the host.
#
# What the command writes there then belongs to whoever owns the checkout, on any host. A folder of root's is
# handed to this image's user first. Started as another user than root, the command runs as that user.
#
# An empty variable counts as left out, as it does for the project's settings.
set -eu

folder=$1
shift

for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=$/\1/p'); do
    unset "$name"
done

if [ "$(id -u)" -ne 0 ]; then
    exec "$@"
fi
if [ "$(stat --format %u "$folder")" -eq 0 ]; then
    chown quantity: "$folder"
fi
exec setpriv --reuid "$(stat --format %u "$folder")" --regid "$(stat --format %g "$folder")" --clear-groups \
    --inh-caps=-all --no-new-privs "$@"
