#!/bin/sh
# demo/run.sh - the whole way once: signatures, scan, clean, undo, records, report, fleet.
#
#     ./dev demo [COUNT]        COUNT synthetic signatures beside the starter rules (200000)
#
# Everything it makes is in out/.  Nothing outside is changed: /usr is only read, and the machine's
# own records are left alone.
set -eu
cd "$(dirname "$0")/.."

count=${1:-200000}
out=out
yamori=build/src/cli/yamori
volume=$out/volume
export YAMORI_SPOOL="$PWD/out/spool" YAMORI_STORE="$PWD/out/records.db" YAMORI_FAMILIES="$PWD/families"
export YAMORI_DATADIR="$PWD/build/web"

title() {
    printf '\n== %s\n' "$*"
}

show() {
    printf '$ %s\n' "$*" | sed "s|build/src/cli/yamori|yamori|"
}

# may CODE COMMAND...: runs it, shows it, and stops the demo unless it ends with that exit code.
may() {
    want=$1
    shift
    show "$@"
    got=0
    "$@" || got=$?
    if [ "$got" -ne "$want" ]; then
        echo "demo: expected exit code $want, got $got" >&2
        exit 1
    fi
}

# Every file, folder, link, mode, time and content of a tree, as one sum.
fingerprint() {
    (cd "$1" && find . -printf '%p %y %m %s %T@ %l\n' | sort &&
        find . -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1
}

now() {
    date +%s.%N
}

since() {
    echo "$1 $(now)" | awk '{printf "%.1f", $2 - $1}'
}

rm -rf "$out"
mkdir -p "$out"
began=$(now)

title "1. Signatures: the starter rules and $count synthetic ones in ClamAV's formats"
python3 bench/gen-signatures.py "$out/signatures" "$count"
start=$(now)
may 0 "$yamori" db build -o "$out/demo.ydb" rules "$out/signatures"
echo "built in $(since "$start") s"
may 0 "$yamori" db check "$out/demo.ydb"

title "2. Specimens, loose and deep in archives (all harmless, made just now)"
python3 demo/specimens.py "$out/specimens"
may 1 "$yamori" scan -d "$out/demo.ydb" -r "$out/specimens"

title "3. Why? Through which layers, which rule, which bytes"
may 1 "$yamori" explain -d "$out/demo.ydb" "$out/specimens/nested.7z"

title "4. /usr, all of it"
start=$(now)
show "$yamori" scan -d "$out/demo.ydb" -r /usr --json
code=0
"$yamori" scan -d "$out/demo.ydb" -r --json /usr >"$out/usr.jsonl" || code=$?
seconds=$(since "$start")
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || { echo "demo: the scan of /usr ended with exit code $code" >&2; exit 1; }
python3 demo/summary.py "$out/usr.jsonl" "$seconds" /usr

title "5. An infected Windows volume: find by traces and by content, plan"
build/demo/make-volume windows "$volume"
cp "$out/specimens/eicar.com" "$volume/Documents and Settings/mari/invoice.com"
full="--full -d $out/demo.ydb"
before=$(fingerprint "$volume")
# shellcheck disable=SC2086 # options on purpose
may 1 "$yamori" clean --root "$volume" --state "$out/state" $full --plan

title "6. Clean it, and prove it clean"
show "$yamori" clean --root "$volume" --state "$out/state" $full
"$yamori" clean --root "$volume" --state "$out/state" $full >"$out/clean.txt" || { cat "$out/clean.txt"; exit 1; }
grep -vE '^  (F|S)[0-9]|^      ' "$out/clean.txt" # the findings and steps are those of the plan
may 0 "$yamori" clean --root "$volume" --state "$out/state" $full --detect-only
may 0 "$yamori" quarantine list --state "$out/state"
echo
echo "The doors of that volume, of which \`yamori clean --immunise\` closes those that a setting can close:"
may 1 "$yamori" audit --root "$volume"
after=$(fingerprint "$volume")

title "7. Undo it, and prove it byte-identical"
journal=$(sed -n 's/.* Journal \([^;]*\); to take it back:.*/\1/p' "$out/clean.txt")
may 0 "$yamori" clean --root "$volume" --state "$out/state" --undo "$journal"
undone=$(fingerprint "$volume")
echo "before  $before"
echo "cleaned $after"
echo "undone  $undone"
if [ "$before" != "$undone" ] || [ "$before" = "$after" ]; then
    echo "demo: the volume is not what it was" >&2
    exit 1
fi
echo "identical: every name, mode, time and byte"

echo "$(find "$out/spool" -type f | wc -l) records of these runs wait in $out/spool"

title "8. A fleet for a moment: a server, a machine that enrols and reports, an alert, the console"
listening=$out/server.txt
: >"$listening"
show "$yamori" fleet serve --state "$out/server" --listen 127.0.0.1:0
"$yamori" fleet serve --state "$out/server" --listen 127.0.0.1:0 >"$listening" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
tries=0
until address=$(sed -n 's/^listening on //p' "$listening") && [ -n "$address" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "demo: the server does not listen:" >&2; cat "$listening" >&2; exit 1; }
    sleep 0.1
done
echo "$address"
may 0 "$yamori" fleet alert --state "$out/server" add found --when detection --level critical
secret=$("$yamori" fleet person --state "$out/server" add demo admin)
token=$("$yamori" fleet token --state "$out/server" --label "front desk")
may 0 "$yamori" fleet enroll --state "$out/agent" --server "http://$address" --token "$token"
may 0 "$yamori" fleet agent --state "$out/agent" --spool "$out/spool" --once
may 0 "$yamori" fleet machine --state "$out/server" list
may 0 "$yamori" fleet alert --state "$out/server" open
python3 -c 'import sys, urllib.request
page = urllib.request.urlopen(sys.argv[1]).read().decode()
sys.exit("demo: the console is not there" if "<script" not in page else 0)' "http://$address/console/"
kill "$server"
wait "$server" || { echo "demo: the server did not end well" >&2; exit 1; }
trap - EXIT

title "9. 1,200,000 SIMULATED records whose rates are the published ones"
start=$(now)
show build/tools/yamori-simulate data/sir-figures.csv 1 "$out/records.db" all
build/tools/yamori-simulate data/sir-figures.csv 1 "$out/records.db" all
echo "made and stored in $(since "$start") s"

title "10. The report"
start=$(now)
may 0 "$yamori" report --store "$out/records.db" --threshold 1000 --period 2Q13 --period 1H09 --period 2H08 --period 2H09 \
    --period 2Q10 --period 4Q10 --period 2Q12 --period 4Q13 --period 4Q15 --title "Demo report: simulated records" \
    -o "$out/report.html" --json "$out/figures.json" --csv "$out/figures.csv"
echo "written in $(since "$start") s: open $PWD/$out/report.html"

printf '\nThe demo took %s s. The report: %s\n' "$(since "$began")" "$PWD/$out/report.html"
cat <<EOF
The fleet's console: start
  build/src/cli/yamori fleet serve --state out/server --listen 127.0.0.1:8743
open http://127.0.0.1:8743/console/ and sign in as its admin with
  $secret
EOF
