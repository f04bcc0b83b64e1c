#!/usr/bin/env bash
# Zhenjiang through the tool: the vectors, topics, tables of any length, bodies in base64, secrets. Catches: a value or
# deviation that the library has and the tool loses, a byte that explain shows twice or not at all, a secret in some
# form of the output, a record that does not go back.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

vectors=test/vectors/zhenjiang
device=010000002934857620
down=down/json/01 up=up/json/01

# vectors TEXT ACTION ARGUMENT...
vectors() {
    local text=$1 action=$2
    shift 2
    python3 test/cli/json_vectors.py "$action" "$ZJIOTCTL" "$@" >"$out" 2>"$err"
    code=$?
    check "$text" exits 0
}
for name in examples minimal limits rules; do
    vectors "decode: $name" records zhenjiang "$vectors/$name.jsonl"
done
vectors 'explain: every byte of every message once' spans zhenjiang "$vectors"/{examples,minimal,limits,rules}.jsonl
vectors 'encode: records without deviations give the same messages' back zhenjiang 220 "$vectors"/{examples,minimal,limits}.jsonl
vectors 'a timetable of 336 days and half a megabyte' table 336 40
vectors 'a timetable of over 1 MB' table 336 80

# body DATA [MORE]: a message to the device.
body() {
    echo "{\"context\":{\"dev_attr\":3,\"dev_id\":\"$device\",\"cmd\":\"$cmd\",\"unix_milli\":1722994330451${2-}},\"data\":$1}"
}
cmd=setTimer
timer=$(body '{"now":1767225600}')

# --- topics ---
run decode -o jsonl "$down/setTimer/$device $timer"
check 'a topic in front' holds 'records[0]["header"]["vendor"] == "01" and records[0]["header"]["device"] == "010000002934857620"'
run decode -o jsonl -t "$down/setTimer/$device" "$timer"
check 'a topic given' holds 'records[0]["direction"] == "down" and not records[0]["deviations"]'
run decode -o jsonl "$timer"
check 'no topic' all exits 0 -- holds 'records[0]["message"] == "setTimer" and "vendor" not in records[0]["header"]'
run decode -o jsonl -t "$down/setTimer/020000002934857620" "$timer"
check 'a topic of another device' holds '[d["code"] + d["path"] for d in records[0]["deviations"]] == ["CONSTcontext.dev_id"]'
run decode --strict -o jsonl -t "$down/setTimer/020000002934857620" "$timer"
check '--strict: the deviation is the error' all exits 4 -- holds 'records[0]["ok"] is False and records[0]["error"]["path"] == "context.dev_id"'
run decode -o jsonl -p zhenjiang -t "sideways/json/01/setTimer/$device" "$timer"
check 'a topic of none' all exits 3 -- holds 'records[0]["error"]["path"] == "topic.direction"'
run decode "$down/setTimer/$device $timer"
check 'text has the parts of the topic, dates and bits' \
    all prints 'topic.vendor' -- prints '(loops, leakage)' -- prints '1767225600' -- prints '(2026-01-01T00:00:00Z)'
run decode -o csv "$down/setTimer/$device $timer"
check 'csv has them, too' all prints ',topic.device,010000002934857620,' -- prints ',data.now,1767225600,s,'

# --- lists ---
cmd=getRuntime
python3 - "$up" "$device" >"$work/runtime" <<'PYTHON'
import json, sys
loop = dict(id=1, phase=1, voltage=230.5, current=1.25, active_power=280.1, reactive_power=12.5, apparent_power=281,
            power_factor=0.98, total_energy=1234.5, st=100, leakage=0, fault=0, working_on=0, voltage_st=0, current_st=0,
            leakage_current=2.5, ctl_adaptive=0)
data = dict(voltage_a=230.5, voltage_b=230.5, voltage_c=230.5, temperature=35.5,
            loop=[dict(loop, id=1 + i) for i in range(48)], switch=[dict(id=1 + i, st=1, reason=2) for i in range(8)])
context = dict(dev_attr=3, dev_id=sys.argv[2], cmd="getRuntime", unix_milli=1722994330451, serial_id="a1", status=1, detail="")
print(sys.argv[1] + "/getRuntime/" + sys.argv[2] + " " + json.dumps(dict(context=context, data=data), separators=(",", ":")))
PYTHON
run decode -f "$work/runtime"
check 'text: an item of a list is a line' all lines 72 -- grep -qE '^  data\.loop\[47\] +id 48, phase 1 \(A\), voltage 230\.5 V, .*ctl_adaptive 0 \(no\)$' "$out"
run decode -o csv -f "$work/runtime"
check 'csv: a member of an item is a row' all prints ',data.loop[47].power_factor,0.98,' -- prints ',data.switch[7].reason,2,'
run explain -f "$work/runtime"
check 'explain: commas stand with what they follow' all prints '"voltage":230.5,' -- [ "$(grep -cE '^ +[0-9]+  ,$' "$out")" -eq 0 ]
run explain -f "$work/runtime"
check 'explain: what opens a list is quiet' grep -qE '^ +[0-9]+  ,"loop":\[\{$' "$out"

# --- explain of oddities ---
cmd=setTimer
run explain "$down/setTimer/$device $(body '{"now":1767225600,"more":{"x":[1,"a,}"]}} /* said */')"
check 'explain: members of no row, and comments' all prints '"a,}"' -- prints 'No such member.' -- prints 'A comment.'
printf '%s/setTimer/%s {\n  "context": {\n    "dev_attr": 3, "dev_id": "%s", "cmd": "setTimer", "unix_milli": 1722994330451\n  },\n  "data": { "now": 1 }\n}\n' \
    "$down" $device $device >"$work/pretty"
