#!/usr/bin/env bash
# Healthy modules of a server that has 1,000 idle, 1,000 slow and 1,000 noisy connections as well.
# Catches: a server that lets one connection wait for another, scans a slow object from its start again and again, or
# holds a buffer for each.
# shellcheck source=test/live/serve.bash
. test/live/serve.bash

most=1000
[ "$(ulimit -Hn)" -ge 4000 ] || most=$((($(ulimit -Hn) - 100) / 3))
ulimit -n "$(ulimit -Hn)"

mkfifo "$work/crowd.in"
exec 9<>"$work/crowd.in"
serve host --connections 4000
python3 test/live/modules.py crowd "$port" "$most" >"$work/crowd.ready" 2>"$work/crowd.err2" <"$work/crowd.in" &
crowd=$!
brokers+=("$crowd")
for _ in $(seq 300); do
    grep -q ready "$work/crowd.ready" && break
    sleep 0.1
done
check "$((3 * most)) idle, slow and noisy connections are there" grep -q ready "$work/crowd.ready"
modules healthy 20 2000
read -r median high worst <"$out"
echo "# answers: median $median ms, 99th percentile $high ms, worst $worst ms"
check 'the answers to healthy modules take less than 100 ms at the 99th percentile' \
    awk -v high="$high" 'BEGIN { exit !(high != "" && high + 0 < 100) }'
resident=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
echo "# resident: $resident KiB"
check 'the noise is told' told host '"code":"SKIPPED"'
echo end >&9
wait "$crowd"
check 'the crowd was there until the end' [ ! -s "$work/crowd.err2" ]
ends TERM
check 'and nothing keeps the server from its end' all exits 143 -- within 0 2500
plan
