#!/usr/bin/env bash
# Simulated edge computers of BYD: batches as document 002 has them and as the field has them, and commands that the
# next batch shows.
# Catches: a batch that a strict reader refuses, a command that changes the wrong meter or none, an energy that stands
# still.
# shellcheck source=test/live/simulate.bash
. test/live/simulate.bash

broker byd 'allow_anonymous true'
url=mqtt://127.0.0.1:$port

# commands METER VALUE: a batch of one command.
commands() {
    "$ZJIOTCTL" encode byd down -d GW-EM-01 --data "{\"msgId\":\"7b1d5b3e-6f0a-4c55-9a43-3a1d1b4f5c6e\",
        \"source\":{\"source_id\":\"test\",\"operator\":\"1\",\"name\":\"x\",\"auth_token\":\"Bearer xyz\"},
        \"batch\":[{\"transaction_id\":\"T-1\",\"timestamp\":\"1710000000123\",
        \"target\":{\"gateway_id\":\"GW-01\",\"device_type\":\"S7-1200\",\"device_id\":\"$1\"},
        \"operation\":{\"key\":\"A启\",\"value\":\"$2\",\"type\":\"${type-write_register}\",\"address\":\"D100\",
        \"data_type\":\"float32\",\"verify\":true},
        \"control_params\":{\"priority\":1,\"timeout\":5000,\"retry_policy\":{\"max_attempts\":3,\"interval\":1000}}}]}" \
        2>/dev/null
}

# switch METER VALUE: commands GW-EM-01.
switch() {
    publish device/bydpower/down/GW-EM-01 "$(commands "$@")"
}

# batches NUMBER: so many have come; decoded strictly. `loads`, for holds, is what the meters of each show.
batches() {
    for _ in $(seq 100); do
        [ "$(grep -c '"msgType":"up"' "$heard")" -ge "$1" ] && break
        sleep 0.1
    done
    understood
}
loads='([[m["metrics"]["current"]["value"]["phase_a"] for m in r["data"]["batch"]] for r in records])'

listen 'device/bydpower/up/#'
simulate one byd -b "$url" -d GW-EM-01
device=$pid
check 'a batch as the document has it' batches 1
check '... of two meters' holds '[m["device_id"] for m in records[0]["data"]["batch"]] == ["EM-2025-001", "EM-2025-002"]'
check '... with a load' holds "all(c > 1 for c in ${loads}[0])"
switch EM-2025-002 0
check 'a command: another batch soon' batches 2
check '... in which that meter has no load, and the other one has' holds "${loads}[1][0] > 1 and ${loads}[1][1] == 0"
check '... and no power' holds \
    'records[1]["data"]["batch"][1]["metrics"]["power"]["active"]["value"]["total"] == 0'
switch PLC-01 0
check 'all of them' all batches 3 -- holds "${loads}[2] == [0, 0]"
switch EM-2025-002 1
check 'and back' all batches 4 -- holds "${loads}[3][0] == 0 and ${loads}[3][1] > 1"
switch EM-9999-001 0
type=read_register switch EM-2025-001 1
switch EM-2025-001 many
publish device/bydpower/down/GW-EM-01 '{"msgType":"down","msgId":"x","source":{},"batch":[]}'
sleep 1.5
check 'what cannot be done changes nothing' batches 4
check '... there is no further batch' times 4 '"msgType":"up"'
kill -INT "$device"
wait "$device"
code=$?
check '130: SIGINT' exits 130
check '... but is told' all grep -q 'there is no such device here' "$work/one.devices" -- \
    grep -q 'only write_register' "$work/one.devices" -- grep -q 'no number' "$work/one.devices" -- \
    grep -q 'auth_token' "$work/one.devices"

listen 'device/bydpower/up/#'
simulate many byd -b "$url" -n 20 --meters 10 --interval 1s
check 'many, with ten meters each' batches 60
check '... every device' holds 'len({r["topic"] for r in records}) == 20'
check '... every batch has an identifier of its own' holds 'len({r["data"]["msgId"] for r in records}) == len(records)'
check '... energies grow' holds 'all(a <= b for t in {r["topic"] for r in records} for e in
    [[r["data"]["batch"][0]["metrics"]["energy"]["active"]["value"]["forward"] for r in records if r["topic"] == t]]
    for a, b in zip(e, e[1:])) and len({r["data"]["batch"][0]["metrics"]["energy"]["active"]["value"]["forward"] for r in
    records if r["topic"].endswith("GW-EM-07")}) > 1'
kill "$pid"
wait "$pid" 2>/dev/null

listen 'energy/electric/#'
simulate field byd -b "$url" --dialect field --interval 1s
check 'the dialect of the field' told 'energy/electric/up {'
check '... its keys, its stamps, its zeros' all told '"ipAddress":null,"gatewayId":"GW-EM-01","plc":{"plcID"' -- \
    told '"msgCreateTime":"20' -- told '"data_type":"double"' -- told '"phase_a":0,'
grep -m 1 'energy/electric/up' "$heard" | "$ZJIOTCTL" decode -o jsonl >"$out" 2>"$err"
check '... read with deviations' all holds 'records[0]["ok"] and len(records[0]["deviations"]) > 5' -- \
    holds 'records[0]["data"]["batch"][0]["metrics"]["voltage"]["value"]["phase_a"] > 200'
publish device/electric/down/ "$(commands EM-2025-001 0)"
check '... which also takes commands' told '"current":{"data_type":"double","unit":"A","value":{"phase_a":0'
kill "$pid"
wait "$pid" 2>/dev/null

run simulate byd --dialect other
check '2: no such dialect' all exits 2 -- tells 'document, field'
plan
