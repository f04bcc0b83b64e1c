#!/usr/bin/env bash
# BYD batches through the tool. Catches: a message that is taken for another, a dialect that passes unreported, a token on
# stdout or stderr, a record that cannot be written again.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# text FILE LINE: the payload of a vector.
text() {
    python3 - "$1" "$2" <<'PYTHON'
import json
import sys

lines = open("test/vectors/byd/" + sys.argv[1], encoding="utf-8").read().splitlines()
sys.stdout.write(json.loads(lines[int(sys.argv[2]) - 1])["payload"])
PYTHON
}
text messages.jsonl 1 >"$work/up"
text messages.jsonl 8 >"$work/down"
text constructed.jsonl 89 >"$work/dialect"
text invalid.jsonl 7 >"$work/cut"
topic=device/bydpower

# decode
run decode -o jsonl -t $topic/down/GW-1 "@$work/down"
check 'commands' all exits 0 -- holds 'records[0]["message"] == "down" and records[0]["header"] == {"device": "GW-1"}' \
    -- holds 'records[0]["data"]["batch"][1]["time"] == "2024-03-09T16:00:00.123Z"'
check 'the token is masked' all holds 'records[0]["data"]["source"]["auth_token"] == "***"' -- not prints 'xyz'
run decode --show-secrets -o jsonl "@$work/down"
check 'unless it is asked for' prints 'Bearer xyz'
run decode -o text "@$work/down"
check 'as text, too' all exits 0 -- not prints xyz
sed 's/"auth_token"/"authToken"/' "$work/down" >"$work/token"
for format in text csv json jsonl; do
    run decode -o $format "@$work/token"
    check "the token under another key, $format" all exits 0 -- prints "***" -- not prints xyz
    run explain -o $format "@$work/token"
    check "and explained, $format" all exits 0 -- prints "***" -- not prints xyz
done
run decode -p byd -o jsonl "@$work/cut"
check 'a text cut in the token' all exits 3 -- not prints 'Bearer' -- not tells 'Bearer'
run decode -o jsonl -t $topic/up/GW-1 "@$work/up"
check 'kW where kWh is meant' all exits 0 -- \
    holds '[(d["code"], d["path"], d["found"], d["expected"]) for d in records[0]["deviations"]] == [
    ("CONST", "batch[%d].metrics.energy.active.unit" % i, "\"kW\"", "kWh") for i in (0, 1)]'
run decode --strict -o jsonl "@$work/up"
check 'which --strict refuses' exits 4
run decode -o jsonl -t energy/electric/up "@$work/dialect"
check 'the dialect' all exits 0 -- holds 'records[0]["deviations"][0] == {
    "code": "CONST", "offset": 0, "path": "topic", "found": "energy/electric/up", "expected": "device/bydpower/up/<device>"}'
check 'its other keys' holds '[(d["path"], d["found"]) for d in records[0]["deviations"] if d["expected"] == "source_id"] == [
    ("source.source_id", "gatewayId")]'
check 'its zeros' holds 'records[0]["data"]["batch"][0]["metrics"]["voltage"]["quality"] == "not_provided"'
check 'its clock' holds 'records[0]["data"]["batch"][0]["time"] == "2024-05-20T10:30:00.123"'
run decode -o text "@$work/dialect"
check 'zeros and clocks as text, a line a value' all grep -q '^  batch\[0\].time  *2024-05-20T10:30:00.123$' "$out" -- \
    grep -q '^  batch\[0\].metrics.power.apparent.quality  *not_provided$' "$out" -- \
    not prints 'metrics.energy.active.quality' -- not grep -q '.\{200\}' "$out"
run decode -o csv "@$work/dialect"
check 'and as CSV' all prints ',batch[1].time,2024-05-20T10:30:00.123,' -- \
    prints ',batch[1].metrics.voltage.quality,not_provided,' -- prints ',batch[1].metrics.energy.reactive.quality,unknown,' -- \
    not prints 'phase_quality'
run decode -o csv "@$work/up"
check 'nothing is said of what was measured' all prints ',batch[0].time,2024-03-09T16:00:00.123Z,' -- not prints ',batch[0].metrics.voltage.quality'
run decode -o jsonl -t energy/electric/up "@$work/dialect"
check 'its numbers' holds 'records[0]["data"]["batch"][0]["metrics"]["energy"]["active"]["value"]["forward"] == 12334929.9'
run decode -o jsonl -t $topic/up/GW-1 "@$work/down"
check 'commands on the other topic' holds '[d["code"] for d in records[0]["deviations"]] == ["CONST"]'

# explain
run explain "@$work/down"
check 'explain' all exits 0 -- prints 'batch[0].control_params.retry_policy.interval' -- not prints xyz
check 'explain hides the bytes of the token' not prints '42 65 61 72 65 72'

# identify
run identify "@$work/up"
check 'identify by the text' all exits 0 -- grep -q '^byd *likely *up:' "$out"
run identify "len:9,Data:$topic/down/GW-1 $(cat "$work/down")"
check 'identify by the topic' grep -q '^byd *certain *down:' "$out"
run identify '{"msgType":"up"}'
check 'no batch' all exits 3 -- not prints byd

# encode
"$ZJIOTCTL" encode -o raw -t $topic/down/GW-1 byd down --data "$(cat "$work/down")" >"$out" 2>"$err"
check 'written as the document has it' cmp -s "$out" "$work/down"
"$ZJIOTCTL" decode --show-secrets -o json -t $topic/down/GW-1 "@$work/down" >"$work/record"
"$ZJIOTCTL" encode -o raw --data "@$work/record" >"$out" 2>"$err"
check 'a record is written again' cmp -s "$out" "$work/down"
"$ZJIOTCTL" decode -o json -t $topic/up/GW-1 "@$work/up" >"$work/record"
"$ZJIOTCTL" encode -o raw --data "@$work/record" 2>"$err" | sed 's/:381\([,}]\)/:381.0\1/g; s/"reverse":0}/"reverse":0.0}/g' >"$out"
check 'and one of readings' cmp -s "$out" "$work/up"
run encode byd down -t device/electric/down/ --data "$(cat "$work/down")"
check 'not on the topic of the field' all exits 2 -- tells 'topic'
run encode byd down batch[0].control_params.priority=10
check 'a priority out of range' all exits 2 -- tells '0..9'

# describe
run describe byd
check 'describe' all exits 0 -- prints 'Readings of meters.'
run describe byd down
check 'describe a message' all exits 0 -- prints '0..9' -- prints 'time stamp'
plan
