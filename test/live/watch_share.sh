#!/usr/bin/env bash
# Three watchers share the messages of a group at QoS 1; one is killed under load, with as much in hand as it can have,
# and started again. Catches: a message that is acknowledged before its record is on stdout, a share of the messages that
# nobody gets.
# shellcheck source=test/live/live.bash
. test/live/live.bash

messages=6000 device=010000002934857620
broker main 'allow_anonymous true'
export ZJIOT_BROKER=mqtt://127.0.0.1:$port
python3 - "$messages" "$device" >"$work/load" <<'PYTHON'
import json
import sys

for i in range(int(sys.argv[1])):
    context = {"dev_attr": 8, "dev_id": sys.argv[2], "cmd": "heartbeat", "unix_milli": 1722994330000 + i}
    print(json.dumps({"context": context, "data": {"net_type": 1, "signal": 20, "remote": "r", "time": 1722994330}}))
PYTHON

# Reads as many lines, and the others once the file `dead` is there: whoever writes gets stuck with what it holds.
cat >"$work/reader.py" <<'PYTHON'
import os
import sys
import time

for _ in range(int(sys.argv[1])):
    print(sys.stdin.readline(), end="", flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
for line in sys.stdin:
    print(line, end="", flush=True)
PYTHON

# sharer NUMBER [OUTPUT]: starts it. Sets child.
sharer() {
    empty "$version-$1.err"
    "$ZJIOTCTL" watch -p zhenjiang --share "readers-$version" --client-id "$version-$1" --mqtt-version "$version" \
        >>"${2-$work/$version-$1.out}" 2>"$work/$version-$1.err" </dev/null &
    child=$!
    brokers+=("$child")
    wait_for 'connected to' "$work/$version-$1.err"
}

seen() {
    cat "$work/$version"-?.out | grep -o '"unix_milli":[0-9]*,\?' | sort -u | wc -l
}

run watch -p nb --share readers --duration 100ms
check 'that a group may get nothing of topics with $ is told' all exits 0 -- tells 'begin with $'

for version in 5 3.1.1; do
    sharer 1
    first=$child
    rm -f "$work/pipe" "$work/dead"
    mkfifo "$work/pipe"
    python3 -u "$work/reader.py" 300 "$work/dead" <"$work/pipe" >"$work/$version-2.out" &
    reader=$!
    sharer 2 "$work/pipe"
    victim=$child
    sharer 3
    third=$child
    mosquitto_pub -p "$port" -q 1 -t "up/json/01/heartbeat/$device" -l <"$work/load" &
    load=$!
    for _ in $(seq 400); do
        [ "$(wc -l <"$work/$version-2.out")" -ge 300 ] && break
        sleep 0.01
    done
    sleep 0.5 # until its reader's pipe is full
    kill -KILL "$victim"
    wait "$victim" 2>/dev/null
    touch "$work/dead"
    wait "$reader"
    at_death=$(cat "$work/$version"-?.out | wc -l)
    before=$(wc -l <"$work/$version-2.out")
    sharer 2
    victim=$child
    wait "$load"
    for _ in $(seq 200); do
        [ "$(seen)" -ge "$messages" ] && break
        sleep 0.1
    done
    kill "$first" "$victim" "$third"
    wait "$first" "$victim" "$third"
    check "$version: it was killed with messages left for it" [ "$at_death" -lt "$messages" ]
    check "$version: it goes on when it is back" [ "$(wc -l <"$work/$version-2.out")" -gt "$before" ]
    check "$version: all three had a share" all [ "$(wc -l <"$work/$version-1.out")" -gt 300 ] -- \
        [ "$(wc -l <"$work/$version-3.out")" -gt 300 ]
    cat "$work/$version"-?.out >"$out"
    check "$version: no message is lost" [ "$(seen)" -eq "$messages" ]
    check "$version: what came twice says so" [ "$(grep -vc '"duplicate":true' "$out")" -le "$messages" ]

    # One leaves the group for good: what waits for it, and then its share of what comes.
    rm -f "$work/$version"-?.out
    head -n 300 "$work/load" | mosquitto_pub -p "$port" -q 1 -t "up/json/01/heartbeat/$device" -l
    run watch -p zhenjiang --share "readers-$version" --client-id "$version-3" --mqtt-version "$version" --give-up
    check "$version: it takes what waits for it, a third" all exits 0 -- lines 100
    cp "$out" "$work/$version-3.out"
    tail -n 300 "$work/load" | mosquitto_pub -p "$port" -q 1 -t "up/json/01/heartbeat/$device" -l
    for number in 1 2; do
        sharer "$number"
        kept=$child
        for _ in $(seq 100); do
            [ "$(wc -l <"$work/$version-$number.out")" -ge 250 ] && break
            sleep 0.05
        done
        kill "$kept"
        wait "$kept"
    done
    check "$version: the others get all of the rest" [ "$(seen)" -eq 600 ]
done
plan
