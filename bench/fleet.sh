#!/bin/sh
# fleet.sh BUILD [tls] AGENTS BATCH SECONDS - a fresh server and `yamori-fleet-load` against it, on loopback.
# fleet.sh BUILD [tls] policy AGENTS POLL_SECONDS
# tls: over TLS, with an authority and a certificate made here (P-256).  NEW=--new: a connection for each request.
# Prints what the load says, the machine's load before, and the server's processor time and peak memory.
set -eu
build=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
tls=
ca=
if [ "$1" = tls ]; then
    shift
    (
        cd "$work"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=bench authority'
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj '/CN=127.0.0.1'
        echo 'subjectAltName=IP:127.0.0.1' >ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem
    ) >/dev/null 2>&1
    tls="--tls-cert $work/server.pem --tls-key $work/server.key"
    ca="--ca $work/ca.pem"
fi
case $1 in
policy) set -- policy "$2" "$3" ;;
*) set -- reports "$1" "$2" "$3" ;;
esac
cd "$work"
ulimit -n 8192
: >out
# shellcheck disable=SC2086 # words on purpose
"$build/src/cli/yamori" fleet serve --state state --listen 127.0.0.1:0 --per-address 0 $tls >out &
server=$!
while ! grep -q listening out; do sleep 0.1; done
address=$(sed 's/listening on //' out)
echo "load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
# shellcheck disable=SC2086
"$build/tools/yamori-fleet-load" $ca ${NEW:-} state "$address" "$@"
ticks=$(awk '{print $14 + $15}' "/proc/$server/stat")
peak=$(awk '/VmHWM/ {print $2}' "/proc/$server/status")
echo "server: $(awk "BEGIN {print $ticks / 100}") s of a processor, peak $((peak / 1024)) MiB, store $(du -sm state/records.db | cut -f1) MiB"
kill "$server"
wait "$server"
cd /
rm -rf "$work"
