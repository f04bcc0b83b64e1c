#!/usr/bin/env bash
# Zhenjiang: which answer counts, what is printed, and the exit code; in both versions of MQTT.
# Catches: an answer of someone else that is taken, one of several that is lost, a failure that exits 0, 44 ms that a broker
# waits until its packet before the answer is acknowledged.
# shellcheck source=test/live/send.bash
. test/live/send.bash

broker nagle 'allow_anonymous true' 'set_tcp_nodelay false'
device answer
for _ in 1 2 3 4 5; do
    send getTimer -d $lamp
    sed -n 's/.*"rtt_ms":\([0-9]*\).*/\1/p' "$out" >>"$work/times"
done
check "an answer takes less than 40 ms also where the broker has Nagle's algorithm on, by the median of five" \
    [ "$(sort -n "$work/times" | sed -n 3p)" -lt 40 ]
stop "$pid"

broker main 'allow_anonymous true'

device answer
for version in 5 3.1.1; do
    send getTimer -d $lamp --mqtt-version $version
    check "$version: 0: the answer, and how long it took" all exits 0 -- lines 1 -- \
        holds 'records[0]["message"] == "getTimer" and records[0]["direction"] == "up" and 0 < records[0]["rtt_ms"] < 10000'
done
check 'every request has a number of its own' \
    [ "$(cat "$out" <("$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" -o jsonl) | grep -o '"serial_id":"[0-9a-f]*"' | sort -u | wc -l)" -eq 2 ]
send getTimer -d $lamp serial_id=mine
check 'unless one is given' all exits 0 -- holds 'records[0]["header"]["serial_id"] == "mine"'
"$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" -o text >"$out" 2>"$err"
code=$?
check 'as text' all exits 0 -- prints 'zhenjiang getTimer, up' -- prints 'after '
"$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" >"$out" 2>"$err"
code=$?
check 'pretty, unless asked for otherwise' all exits 0 -- holds 'records[0]["rtt_ms"] > 0' -- not lines 1
send getTimer -d $lamp --data '{}' --vendor 02
check 'another vendor, values as JSON' all exits 0 -- holds 'records[0]["header"]["vendor"] == "02"'
send getTimer -d $lamp --format base64
check 'another format of the body' all exits 0 -- holds 'records[0]["header"]["format"] == "base64"'

# A connection of whoever calls, to the same broker.
exec 9<>"/dev/tcp/127.0.0.1/$port"
send getTimer -d $lamp
printf '\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04self' >&9
check 'a connection that was inherited stays' all exits 0 -- [ "$(timeout 5 head -c 4 <&9 | od -An -tx1)" = ' 20 02 00 00' ]
exec 9>&-

for status in 0:broken:failed 2::offline 3::'does not have this command'; do
    device "answer:${status%:*}"
    for version in 5 3.1.1; do
        send ctlOnOff -d $lamp 'switch[0].id=1' 'switch[0].opt=100' --mqtt-version $version
        check "$version: 8: status ${status%%:*}" all exits 8 -- holds 'records[0]["header"]["status"] != 1' -- \
            tells "${status##*:}"
    done
done

for status in 'null' '"bad"' '"0"' 7; do
    device "status:$status" answer
    send getTimer -d $lamp
    check "8: status $status is no 1" all exits 8 -- lines 1 -- tells status
done
device status: answer
send getTimer -d $lamp
check '0: an absent status is tolerated, and told' all exits 0 -- lines 1 -- tells 'has no status'

device foreign answer:0 unnumbered answer:0 other answer
send getTimer -d $lamp
check 'what is for someone else is told, and not taken' all exits 0 -- lines 1 -- tells "foreign: an answer (serial_id someone else's)" -- \
    tells 'foreign: an answer without serial_id'
device unnumbered answer
send getTimer -d $lamp --timeout 1s
check '7: an answer without a number is no answer' all exits 7 -- silent -- tells '--guess'
send getTimer -d $lamp --guess
check 'unless one guesses, and says so' all exits 0 -- holds 'records[0]["match"] == "guessed"'
device garbage
send getTimer -d $lamp --timeout 1s
check '10: an answer that cannot be read' all exits 10 -- silent -- tells 'cannot be read' -- tells 'may have been executed'
device garbage answer
send getTimer -d $lamp
check 'unless a good one follows' all exits 0 -- tells 'more text expected'

device retained answer
send getTimer -d $lamp serial_id=kept
check 'an answer that the broker will keep' exits 0
device wait:300 answer
send getTimer -d $lamp serial_id=kept
check 'a retained answer is not taken, though its number fits' all exits 0 -- lines 1 -- tells 'retained' -- \
    holds 'records[0]["rtt_ms"] >= 300'
device wait:5000
send getTimer -d $lamp serial_id=kept --timeout 1s
check '7: nor when there is no other' all exits 7 -- silent -- tells 'retained'
mosquitto_pub -p "$port" -r -n -t up/json/01/getTimer/$lamp

