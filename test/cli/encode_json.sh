#!/usr/bin/env bash
# encode of Zhenjiang's messages. Catches: a direction or topic that is not the one asked for, a default that hides a
# mistake, a body that is printed in another form than asked for.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

device=010000002934857620
order=('switch[0].id=1' 'switch[0].opt=100')
fixed=(unix_milli=1722994330451)

run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device --vendor 01
check 'a command: its body on stdout, its topic on stderr' \
    all exits 0 -- lines 1 -- tells "topic down/json/01/ctlOnOff/$device" \
    -- prints '{"context":{"dev_attr":0,"dev_id":"010000002934857620","cmd":"ctlOnOff","unix_milli":1722994330451},"data":{"switch":[{"id":1,"opt":100}]}}'
cp "$out" "$work/body"
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device
check 'the vendor is the first two characters of the device' all exits 0 -- cmp -s "$out" "$work/body" -- tells 'down/json/01/'
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -t "down/json/07/ctlOnOff/$device"
check 'a topic says all of it' all exits 0 -- cmp -s "$out" "$work/body" -- tells 'down/json/07/'
run encode "${order[@]}" "${fixed[@]}" -t "down/json/01/ctlOnOff/$device"
check 'the message, too' all exits 0 -- cmp -s "$out" "$work/body"
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device -o line
check '-o line: topic and body' all exits 0 -- [ ! -s "$err" ] -- cmp -s <(echo "down/json/01/ctlOnOff/$device $(cat "$work/body")") "$out"
run decode -o jsonl "$(cat "$out")"
check 'which decode takes' holds 'records[0]["ok"] and not records[0]["deviations"]'
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device -o raw
check '-o raw: the body without a line end' cmp -s <(printf %s "$(cat "$work/body")") "$out"
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device -o base64
check '-o base64' cmp -s <(base64 -d "$out") <(printf %s "$(cat "$work/body")")
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device -o hex
check '-o hex' grep -qx '7b22636f6e74657874[0-9a-f]*7d' "$out"
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device -o json
check '-o json: the record' holds 'records[0]["ok"] and records[0]["header"]["vendor"] == "01" and records[0]["data"]["switch"] == [{"id": 1, "opt": 100}]'
run encode zhenjiang ctlOnOff "${order[@]}" "${fixed[@]}" -d $device --format base64
check '--format base64: topic and body' all tells "down/base64/01/" -- cmp -s <(base64 -d "$out") <(printf %s "$(cat "$work/body")")
run encode zhenjiang ctlOnOff 'switch[0].id=1' 'switch[0].opt=on' "${fixed[@]}" -d $device
check 'a choice by its name' cmp -s "$out" "$work/body"

# --- directions ---
run encode zhenjiang getTimer --up -d $device now=2026-01-01T00:00:00Z status=1 detail= -o line
check '--up: the answer, a time as a date' all exits 0 -- prints 'up/json/01/getTimer/' -- prints '"data":{"now":1767225600}'
run encode zhenjiang heartbeat -d $device dev_attr=3 net_type=4 signal=21 remote=192.0.2.1:1 time=now -o line
check 'a report needs no --up' all exits 0 -- prints 'up/json/01/heartbeat/' -- not tells note
run encode zhenjiang heartbeat -d $device signal=21 -o line
check 'what was forgotten upward is told' all exits 0 -- tells 'dev_attr, net_type, remote, time'
run encode zhenjiang ftpUpgrade/finished --up -d $device ver_now=2 ver_date=2026-01-01 upg_start=now upg_finish=now status=1 detail=
check 'a message by its variant' all exits 0 -- prints '"ver_now":"2"'
run encode zhenjiang ctlOnOff --up -t "down/json/01/ctlOnOff/$device"
check '--up with a topic of the other direction' all exits 2 -- silent -- tells 'goes the other way'
run encode zhenjiang heartbeat -t "down/json/01/heartbeat/$device"
check 'a direction that the command does not have' all exits 2 -- silent
run encode zhenjiang setTimer -t "down/json/01/getTimer/$device" now=1
check 'a topic of another command' all exits 2 -- silent -- tells 'topic.command'

# --- what is missing or wrong ---
run encode zhenjiang ctlOnOff "${order[@]}"
check 'no device' all exits 2 -- silent -- tells '--device, --vendor'
run encode zhenjiang ctlOnOff "${order[@]}" -d 4711 --vendor 01
check 'a device that is too short' all exits 2 -- silent -- tells '18 characters'
run encode zhenjiang ctlOnOff "${order[@]}" -d a/b
check 'a device that no topic can hold' all exits 2 -- silent
run encode zhenjiang ctlOnOff 'switch[0].id=1' 'switch[0].opt=5' -d $device
check 'a value outside of its set' all exits 2 -- silent -- tells 'switch[0].opt'
run encode zhenjiang ctlOnOff 'switch[0].opt=100' -d $device
check 'a member of an item that is missing' all exits 2 -- silent -- tells 'data.switch[0].id'
run encode zhenjiang ctlOnOff 'switch[1].id=1' -d $device
check 'an item without those before it' all exits 2 -- silent -- tells 'item 0 comes first'
run encode zhenjiang ctlOnOff 'switch[0].opd=100' -d $device
check 'a member that is misspelt' all exits 2 -- silent -- tells "did you mean 'switch[0].opt'?"
run encode zhenjiang ctlOnOf "${order[@]}" -d $device
check 'a command that is misspelt' all exits 2 -- silent -- tells "did you mean 'ctlOnOff'?"
run encode nb set_lamp extra=1 switch=1 brightness=70 -d 4711
check 'a protocol whose topics hold no device' all exits 2 -- silent -- tells '--device'
run encode zhenjiang setTimer now=1 -d $device dev_attr=16
check 'a rule between bits' all exits 2 -- silent -- tells 'dev_attr'
run encode zhenjiang setTimer now=1 -d $device dev_attr=256
check 'a bit that there is not' all exits 2 -- silent -- tells 'dev_attr: 256 is outside 0..255'
run encode zhenjiang setTimer now=-1 -d $device
check 'a time before all times' all exits 2 -- silent -- tells 'now: -1 s is outside 0..'

