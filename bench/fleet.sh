#!/bin/sh
# fleet.sh BUILD AGENTS BATCH SECONDS - a fresh server and `yamori-fleet-load` against it, on loopback.
# fleet.sh BUILD policy AGENTS POLL_SECONDS
# Prints what the load says, the machine's load before, and the server's processor time and peak memory.
set -eu
build=$(cd "$1" && pwd)
shift
case $1 in
policy) set -- policy "$2" "$3" ;;
*) set -- reports "$1" "$2" "$3" ;;
esac
work=$(mktemp -d)
cd "$work"
ulimit -n 8192
: >out
"$build/src/cli/yamori" fleet serve --state state --listen 127.0.0.1:0 --per-address 0 >out &
server=$!
while ! grep -q listening out; do sleep 0.1; done
address=$(sed 's/listening on //' out)
echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
"$build/tools/yamori-fleet-load" state "$address" "$@"
ticks=$(awk '{print $14 + $15}' "/proc/$server/stat")
peak=$(awk '/VmHWM/ {print $2}' "/proc/$server/status")
echo "server: $(awk "BEGIN {print $ticks / 100}") s of a processor, peak $((peak / 1024)) MiB, store $(du -sm state/records.db | cut -f1) MiB"
kill "$server"
wait "$server"
cd /
rm -rf "$work"
