#!/bin/bash
# clickhouse.sh BUILD FOLDER [MILLIONS...] - records in two ClickHouse servers of this machine: load, count, report.
#
# BUILD is a build folder, FOLDER a new one on a disk with room (6 GB for 100 million records and again as much while parts are
# merged).  For each number of millions (1 10 100): simulated fleets are put through the same code as an import, without
# the way over JSON; then the first report, which counts, and three more.  The first row imports a million lines of JSON.
set -eu
cd "$(dirname "$0")/.."
build=$1 folder=$2
shift 2
[ $# -gt 0 ] || set -- 1 10 100
figures=data/sir-figures.csv
yamori=$build/src/cli/yamori simulate=$build/tools/yamori-simulate

mkdir "$folder"
mkfifo "$folder/stop"
python3 tests/e2e/clickhouse/servers.py "$folder/servers" <"$folder/stop" >"$folder/started" &
exec 9>"$folder/stop"
trap 'exec 9>&-; wait' EXIT
until [ -s "$folder/started" ]; do sleep 0.1; done
read -r base one two <"$folder/started"

ticks=$(getconf CLK_TCK)
servers_cpu() {
    awk -v t="$ticks" '{ s += $14 + $15 } END { printf "%.1f", s / t }' "/proc/$one/stat" "/proc/$two/stat"
}
servers_peak() {
    awk '/VmHWM/ { if ($2 > m) m = $2 } END { printf "%.0f MB", m / 1024 }' "/proc/$one/status" "/proc/$two/status"
}
# measure NAME COMMAND...: elapsed, processor time of the program and of both servers, the program's memory
measure() {
    name=$1
    shift
    before=$(servers_cpu)
    /usr/bin/time -o "$folder/time" -f '%e s elapsed, %U + %S s of a processor, %M kB' "$@" >"$folder/out" 2>&1 ||
        { cat "$folder/out"; exit 1; }
    after=$(servers_cpu)
    printf '%-28s %s; servers %.1f s\n' "$name" "$(cat "$folder/time")" "$(awk "BEGIN { print $after - $before }")"
}
disk() {
    for table in execution rollup threat; do
        for pid in $one $two; do
            n=$([ "$pid" = "$one" ] && echo one || echo two)
            printf '%s %s %s; ' "$table" "$n" "$(du -sh "$folder/servers/$n/data/data/$1/$table" 2>/dev/null | cut -f1)"
        done
    done
    echo
}

uptime
$simulate $figures >"$folder/1m.jsonl"
measure "import of 1 M lines" "$yamori" record import --store "${base}json" "$folder/1m.jsonl"
rm "$folder/1m.jsonl"
for m in "$@"; do
    store=${base}m$m
    echo "--- $m million"
    measure "put" "$simulate" $figures "$m" "$store"
    measure "first report: counts" "$yamori" report --store "$store" --threshold 1000 -o "$folder/report.html"
    for i in 1 2 3; do
        measure "report $i" "$yamori" report --store "$store" --threshold 1000 -o "$folder/report.html" --json "$folder/figures.json"
    done
    echo "a thousand records more:"
    $simulate $figures | head -n 1000 >"$folder/more.jsonl" || true
    measure "import, with its months" "$yamori" record import --store "$store" "$folder/more.jsonl"
    printf 'disk: '
    disk "m$m"
    echo "servers' peak memory: $(servers_peak)"
    uptime
done
