#!/usr/bin/env bash
# send to HY gateways, NB controllers and BYD's edge computers.
# Catches: an acceptance that passes for the confirmation, a frame for another meter, a controller's answer to someone
# else, a token that is shown.
# shellcheck source=test/live/send.bash
. test/live/send.bash

broker main 'allow_anonymous true'

# HY
hy=(-p hy -d "$gateway")
device accept confirm:11111111 confirm confirm
send "${hy[@]}" valve meter=$meter percent=50
check 'hy: accepted, then confirmed by the meter that was asked' all exits 0 -- lines 2 -- \
    holds '[r["stage"] for r in records] == ["accepted", "confirmed"]' -- \
    holds 'records[1]["frames"][0]["header"]["meter"] == "27100583"' -- tells 'accepted it; waiting up to 36.5 s' -- \
    tells 'foreign: an answer (meter 11111111, set_opening_reply)'
send "${hy[@]}" valve meter=$meter percent=50 count=1
check 'hy: the deadline is the document'"'"'s' tells 'waiting up to 12.5 s'
device accept
send "${hy[@]}" valve meter=$meter percent=50 --timeout 1s
check 'hy: 7: accepted, not confirmed' all exits 7 -- lines 1 -- tells 'accepted, not confirmed' -- within 900 2000
device refuse
send "${hy[@]}" valve meter=$meter percent=50
check 'hy: 8: refused' all exits 8 -- lines 1 -- tells 'stat 1' -- within 0 5000
device accept refuse
send "${hy[@]}" valve meter=$meter percent=50
check 'hy: 8: accepted, then refused, which confirms nothing' all exits 8 -- \
    holds '[r["stage"] for r in records] == ["accepted", "failed"]'
valve53=23227310200800
device accept frame:685527100583001111D603902F013716 # C=D6, without a DI by the standard
send "${hy[@]}" valve meter=$meter percent=50
check 'hy: 8: the meter could not do it' all exits 8 -- tells 'the meter answers with an error' -- \
    holds '[r["stage"] for r in records] == ["accepted", "failed"]'
device accept frame:6853232273100011118404A01900634916 frame
send "${hy[@]}" valve meter=$valve53 percent=30
check 'hy: 8: the valve repeats another opening' all exits 8 -- tells '99 %, asked for were 30 %'
device accept frame:6853232273100011118404A019001E0416
send "${hy[@]}" valve meter=$valve53 percent=30
check 'hy: 0: the valve repeats the opening' all exits 0 -- holds 'records[1]["stage"] == "confirmed"'
device accept frame:6855271005830011118103901F01D216 frame: frame frame:6855271005830011119603902F01F816 stat:3
send "${hy[@]}" valve meter=$meter percent=50 --timeout 1s --guess
check 'hy: 7: neither another answer of the meter confirms, nor what holds no sound frame' all exits 7 -- lines 1 -- \
    tells 'foreign: an answer (meter 27100583, read_reply)' -- tells 'it carries no frame of a meter' -- \
    tells 'no answer: the meter'"'"'s frame cannot be read: cs: checksum is 0xf7' -- tells 'stat of 1 or 2, but 3' -- \
    not tells '--guess' -- tells 'accepted, not confirmed'
device accept report:
send "${hy[@]}" read_now meter=$meter --timeout 1s
check 'hy: 7: a report without a sound frame is no reading' all exits 7 -- lines 1 -- tells 'no answer'
device accept report will report:11111111 report
send "${hy[@]}" read_now --settle 500ms
check 'hy: all meters that report, each once' all exits 0 -- lines 3 -- tells duplicate -- tells 'last will'
device accept report:11111111 report
send "${hy[@]}" read_now meter=$meter
check 'hy: the readings of one meter, and no waiting for more' all exits 0 -- lines 2 -- within 0 900 -- \
    holds 'records[1]["header"]["meter"] == "27100583"'
device report accept
send "${hy[@]}" status --timeout 1s
check 'hy: a report by itself is no answer' all not tells foreign
usage() {
    misuse "2: $1" "$2" send "${@:3}"
}
usage 'hy: periods in part, which crash the gateway' 'the gateway crashes' "${hy[@]}" other msg_id=12 --data '{"main_interval":60}'
usage 'hy: a valve without a meter' 'valve needs meter' "${hy[@]}" valve percent=5
usage 'hy: a valve too far open' 'outside' "${hy[@]}" valve meter=$meter percent=101
usage 'hy: an opening in words' "percent is a number, not 'half'" "${hy[@]}" valve meter=$meter percent=half
usage 'hy: a meter without a valve' 'kind' "${hy[@]}" valve meter=27100583999900 percent=5
usage 'hy: a meter of a kind that is not read' 'kind' "${hy[@]}" read_now meter=27100583999900

# NB
nb=(-p nb -d fffefdfc)
device foreign ack:3 other ack
send "${nb[@]}" set_lamp switch=1 brightness=70
check 'nb: the answer with the number of the command' all exits 0 -- lines 1 -- tells 'foreign: an answer (extra' -- \
    holds 'records[0]["message"] == "ack" and records[0]["data"]["state"] == 1'
send "${nb[@]}" set_auto extra=77
check 'nb: its own number' all exits 0 -- tells 'note: an inner frame, where devices expect full ones' -- holds 'records[0]["header"]["extra"] == 77'
send "${nb[@]}" set_auto --uid 3 --pid 3 --nbid 861234567890123
check 'nb: the full envelope' all exits 0 -- not tells 'inner frame'
send "${nb[@]}" set_auto --uid 4 --pid 3 --nbid 861234567890123 --timeout 1s
check 'nb: 7: answers of another project are not heard' exits 7
device ack:3
send "${nb[@]}" set_auto
check 'nb: 8: any state but 1' all exits 8 -- tells 'state 3 (bad checksum)' -- lines 1
device hex ack
send "${nb[@]}" set_auto
check 'nb: a platform that hands frames on in hex' all exits 0 -- lines 1
device ack ack
send -p nb -d ffffffff set_auto --settle 500ms
check 'nb: all controllers, each once' all exits 0 -- lines 1 -- tells duplicate
usage 'nb: a serial number that is none' 'sn' -p nb -d lamp set_auto
usage 'nb: an envelope in part' 'missing' "${nb[@]}" set_auto --uid 3

# BYD
python3 - >"$work/down" <<'PYTHON'
import json

lines = open("test/vectors/byd/messages.jsonl", encoding="utf-8").read().splitlines()
print(json.loads(lines[7])["payload"])
PYTHON
mosquitto_sub -p "$port" -t 'device/bydpower/down/+' -C 1 >"$work/byd" &
sleep 0.3
send -p byd -d GW-1 down --data "@$work/down"
check 'byd: done when the broker has it, which the record says' all exits 0 -- lines 1 -- \
    holds 'records[0]["message"] == "down" and "none is defined" in records[0]["reply"] and records[0]["rtt_ms"] > 0' -- \
    within 0 2000
check 'byd: the token is sent, but not shown' all grep -q xyz "$work/byd" -- not prints xyz -- not tells xyz
printf 'GW-1\nGW-2\n' >"$work/gateways"
send -p byd --device-file "$work/gateways" down --data "@$work/down"
check 'byd: to several' all exits 0 -- lines 2 -- holds 'all("none is defined" in r["reply"] for r in records)'
plan
