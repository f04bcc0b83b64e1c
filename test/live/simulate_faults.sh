#!/usr/bin/env bash
# Simulated devices misbehave as they were told: each fault is seen where a reader of the broker sees it.
# Catches: a fault that is only counted, one that falls on all kinds of messages but the one that matters, rates that are
# ignored, a seed that repeats nothing.
# shellcheck source=test/live/live.bash
. test/live/live.bash

broker main 'allow_anonymous true'
url=mqtt://127.0.0.1:$port
device=010000002934857620
answer=up/json/01/getInfo/$device

# watch SECONDS TOPIC: what comes in that time, "MILLISECONDS HEX" a line, into $out; `act` acts meanwhile.
watch() {
    mosquitto_sub -h 127.0.0.1 -p "$port" -t "$2" -F '%U %x' -W "$1" >"$out" 2>/dev/null &
    local watcher=$!
    sleep 0.3
    act
    wait "$watcher"
}

# with_fault FAULT ARGUMENT...: one device that has it is asked once.
with_fault() {
    local fault=$1
    shift
    empty sim.err
    "$ZJIOTCTL" simulate zhenjiang -d "$device" -b "$url" --fault "$fault" "$@" >/dev/null 2>"$work/sim.err" </dev/null &
    sim=$!
    brokers+=("$sim")
    wait_for ready: "$work/sim.err"
    watch 2 "$answer"
    kill "$sim"
    wait "$sim" 2>/dev/null
}
request=$("$ZJIOTCTL" encode zhenjiang getInfo -d "$device" serial_id=right -o line 2>/dev/null)
act() {
    asked=${EPOCHREALTIME/./}
    mosquitto_pub -h 127.0.0.1 -p "$port" -t "${request%% *}" -m "${request#* }"
}

# bodies: the answers, one behind the other.
bodies() {
    cut -d ' ' -f 2 "$out" | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'
}
size_of() {
    wc -c <"$1"
}
counted() {
    grep -q "faults: $1 [1-9]" "$work/sim.err"
}

with_fault silent=0
check "without a fault there is one answer" lines 1
bodies >"$work/whole"
whole=$(size_of "$work/whole")
check "with the number of its request" eval 'bodies | grep -q "\"serial_id\":\"right\""'

with_fault silent
check "silent: there is none" all lines 0 -- counted silent

with_fault duplicate
check "duplicate: the same comes twice" all lines 2 -- test "$(cut -d ' ' -f 2 "$out" | sort -u | wc -l)" -eq 1 -- \
    counted duplicate

with_fault late --late-by 900ms
late_ms() {
    awk -v asked="$asked" '{ exit !($1 * 1000 - asked / 1000 >= 880) }' "$out"
}
check "late: it comes, and not before its time" all lines 1 -- late_ms -- counted late

with_fault wrong-serial
check "wrong-serial: it carries another number" all lines 1 -- \
    eval '! bodies | grep -q "\"serial_id\":\"right\"" && bodies | grep -q "\"serial_id\":"' -- counted wrong-serial

with_fault garbage
bodies >"$work/garbage"
run decode -t "$answer" --from raw "@$work/garbage"
check "garbage: as many bytes, and nobody can read them" all test "$(size_of "$work/garbage")" -eq "$whole" -- exits 3 -- counted garbage

with_fault half
bodies >"$work/half"
run decode -t "$answer" --from raw "@$work/half"
check "half: that many bytes, and no JSON text" all test "$(size_of "$work/half")" -eq $((whole / 2)) -- exits 3 -- counted half

with_fault null
bodies >"$work/null"
run decode -t "$answer" --from raw --strict "@$work/null"
check "null: a value is null, which a strict reader refuses" all exits 4 -- grep -q ':null' "$work/null" -- counted null

# Several, by rate; the same seed gives the same.
heartbeats() {
    "$ZJIOTCTL" simulate zhenjiang -n 100 -b "$url" --fault "silent=0.5,duplicate=0.1" --fault half=0.2 --seed "$1" \
        >/dev/null 2>"$work/$2.err" </dev/null &
    sim=$!
    brokers+=("$sim")
    wait_for ready: "$work/$2.err"
    sleep 0.5
    kill "$sim"
    wait "$sim" 2>/dev/null
    sed -n 's/.*faults: //p' "$work/$2.err"
}
first=$(heartbeats 7 first)
check "a seed repeats what falls" test "$first" = "$(heartbeats 7 second)"
check "another one does not" test "$first" != "$(heartbeats 8 third)"
silent_count=$(echo "$first" | sed -n 's/.*silent \([0-9]*\).*/\1/p')
check "a rate of a half is about a half" test "${silent_count:-0}" -ge 30 -a "${silent_count:-0}" -le 70

# A lamp: no JSON text.
empty sim.err
"$ZJIOTCTL" simulate nb -d fffefdfc -b "$url" --fault wrong-serial >/dev/null 2>"$work/sim.err" </dev/null &
sim=$!
brokers+=("$sim")
wait_for ready: "$work/sim.err"
act() {
    "$ZJIOTCTL" encode nb set_auto extra=7 -o raw | mosquitto_pub -h 127.0.0.1 -p "$port" -t "$topic_down" -s
}
watch 2 "$topic_up"
kill "$sim"
wait "$sim" 2>/dev/null
cut -d ' ' -f 2 "$out" >"$work/frames"
run decode -p nb -f "$work/frames" -o jsonl
check "wrong-serial of a lamp: another number" holds \
    '[r["header"]["extra"] for r in records if r["message"] == "ack"] == [8]'

plan
