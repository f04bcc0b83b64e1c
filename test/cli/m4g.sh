#!/usr/bin/env bash
# The 4G module's messages through the tool. Catches: a message that is not found by its cmd, the other name of the
# protocol, a record that cannot be written again, a form that is read without a word.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

imei=865501040783269
ping="{\"cmd\":\"ping\",\"IMEI\":\"$imei\"}"
online="{\"cmd\":\"push_online\",\"IMEI\":\"$imei\",\"packnum\":\"7\",\"st0\":[2],\"st4\":[0],\"dt4\":[1]}"
hex_words=$(printf '%04X,' {0..49})
hex_words=${hex_words%,}
message="{\"cmd\":\"push_msg\",\"IMEI\":\"$imei\",\"packnum\":\"0\",\"time\":\"2019-06-15 16:07:28\",\"data0\":\"$hex_words\",\"data1\":\"$hex_words\",\"data2\":\"$hex_words\"}"

run decode -o jsonl --strict "$ping" "$online" "$message"
check 'decode' all exits 0 -- holds 'records[0]["message"] == "ping" and records[0]["direction"] == "up"' \
    -- holds 'records[1]["data"] == {"IMEI": "865501040783269", "packnum": 7, "st0": 2, "st4": 0, "dt4": 1}' \
    -- holds 'records[2]["data"]["data1"] == list(range(50))' \
    -- holds 'records[2]["data"]["time"] == "2019-06-15T16:07:28"'
run decode -o jsonl --word-values "$message"
check 'what the hex_words mean' all exits 0 -- holds 'records[0]["data"]["data2_value"] == [i - 32768 for i in range(50)]' \
    -- holds 'records[0]["data"]["data2"] == list(range(50))'
run decode -o jsonl -p 4g "$ping"
check 'the other name' all exits 0 -- holds 'records[0]["protocol"] == "m4g"'
run decode -o jsonl '{"cmd":"push_msg_ack","packnum":7}' '{"cmd":"update_ack","result":true}'
check 'other forms are told' all exits 0 -- holds \
    '[[(d["code"], d["path"]) for d in r["deviations"]] for r in records] == [[("TYPE", "data.packnum")], [("TYPE", "data.result")]]'
run decode -o jsonl --strict '{"cmd":"push_msg_ack","packnum":7}'
check 'other forms are refused under --strict' all exits 4 -- holds 'not records[0]["ok"]'
run decode -o jsonl '{"cmd":"dance"}'
check 'an unknown cmd' exits 3
run decode -o jsonl -t "zjiot/m4g/$imei/up/ping" "$ping"
check 'a topic' all exits 0 -- holds 'records[0]["header"] == {"imei": "865501040783269"} and not records[0]["deviations"]'
run decode -o jsonl -t "zjiot/m4g/865501040783270/up/ping" "$ping"
check 'a topic of another module' all exits 0 -- holds 'records[0]["deviations"][0]["path"] == "topic.imei"'

run identify -o jsonl "$online"
check 'identify' all exits 0 -- grep -q m4g "$out" -- grep -q push_online "$out"

run explain "$online"
check 'explain' all exits 0 -- grep -q 'data.st4 .*0 (offline).*channel 2, sensor 2' "$out" \
    -- grep -q 'data.cmd .*Which message it is' "$out"

# encoded TEXT WANTED ARGUMENT...
encoded() {
    local text=$1 wanted=$2
    shift 2
    run encode 4g "$@" -o raw
    check "$text" all exits 0 -- test "$(cat "$out")" = "$wanted"
}
encoded 'encode ping' "$ping" ping IMEI=$imei
encoded 'encode by topic' "{\"cmd\":\"version\",\"IMEI\":\"$imei\"}" version -t "zjiot/m4g/$imei/down/version"
encoded 'encode without members' '{"cmd":"info"}' info
encoded 'encode states' "$online" push_online IMEI=$imei packnum=7 st0=2 st4=offline dt4=1
encoded 'encode hex_words' "$message" push_msg IMEI=$imei packnum=0 'time=2019-06-15 16:07:28' "data0=$hex_words" "data1=$hex_words" \
    "data2=$hex_words"
encoded 'encode what goes over the wire' "$message" push_msg --data "$message"
encoded 'encode a truth' '{"cmd":"update_ack","result":"true"}' update_ack result=true
run decode -o json "$message"
cp "$out" "$work/record"
run encode --data "@$work/record" -o raw
check 'encode a record' all exits 0 -- test "$(cat "$out")" = "$message"
run decode -o json --word-values "$message"
cp "$out" "$work/record"
run encode --data "@$work/record" -o raw
check 'encode a record that says what the words mean' all exits 0 -- test "$(cat "$out")" = "$message"
sed 's/-32768,/-32767,/' "$work/record" >"$work/other"
run encode --data "@$work/other" -o raw
check 'and is not taken where it contradicts them' all exits 2 -- tells 'data0_value[0]: -32767, but data0[0] is 0'
python3 - "$work/record" "$work/meanings" <<'PYTHON'
import json
import sys

data = json.load(open(sys.argv[1]))["data"]
data["data0_value"] = [-32768, 0, 32767] + 47 * [1]
del data["data0"]
json.dump(data, open(sys.argv[2], "w"))
PYTHON
run encode -o raw --data "@$work/meanings" 4g push_msg
check 'words given by what they mean' all exits 0 -- prints '"data0":"0000,8000,FFFF,8001,'
run encode 4g push_msg 'data0_value[0]=32768'
check 'which has a range' all exits 2 -- tells '-32768..32767'
run encode 4g ping IMEI=86550104078326
check 'an IMEI that is too short' all exits 2 -- grep -q '15 digits' "$err"
run encode 4g push_msg IMEI=$imei packnum=0 'time=2019-06-15 16:07:28' "data0=$hex_words"
check 'a group that is not whole' all exits 2 -- grep -q 'data.data1' "$err"
run encode 4g info cmd=ping
check 'another cmd' exits 2

run describe 4g
check 'describe: all messages' all exits 0 -- test "$(grep -c '^[a-z_]* *\(up\|down\) ' "$out")" = 18
run describe 4g push_online
check 'describe: what a state means' all exits 0 -- grep -q 'dt4 .*channel 2, sensor 2' "$out" -- grep -q 'stuck' "$out"


printf '{\n\n\302\240\302\240\302\240 "cmd": "pong"\n\n}\n' >"$work/pong"
run decode -o jsonl -f "$work/pong"
check 'no-break spaces, as document 003 has them' all exits 0 -- \
    holds '[(r["message"], [d["found"] for d in r["deviations"]]) for r in records] == [("pong", ["a no-break space"])]'
plan