# --- records ---
run decode -o json "down/json/01/ctlOnOff/$device $(cat "$work/body")"
cp "$out" "$work/record"
run encode --data "@$work/record"
check 'a record as a whole' all exits 0 -- cmp -s "$out" "$work/body" -- tells "topic down/json/01/ctlOnOff/$device"
run encode --data "@$work/record" 'switch[0].opt=50' --format base64 -o line
check 'a record with changes' all exits 0 -- prints "down/base64/01/ctlOnOff/$device eyJ"
run encode --up --data "@$work/record"
check 'a record of the other direction than --up' all exits 2 -- silent -- tells 'to the device'
run encode zhenjiang setTimer --data "@$work/record"
check 'a record of another command' all exits 2 -- silent -- tells "'ctlOnOff'"

# --- the body as it goes over the wire ---
run encode zhenjiang ctlOnOff -t "down/json/01/ctlOnOff/$device" --data "$(cat "$work/body")"
check '--data with the body of the message' all exits 0 -- cmp -s "$out" "$work/body"
run encode zhenjiang ctlOnOff -d $device --data '{"context":{"serial_id":"x","unix_milli":7},"data":{"switch":[]}}'
check 'its context is the header' all exits 0 -- prints '"unix_milli":7,"serial_id":"x"'
run encode zhenjiang ctlOnOff -d $device --data '{"context":{"cmd":"anyCmd"},"data":{"switch":[]}}'
check 'and has to be right' all exits 2 -- silent -- tells 'expected ctlOnOff'
run encode zhenjiang ctlOnOff -d $device --data '{"contxt":{"serial_id":"x"},"data":{"switch":[]}}'
check 'a member beside it that there is not' all exits 2 -- silent -- tells '--data: contxt:'
run encode zhenjiang heartbeat -d $device --data '{"net_type":null,"net_type_quality":"not_provided","signal":31,"remote":"","time":null}'
check 'null without a quality' all exits 2 -- silent -- tells 'time is null'


run encode zhenjiang ctlOnOff -d $device --data '{"switch":{"id":1,"opt":0}}'
check 'an object for a list' all exits 2 -- silent -- tells "'switch.id' (did you mean 'switch[0].id'?)"
run encode zhenjiang ctlOnOff -d $device switch.id=1 'switch[0].opt=0'
check 'an item without its place' all exits 2 -- silent -- tells "'switch.id' (did you mean 'switch[0].id'?)"
run encode zhenjiang getLoopParam --up -d $device dev_attr=3 status=1 detail= --data '{"energy":{},"voltage":5,"loop":[]}'
check 'a number for an object' all exits 2 -- silent -- tells 'voltage: "5" is not an object'

# --- a list of any length ---
python3 - $device >"$work/long" <<'PYTHON'
import json, sys
context = dict(dev_attr=3, dev_id=sys.argv[1], cmd="setTimetable", unix_milli=1)
days = [dict(do=[dict(switch_id=1, type=1, time="10:00")] * 10002)]
print("down/json/01/setTimetable/" + sys.argv[1], json.dumps(dict(context=context, data=dict(timetable=days)), separators=(",", ":")))
PYTHON
"$ZJIOTCTL" decode -o json -f "$work/long" >"$work/record"
run encode -o line --data "@$work/record"
check 'more than 10000 items' all exits 0 -- cmp -s "$out" "$work/long"

# --- empty times and days: upward there is no value ---
empty='{"timetable":[{"dt":"","do":[{"switch_id":1,"type":1,"time":""}]}]}'
printf 'up/json/01/getTimetable/%s {"context":{"dev_attr":3,"dev_id":"%s","cmd":"getTimetable","unix_milli":1722994330451,"status":1,"detail":""},"data":%s}\n' \
    $device $device "$empty" >"$work/line"
run decode -o json -f "$work/line"
check 'empty: not provided' holds '(day := records[0]["data"]["timetable"][0]) and day["dt"] is None and day["dt_quality"] == "not_provided" and day["do"][0]["time_quality"] == "not_provided" and not records[0]["deviations"]'
cp "$out" "$work/record"
run encode -o line --data "@$work/record"
check 'its record is written as it came' all exits 0 -- cmp -s "$out" "$work/line"
run encode zhenjiang getTimetable --up -o line -d $device dev_attr=3 "${fixed[@]}" status=1 detail= 'timetable[0].dt=' 'timetable[0].do[0].switch_id=1' 'timetable[0].do[0].type=1' 'timetable[0].do[0].time='
check 'so are its members' all exits 0 -- cmp -s "$out" "$work/line"
run encode zhenjiang getTimetable --up -o line -d $device dev_attr=3 "${fixed[@]}" status=1 detail= --data "$empty"
check 'and its data' all exits 0 -- cmp -s "$out" "$work/line"
run encode zhenjiang setTimetable -d $device --data "$empty"
check 'downward they are refused' all exits 2 -- silent -- tells 'data.timetable[0].dt'

# --- completion ---
offers() {
    run completion candidates -- "${@:2}"
    check "completion: $1" grep -qF "$1" "$out"
}
offers ctlOnOff encode zhenjiang ctl
offers 'switch[0].opt=' encode zhenjiang ctlOnOff 'switch'
offers serial_id= encode zhenjiang ctlOnOff ser
offers now= encode zhenjiang getTimer --up n
offers asyncapi describe -o a
plan