cat "$work/pretty" "$work/pretty" >"$work/two"
run decode -o jsonl -f "$work/two"
check 'JSON over several lines' all exits 0 -- holds 'len(records) == 2 and all(r["ok"] and not r["deviations"] for r in records)'
printf '%s\n{"context":\n' "$down/setTimer/$device $timer" >"$work/cut"
run decode -o jsonl -f "$work/cut"
check 'a line that was cut off is a line' holds 'len(records) == 2 and records[0]["ok"] and not records[1]["ok"]'
cmd=getInfo
run decode "$up/getInfo/$device $(body '{"imei":"\u001b[31mred","imsi":"\u0000","iccid":"\u009b1m","software":"","hardware":""}' ',"status":1,"detail":""')"
check 'text steers no terminal' not grep -qP '[\x00-\x08\x0b-\x1f]|\xc2[\x80-\x9f]' "$out"

# --- base64 ---
cmd=setTimer
coded=$(echo -n "$timer" | base64 -w0)
run decode -o jsonl "down/base64/01/setTimer/$device $coded"
check 'base64 behind a topic' all exits 0 -- holds 'records[0]["data"]["now"] == 1767225600 and records[0]["header"]["format"] == "base64"'
run decode -o jsonl --from base64 "$coded"
check '--from base64, without a topic' holds 'records[0]["message"] == "setTimer"'
run explain "down/base64/01/setTimer/$device $coded"
check 'explain: the text in the body, and it says so' all prints 'places are those of the JSON text' -- prints '"now":1767225600'
run explain -o jsonl "down/base64/01/setTimer/$device $coded"
check 'explain: its length, and all of it' \
    holds "records[0]['opened'] == ${#timer} and sum(s['size'] for s in records[0]['spans']) == ${#timer}"

# --- secrets ---
secret='geh"eim'
set_comm=$(cmd=setCommParam body '{"ip":"a","port":1234,"apn":"b","username":"c","password":"geh\"eim","password":"geheim2"}')
upgrade=$(cmd=ftpUpgrade body '{"ftp_ip":"a","ftp_port":21,"ftp_user":"u","ftp_pwd":"geh\"eim","file_path":"/","file_name":"f"}')
bad=0
for message in "$down/setCommParam/$device $set_comm" "$down/ftpUpgrade/$device $upgrade" "$set_comm" "$down/setTimer/$device $set_comm" \
    "$down/setCommParam/$device ${set_comm%??}" "down/base64/01/ftpUpgrade/$device $(echo -n "$upgrade" | base64 -w0)"; do
    for command in 'decode -o text' 'decode -o json' 'decode -o jsonl' 'decode -o csv' 'decode --strict' 'explain -o text' \
        'explain -o json' 'explain -o csv' 'identify -o text' 'identify -o json'; do
        # shellcheck disable=SC2086 # words
        run $command "$message"
        if grep -qE 'geh|Z2Vo|Vo..Vp|dlaF' "$out" "$err"; then
            echo "# $command: ${message:0:60}"
            bad=$((bad + 1))
        fi
    done
done
check 'secrets are masked in every form' [ "$bad" -eq 0 ]
run explain --show-secrets "$down/ftpUpgrade/$device $upgrade"
check '--show-secrets shows them' prints "$secret"
run encode -o json -t "$down/ftpUpgrade/$device" --data '{"ftp_ip":"a","ftp_port":21,"ftp_user":"u","ftp_pwd":"geheim","file_path":"/","file_name":"f"}'
check 'encode -o json masks them' all exits 0 -- prints '***' -- not prints geheim

# --- identify ---
run identify "$down/setTimer/$device $timer"
check 'identify: by the topic' grep -qE '^zhenjiang certain +setTimer: ' "$out"
run identify "$timer"
check 'identify: by the body' grep -qE '^zhenjiang likely +setTimer: ' "$out"
run identify -o json '{"context":{"cmd":"noSuch"},"data":{}}'
check 'identify: why it is not sure' holds 'records[0]["guesses"][0]["fit"] == "possible" and "not known" in records[0]["guesses"][0]["why"]'
# what a device has no value of, within lists too
python3 - >"$work/none" <<'PYTHON'
import json

limits = {key: 0 for key in ("up_limit", "up_limit_dispel", "low_limit", "low_limit_dispel")}
loop = {"loop_id": 0, "switch_id": 0, "phase": 0, "hopping": 0, "ratio": 0, "levels": [{"dt_start": "", "dt_end": "", **limits}]}
context = {"dev_attr": 3, "dev_id": "010000002934857620", "cmd": "getLoopParam", "unix_milli": 1, "status": 1, "detail": ""}
print(json.dumps({"context": context, "data": {"voltage": limits, "loop": [loop]}}, separators=(",", ":")), end="")
PYTHON
run decode -o jsonl -t up/json/01/getLoopParam/010000002934857620 "@$work/none"
check 'zeros outside of the range are marked' all exits 0 -- holds 'records[0]["deviations"] == []' -- holds \
    '[records[0]["data"]["loop"][0][k] for k in ("loop_id", "loop_id_quality", "switch_id")] == [None, "not_provided", 0]' -- holds \
    'records[0]["data"]["loop"][0]["levels"][0]["dt_start_quality"] == "not_provided"'
cp "$out" "$work/record"
run encode -o raw --data "@$work/record"
check 'and such a record is written again' all exits 0 -- cmp -s "$out" "$work/none"
plan
