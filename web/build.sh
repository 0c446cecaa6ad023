#!/bin/sh
# build.sh OUT [DEPFILE] - the pages' templates (build.mjs names them) in OUT.  Needs Node
# 18 or later and npm; the npm packages are those of package-lock.json and are fetched only when
# node_modules/ lacks them.
set -eu
out=${1:?usage: web/build.sh OUT [DEPFILE]}
named=$out
depfile=${2:+$(realpath "$2")}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")"

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund
    touch node_modules/.package-lock.json
fi
node node_modules/typescript/bin/tsc --noEmit
node build.mjs "$out" ${depfile:+"$depfile" "$named"}
