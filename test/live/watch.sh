#!/usr/bin/env bash
# watch: which messages, what their records say, how it ends. Catches: a protocol whose topics are not subscribed to, a
# filter that lets another's messages through, a message that is dropped because it cannot be decoded, an old command
# that looks new, a record that is lost when the reader is slow.
# shellcheck source=test/live/live.bash
. test/live/live.bash

broker main 'allow_anonymous true'
main=$pid
export ZJIOT_BROKER=mqtt://127.0.0.1:$port

# start ARGUMENT...: watch in the background until it has subscribed. Sets child.
start() {
    rm -f "$err"
    env --default-signal=INT "$ZJIOTCTL" watch "$@" >"$out" 2>"$err" </dev/null &
    child=$!
    brokers+=("$child")
    wait_for 'connected to' "$err"
}
# ends: waits for it; its exit code in $code.
ends() {
    wait "$child"
    code=$?
}
# publish TOPIC PAYLOAD [OPTION...]
publish() {
    local topic=$1 payload=$2
    shift 2
    mosquitto_pub -p "$port" -q 1 -t "$topic" -m "$payload" "$@"
}

device=010000002934857620 imei=860000000000001
beat=$("$ZJIOTCTL" encode zhenjiang heartbeat --up -d "$device" dev_attr=8 net_type=1 signal=20 remote=r time=1 2>/dev/null)
command='{"msgType":"down","msgId":"0f8fad5b-d9cb-469f-a165-70867728950e","source":{"source_id":"s","operator":"o","name":"n","auth_token":"Sesam"},"batch":[]}'
# One message of each protocol and direction, and one that nobody can decode: 11.
all_messages() {
    publish "up/json/01/heartbeat/$device" "$beat"
    publish 'up/json/01/heartbeat' "$beat"
    publish "down/json/01/getRuntime/$device" "${beat/heartbeat/getRuntime}"
    publish "$topic_up" "$lamp"
    printf '\xff\xfe\xfd\xfc\x11\x00\x01\x01\x01\x64\xac\x44' | mosquitto_pub -p "$port" -q 1 -t "$topic_down" -s
    publish 'device/bydpower/down/plc-1' "$command"
    publish 'energy/electric/up' garbage
    publish "zjiot/m4g/$imei/up/ping" "{\"cmd\":\"ping\",\"IMEI\":\"$imei\"}"
    publish "zjiot/m4g/$imei/down/pong" "{\"cmd\":\"pong\",\"IMEI\":\"$imei\"}"
    publish 'hy/gw/set/02345678903' "$valve"
    publish 'hy/gw/get/02345678903' '{"gw":{"msg_id":1,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{}}'
}

start -n 11
all_messages
ends
check '3: every protocol, and what cannot be decoded' all exits 3 -- lines 11 -- holds \
    '[r["protocol"] for r in records] == ["zhenjiang"] * 3 + ["nb"] * 2 + ["byd"] * 2 + ["m4g"] * 2 + ["cjt188", "hy"]'
check 'what cannot be decoded is a record with its reason, and told' all \
    holds '[(r["error"]["code"], r["raw"]) for r in records if not r["ok"]] == [("SYNTAX", "garbage")]' -- \
    tells 'energy/electric/up: byte 0'
cp "$out" "$work/all.out"
start -n 1
publish 'hy/gw/set/02345678903' "{\"gw\":{\"msg_id\":40,\"msg_gw_pr\":0,\"gw_id\":\"02345678903\"},\"data\":{\"meter_data\":[\"$valve_bad_sum\"]}}"
ends
check '3: a frame in a message that is none' all exits 3 -- lines 1 -- holds 'records[0]["ok"]' -- \
    tells 'hy/gw/set/02345678903: frames[0]: byte 15 (cs)'
cp "$work/all.out" "$out"
check 'a record says how the message came, before what it says' holds \
    'all(list(r)[:4] == ["received", "qos", "retained", "duplicate"] for r in records)'
check 'the values of that' holds \
    'all(r["qos"] == 1 and r["retained"] is False and r["duplicate"] is False and len(r["received"]) == 24 for r in records)'
check 'a secret is masked' all prints '"auth_token":"***"' -- not grep -q Sesam "$out" "$err"

start -n 4 -p m4g
for each in info version update query_msg; do
    mosquitto_pub -p "$port" -q 1 -t "zjiot/m4g/$imei/down/$each" -n
done
ends
check "an empty command is the object that serve makes of it" all exits 0 -- tells 'it is empty' -- holds \
    '[(r["message"], r["ok"], r["data"].get("IMEI")) for r in records] == [("info", True, None)] + [(m, True, records[0]["header"]["imei"]) for m in ("version", "update", "query_msg")]'
start -n 1 -p m4g
mosquitto_pub -p "$port" -q 1 -t "zjiot/m4g/$imei/down/pong" -n
ends
check '3: what serve takes for no command is none when it is empty' all exits 3 -- lines 1

