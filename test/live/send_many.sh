#!/usr/bin/env bash
# send to many devices: a result for each, in the order in which they end.
# Catches: a device without a result, an answer that goes to another device, an outcome that the exit code hides.
# shellcheck source=test/live/send.bash
. test/live/send.bash

broker main 'allow_anonymous true'
seq -f '01%016.0f' 1 300 >"$work/devices"

device answer
for version in 5 3.1.1; do
    send getTimer --device-file "$work/devices" --mqtt-version $version
    check "$version: 0: every device once, each with its own answer" all exits 0 -- lines 300 -- \
        holds 'len({r["device"] for r in records}) == 300' -- \
        holds 'all(r["outcome"] == "OK" and r["exit"] == 0 and r["rtt_ms"] > 0 for r in records)' -- \
        holds 'all(len(r["replies"]) == 1 and r["replies"][0]["header"]["device"] == r["device"] for r in records)' -- \
        tells '300 devices: 300 OK'
done
"$ZJIOTCTL" send getTimer --device-file - -b "mqtt://127.0.0.1:$port" --concurrency 1 -o jsonl >"$out" 2>"$err" \
    < <(head -n 3 "$work/devices"; echo; echo '# no device'; echo "  $lamp  ")
code=$?
check 'from stdin, one after the other; comments and blanks' all exits 0 -- lines 4 -- holds "records[3]['device'] == '$lamp'"
"$ZJIOTCTL" send getTimer --device-file "$work/devices" -b "mqtt://127.0.0.1:$port" -o text >"$out" 2>"$err" </dev/null
code=$?
check 'as text' all exits 0 -- lines 300 -- prints '010000000000000300  OK '

device once answer
head -n 3 "$work/devices" >"$work/three"
send getTimer --device-file "$work/three" --timeout 1s
check '11: some done, some not' all exits 11 -- lines 3 -- tells '1 OK, 2 TIMEOUT' -- within 900 2500 -- \
    holds 'sorted(r["exit"] for r in records) == [0, 7, 7] and records[0]["outcome"] == "OK"' -- \
    holds 'all("may have been executed" in r["error"] for r in records[1:])'
device answer:2
send getTimer --device-file "$work/three"
check '8: all failed' all exits 8 -- lines 3 -- holds 'all(r["outcome"] == "FAILED" and r["replies"] for r in records)'
device wait:10000
send getTimer --device-file "$work/three" --timeout 1s
check '7: nobody answers' all exits 7 -- lines 3
device wait:1300 answer
send getTimer --device-file "$work/three" --timeout 1s --concurrency 1
check 'an answer that comes late is told, and not taken' all exits 7 -- lines 3 -- tells 'late: an answer'

# usage TEXT PATTERN ARGUMENT...
usage() {
    misuse "2: $1" "$2" send "${@:3}"
}
usage 'no such file' 'No such file' getTimer --device-file "$work/none"
: >"$work/empty"
usage 'an empty file' 'no device in it' getTimer --device-file "$work/empty"
echo 'one two' >"$work/two"
usage 'two in a line' "two:1: 'one two' is no device" getTimer --device-file "$work/two"
printf '%s\n0100\n' $lamp >"$work/short"
usage 'one that is none: nothing is sent to any' 'nothing was sent to any' getTimer --device-file "$work/short"
usage 'and what a device looks like' "'0100' is no device: that has 18 ASCII characters" getTimer -d 0100
usage 'too many at a time' '1 to 512' getTimer --device-file "$work/three" --concurrency 1000
usage 'broadcast among others' 'goes alone' -p nb set_auto --device-file <(echo ffffffff)
device wait:10000
mkfifo "$work/reader"
exec 8<>"$work/reader"
"$ZJIOTCTL" send getTimer --device-file "$work/three" -b "mqtt://127.0.0.1:$port" --timeout 20s >"$work/reader" 2>"$err" </dev/null 8<&- &
child=$!
wait_for down/ "$work/device.log"
exec 8<&-
start=${EPOCHREALTIME/./}
wait "$child"
code=$?
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
check 'a reader that goes ends it while it waits, quietly' all exits 0 -- within 0 3000 -- [ ! -s "$err" ]
port=$(free_port)
send getTimer --device-file "$work/three"
check '6: no broker: nothing was executed by any' all exits 6 -- silent -- tells 'nothing was executed'

port=$(cat "$work/main.port")
device once answer
env --default-signal=INT "$ZJIOTCTL" send getTimer --device-file "$work/devices" --concurrency 10 -b "mqtt://127.0.0.1:$port" >"$out" 2>"$err" </dev/null &
child=$!
wait_for '"OK"' "$out"
sleep 0.3
kill -INT "$child"
wait "$child"
code=$?
check '130: Ctrl-C says how many are done, open, and not asked' all exits 130 -- lines 300 -- \
    holds '[r["exit"] for r in records] == [0] + [7] * 10 + [6] * 289 and len({r["device"] for r in records}) == 300' -- \
    holds 'all("may have been executed" in r["error"] for r in records[1:11])' -- \
    holds 'all("nothing was executed" in r["error"] for r in records[11:])' -- \
    tells '1 of 300 devices are done (1 OK), 10 are open and may have executed it, 289 were not asked'
plan