device valve:1 valve:1 valve:2
send ctlSolenoidValveDegree -d $lamp "${valves[@]}"
check 'several answers: each, but none twice' all exits 0 -- lines 2 -- tells duplicate -- within 0 900
device valve:1:0 valve:2
send ctlSolenoidValveDegree -d $lamp "${valves[@]}"
check '8: one of several failed' all exits 8 -- lines 2
device valve:1
send ctlSolenoidValveDegree -d $lamp "${valves[@]}" --timeout 1s
check '7: one is missing' all exits 7 -- lines 1 -- tells '1 of 2 answers'
device timetable wait:200 timetable
send getTimetable -d $lamp begin_date=01-01 end_date=12-31 --settle 500ms
check 'nobody says which is the last: until none comes for a while' all exits 0 -- lines 2 -- within 650 3000
device answer finished
send ftpUpgrade -d $lamp "${upgrade[@]}"
check 'two stages' all exits 0 -- holds '[r["stage"] for r in records] == ["accepted", "confirmed"]'
device answer
send ftpUpgrade -d $lamp "${upgrade[@]}" --timeout 1s
check '7: accepted, not confirmed' all exits 7 -- lines 1 -- tells 'accepted, not confirmed'

# Encrypted: the device has keys of its own. It is made of encode and decode.
for who in ours its; do
    run keygen sm2 --private-key "$work/$who.pem" --public-key "$work/$who.pub"
done
stop "$device"
device=
mosquitto_sub -p "$port" -t 'down/sm2/#' -C 1 >"$work/sealed" &
(
    until [ -s "$work/sealed" ]; do sleep 0.05; done
    serial=$("$ZJIOTCTL" decode -o jsonl -t down/sm2/01/getTimer/$lamp --private-key "$work/its.pem" "@$work/sealed" |
        sed 's/.*"serial_id":"\([^"]*\)".*/\1/')
    "$ZJIOTCTL" encode zhenjiang getTimer --up -d $lamp --format sm2 --public-key "$work/ours.pub" "serial_id=$serial" \
        status=1 detail= now=now -o raw 2>/dev/null | mosquitto_pub -p "$port" -t up/sm2/01/getTimer/$lamp -s
) &
sleep 0.3
send getTimer -d $lamp --format sm2 --public-key "$work/its.pub" --private-key "$work/ours.pem"
check 'encrypted both ways' all exits 0 -- holds 'records[0]["header"]["format"] == "sm2" and records[0]["data"]["now"] > 0'
send getTimer -d $lamp --format sm2 --public-key "$work/its.pub"
check '9: who could not read the answer does not ask' all exits 9 -- silent -- tells '--private-key'

run completion candidates -- send getR
check 'completion knows the commands' all prints getRuntime -- prints getRunningParam -- not prints heartbeat
run completion candidates -- send ctlOnOff switch
check 'and their values' prints 'switch[0].opt='
run completion candidates -- send -p nb set_
check 'of the protocol that is named' all prints set_lamp -- not prints getRuntime

python3 - >"$work/table" <<'PYTHON'
import json

actions = [{"switch_id": 1, "type": 3, "time": "%02d:%02d" % divmod(i, 60), "dimming": 50} for i in range(60)]
days = ["%02d-%02d" % (month, day) for month in range(1, 13) for day in range(1, 29)]
print(json.dumps({"timetable": [{"dt": day, "do": actions} for day in days]}))
PYTHON
device answer
send setTimetable -d $lamp --data "@$work/table"
check 'a timetable that is too large goes in parts, each of which is answered' all exits 0 -- lines 2 -- \
    lines 3 "$work/device.log" -- holds 'len({r["header"]["serial_id"] for r in records}) == 1'

# usage TEXT PATTERN ARGUMENT...: refused before anything connects.
usage() {
    local text=$1 pattern=$2
    shift 2
    send "$@"
    check "2: $text" all misused "$pattern" -- lines 1 "$work/device.log"
}
device answer
usage 'no device' 'to which device' getTimer
usage 'two ways to say it' 'both given' getTimer -d $lamp --device-file "$work/none"
usage 'no command' 'which COMMAND' -d $lamp
usage 'an unknown command' "did you mean 'getTimer'?" getTimre -d $lamp
usage 'an unknown option' "did you mean '--settle'?" getTimer -d $lamp --setle 1s
usage 'what devices send' 'comes from devices' heartbeat -d $lamp
usage 'a value out of its range' 'outside' ctlOnOff -d $lamp 'switch[0].id=1' 'switch[0].opt=101'
usage 'a value twice' 'twice' setTimer -d $lamp now=1 now=2
usage 'an unknown member' 'see zjiotctl describe' setTimer -d $lamp nwo=1
usage 'a device too short' 'is no device' getTimer -d 0100
usage 'a time without a meaning' '--settle is a time' getTimer -d $lamp --settle soon
usage 'another time' 'timeout' getTimer -d $lamp --timeout soon
usage 'a protocol that is not sent' 'not sent to over MQTT' ping -p m4g -d x
usage 'concurrency of one' '--device-file' getTimer -d $lamp --concurrency 5
plan