# only TEXT EXPRESSION OPTION...: of all messages those for which the expression over (protocol, message) holds.
only() {
    local text=$1 wanted=$2
    shift 2
    start "$@"
    all_messages
    publish "up/json/01/heartbeat/$device" "$beat"
    publish 'other/topic' end
    kill "$child"
    ends
    check "only $text" holds "[(r['protocol'], r.get('message')) for r in records] == $wanted"
}
beat_record='("zhenjiang", "heartbeat")'
only 'a protocol' '[("nb", "set_lamp")] * 2' -p nb
only 'a device' "[$beat_record, $beat_record, ('zhenjiang', 'getRuntime'), ('byd', None), $beat_record]" -d "$device"
only 'another device' '[("byd", None), ("m4g", "ping"), ("m4g", "pong")]' -d "$imei"
only 'a device that the topic does not name' '[("nb", "set_lamp")] * 2' -p nb -d fffefdfc
only 'what goes down' '[("zhenjiang", "getRuntime"), ("nb", "set_lamp"), ("byd", "down"), ("m4g", "pong"), ("hy", "status")]' --down
only 'a message' "[$beat_record] * 3" -m heartbeat
only 'a message without a level of its own' '[("byd", "down"), ("byd", None)]' -m down
only 'filters of my own' '[("m4g", "ping"), ("m4g", "pong")]' 'zjiot/#'
only 'filters of my own, and of them a protocol' '[("m4g", "ping"), ("m4g", None)]' -p m4g --up '#'
only 'another base' '[]' -p m4g --topic-base city

start -n 2 -p cjt188 'meters/+'
publish meters/1 "$valve$valve_other"
publish meters/2 "$valve_bad_sum"
ends
check '3: bare frames, glued, damaged' all exits 3 -- lines 3 -- \
    holds '[(r["protocol"], r["topic"], r["ok"]) for r in records] == [("cjt188", "meters/1", True)] * 2 + [("cjt188", "meters/2", False)]'
start -n 1 -p nb --strict
publish "$topic_down" "$lamp_placeholder"
ends
check '4: a deviation under --strict' all exits 4 -- holds 'records[0]["error"]["code"] == "CRC_PLACEHOLDER"'
start -n 1 -p byd --show-secrets
publish 'device/bydpower/down/plc-1' "$command"
ends
check '0: --show-secrets' all exits 0 -- prints Sesam

"$ZJIOTCTL" keygen sm2 --private-key "$work/own.pem" --public-key "$work/own.pub" >/dev/null 2>&1
if [ -s "$work/own.pem" ]; then
    sealed=up/sm2/01/heartbeat/$device
    body=$("$ZJIOTCTL" encode -o raw -t "$sealed" --public-key "$work/own.pub" dev_attr=8 net_type=1 signal=20 remote=r time=1 2>/dev/null)
    start -n 1 --private-key "$work/own.pem"
    publish "$sealed" "$body"
    ends
    check '0: an encrypted body, with its key' all exits 0 -- holds 'records[0]["data"]["signal"] == 20'
    start -n 2
    publish "$sealed" "$body"
    publish "$sealed" "$body"
    ends
    check '3: without the key it says once what is needed' all exits 3 -- lines 2 -- tells --private-key -- \
        [ "$(grep -c -e --private-key "$err")" -eq 1 ]
fi

publish "$topic_down" "$lamp" -r
start -n 1 -p nb
ends
check 'an old command says so' all exits 0 -- holds 'records[0]["retained"] is True' -- tells 'an old command'
start -p nb --no-retained --duration 500ms
ends
check '... or is left out' all exits 0 -- silent -- not tells 'an old command'
publish "$topic_down" '' -r

for format in text csv json; do
    start -n 1 -o "$format"
    publish "up/json/01/heartbeat/$device" "$beat"
    ends
    check "-o $format" all exits 0 -- prints heartbeat -- prints "up/json/01/heartbeat/$device" -- prints '20'
    cp "$out" "$work/$format.out"
done

check 'the headline of a text names the topic once' [ "$(grep -o "up/json/01/heartbeat/$device" "$work/text.out" | wc -l)" -eq 1 ]

