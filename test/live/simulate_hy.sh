#!/usr/bin/env bash
# Simulated HY gateways: every request has the answers that document 004 shows, first `stat`, then what the meters say;
# valves move, a damaged write of the periods crashes one, and its last will comes.
# Catches: an answer that a strict reader refuses, a request that is taken but not carried out, one that is refused
# without a word.
# shellcheck source=test/live/simulate.bash
. test/live/simulate.bash

broker hy 'allow_anonymous true'
url=mqtt://127.0.0.1:$port
listen 'hy/gw/set/#'
gateway=02345678903
simulate one hy -b "$url" -d "$gateway"
device=$pid

# request MESSAGE KEY=VALUE...: to the gateway.
request() {
    command_line hy "$1" -d "$gateway" "${@:2}"
}
transparent() {
    request transparent transparent_port="${2-0}" transparent="$1" transparent_count="${3-5}"
}

request status
check 'status' all told '"GW_model":136' -- told '"copy_meter_total":3'
request periods
check 'periods' told '"main_interval":10,"copy_interval":60'
check 'it reports its meters when it begins' all told '"meter_id":"27100583203400"' -- \
    told '"meter_id":"23227312200800"'
check 'a report each' times 4 '"msg_id":20'

request read_now main_immediately=1 copy_immediately=0 up_immediately=0
check 'read_now: accepted' told '"msg_id":18,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":2}'
check '... and the building meter is read' soon 2 '"meter_id":"27100583203400"'
request read_now main_immediately=0 copy_immediately=0 up_immediately=0
check 'read_now of nothing fails' told '"msg_id":18,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":1}'

transparent FEFEFE6855271005830011111605902F01F4016E16
check 'a valve to 50 %: accepted' told '"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":2}'
check '... and the answer of the document' told '"meter_data":["6855271005830011119603902F01F716"]'
transparent FEFEFEFE6853232273100011110404A01900006616
check 'a household valve repeats its opening' told '["6853232273100011118404A0190000E616"]'
publish "hy/gw/get/$gateway" '{"gw":{"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"transparent_port":0,"transparent":"6855271005830011111605902F01F4016F16","transparent_count":0}}'
check 'a frame with a wrong sum is taken' soon 3 '"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":2}'
publish "hy/gw/get/$gateway" '{"gw":{"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"transparent_port":0,"transparent_count":5}}'
check 'without a frame it fails' told '"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":1}'

request other msg_id=12 members='{"main_interval":20,"copy_interval":30,"heating_start":"20XX-10-15","heating_end":"20XX-04-15"}'
check 'writes the periods' told '"msg_id":12,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":2}'
request periods
check '... and reads them back' told '"heating_start":"20XX-10-15","heating_end":"20XX-04-15","main_interval":20,"copy_interval":30'
request other msg_id=60 members='{}'
check 'what it does not know fails' told '"msg_id":60,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"stat":1}'
publish "hy/gw/get/$gateway" 'no JSON'
publish "hy/gw/get/99999999999" '{"gw":{"msg_id":1,"msg_gw_pr":0,"gw_id":"99999999999"},"data":{}}'
publish "hy/gw/get/$gateway" '{"gw":{"msg_id":12,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"main_interval":1}}'
check 'half of the periods crash it, as real ones: its last will comes' told 'hy/gw/set/02345678903/ {"gw":{"msg_id":70'
request status
kill -INT "$device"
wait "$device"
code=$?
check '130: SIGINT' exits 130
check 'what is none is told' grep -q 'refused, or not understood: 2' "$work/one.devices"
check 'one that has crashed has no second will, and answers nobody' all times 1 '"msg_id":70' -- times 1 '"msg_id":1,'
check 'a strict reader takes all that it sent' understood
check '... no meter answered the wrong sum' times 2 '"transparent_port":0,"meter_data"'
check '... each as what it is' holds 'all(r["ok"] and r["protocol"] == "hy" and r["direction"] == "up" for r in records)'

listen 'hy/gw/set/#'
simulate many hy -b "$url" -n 50 --meters 2 --interval 1s --fault duplicate
check 'many gateways report' told '"meter_id":"27100632203400"'
check '... with names of their own' told '"gw_id":"02345678952"'
request transparent transparent_port=0 transparent=FEFEFEFE6853232273100011110404A0190064CA16 transparent_count=0
check 'fault duplicate: the answer comes twice' soon 2 '["6853232273100011118404A01900644A16"]'
kill "$pid"
wait "$pid" 2>/dev/null
check 'all leave their last will, twice as well' soon 100 '/ {"gw":{"msg_id":70'
check '... and a strict reader takes all' understood

listen 'hy/gw/set/#'
simulate wrong hy -b "$url" -d "$gateway" --fault wrong-serial
transparent 6855271005830011111605902F01F4016E16
check 'fault wrong-serial: the frame of the answer has another number' told '["6855271005830011119603902F02F816"]'
kill "$pid"
wait "$pid" 2>/dev/null

run simulate hy -b "$url" -d 'a/b'
check '2: a name that is no level' all exits 2 -- silent -- tells 'level of its topics'
run simulate hy -b "$url" --meters 0
check '2: no valves' all exits 2 -- tells '1 to 200'
run simulate hy --connect localhost
check '2: an option of other devices' all exits 2 -- tells '--connect is of no use for hy'
plan