# How it ends.
start -n 2 --duration 700ms
publish "$topic_up" "$lamp"
ends
check '7: fewer than --count in --duration' all exits 7 -- lines 1 -- tells '1 of 2'
# by_signal NAME CODE
by_signal() {
    start
    publish "$topic_up" "$lamp"
    wait_for '"nb"' "$out"
    kill "-$1" "$child"
    ends
    check "$2: SIG$1" all exits "$2" -- lines 1
}
by_signal INT 130
by_signal TERM 143
timeout 10 "$ZJIOTCTL" watch -p nb 2>"$err" >/dev/full &
child=$!
wait_for 'connected to' "$err"
publish "$topic_up" "$lamp"
ends
check '1: stdout cannot be written' all exits 1 -- tells 'cannot write'
timeout 10 "$ZJIOTCTL" watch -p nb 2>"$err" > >(true)
code=$?
check '0: the reader of stdout goes away, and nothing comes' all exits 0 -- lines 1 "$err"
# usage TEXT SENTENCE ARGUMENT...
usage() {
    misuse "2: $1" "$2" run watch "${@:3}"
}
usage 'bare frames without a filter' 'name a FILTER' -p cjt188
usage 'a message that there is not' "did you mean 'getRuntime'" -m getRuntme
usage 'a message of another protocol' 'nb has no message' -p nb -m getRuntime
usage 'a message that does not go there' 'to devices' --down -m heartbeat
usage 'a part that no topic has' 'no topic can have' -p nb --vendor 01
usage 'a device that is no level' 'cannot stand in a topic' -d a/b
usage 'a group that is no level' 'cannot stand in a topic' --share a/b
usage 'no filter' 'no topic filter' 'a#'
usage 'no number' 'from 1 to' -n none
usage 'no time' 'such as 500ms' --duration soon
usage 'a session without a name' '--client-id' --session 1h
usage 'no session to give up' '--give-up: it needs a --client-id' --give-up
usage 'a session that is given up' '--give-up ends it' --give-up --session 1h --client-id x
usage 'a session at QoS 0' 'keeps nothing' --session 1h --qos 0 --client-id x
run watch -b "mqtt://127.0.0.1:$(free_port)"
check '6: a dead broker' all exits 6 -- silent -- tells 'connection refused'

# all_of COUNT FILE: the IMEIs 0 to COUNT - 1, each at least once.
all_of() {
    [ "$(grep -o '"IMEI":"[0-9]*"' "$2" | sort -u | wc -l)" -eq "$1" ]
}
pings=4000
python3 -c 'for i in range(4000): print("{\"cmd\":\"ping\",\"IMEI\":\"%015d\"}" % i)' >"$work/pings"
last=$(printf '"IMEI":"%015d"' $((pings - 1)))
# sleeper SECONDS OPTION...: a reader of stdout that sleeps at first; then it reads until the last message.
sleeper() {
    local seconds=$1
    shift
    rm -f "$work/pipe" "$err"
    : >"$out"
    mkfifo "$work/pipe"
    { sleep "$seconds"; exec cat; } <"$work/pipe" >"$out" &
    timeout 40 "$ZJIOTCTL" watch "$@" zjiot/m4g/+/up/ping >"$work/pipe" 2>"$err" &
    child=$!
    wait_for 'connected to' "$err"
    mosquitto_pub -p "$port" -q 1 -t "zjiot/m4g/$imei/up/ping" -l <"$work/pings"
    wait_for "$last" "$out"
    kill "$child"
    ends
}
sleeper 2 --keepalive 30s
check 'a slow reader: nothing is lost' all exits 143 -- all_of $pings "$out" -- lines $pings
sleeper 4 --keepalive 1s --client-id sleeper --session 60s
check 'one slower than the broker waits for a ping: nothing is lost in a session' all exits 143 -- all_of $pings "$out"
check '... and what came twice says so' \
    [ "$(grep -vc '"duplicate":true' "$out")" -le $pings ]

# gap NAME OPTION...: the broker of that name restarts, and a message comes at once. Then one more.
gap() {
    local name=$1 ping=zjiot/m4g/$imei/up/ping
    shift
    start -p m4g "$@"
    publish "$ping" '{"cmd":"ping","IMEI":"1"}'
    wait_for '"IMEI":"1"' "$out"
    stop "$pid"
    wait_for 'gap: ' "$err"
    broker "$name"
    publish "$ping" '{"cmd":"ping","IMEI":"2"}'
    wait_for 'connected again after' "$err"
    publish "$ping" '{"cmd":"ping","IMEI":"3"}'
    wait_for '"IMEI":"3"' "$out"
    kill "$child"
    ends
}
pid=$main
gap main
check 'a gap and its end are told, and then it goes on' all exits 143 -- prints '"IMEI":"3"' -- tells 'meanwhile is missed' -- \
    tells 'connected again after'
gap main --client-id gap --session 60s
check '... also that the broker has forgotten a session' all exits 143 -- prints '"IMEI":"3"' -- tells 'the broker keeps what comes' -- \
    tells 'has lost the session'
mkdir "$work/kept"
chmod 777 "$work/kept"
broker kept 'allow_anonymous true' 'persistence true' "persistence_location $work/kept/"
export ZJIOT_BROKER=mqtt://127.0.0.1:$port
gap kept --client-id gap --session 60s
check '... and nothing is missed if it has not' all exits 143 -- lines 3 -- not tells 'has lost the session'
plan
