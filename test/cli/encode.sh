#!/usr/bin/env bash
# encode, and back. Catches: a value in the wrong place, a number that JSON bent, an error that does not say which member.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# gives TEXT HEX ARGUMENT...
gives() {
    local text=$1 hex=$2
    shift 2
    run encode "$@"
    check "$text" all exits 0 -- [ "$(cat "$out")" = "$hex" ]
}

# refuses TEXT PATTERN ARGUMENT...
refuses() {
    local text=$1 pattern=$2
    shift 2
    run encode "$@"
    check "$text" all exits 2 -- silent -- tells "$pattern"
}

periods='{"period":[{"on":1050,"off":1140,"brightness":70},{"on":1140,"off":0,"brightness":100},{"on":0,"off":90,"brightness":70},{"on":270,"off":330,"brightness":50}]}'
timetable=fffefdfc10000104041a04744604740000640000005a46010e014a324512

gives 'NB' "$lamp" nb set_lamp extra=1 switch=1 brightness=100
gives 'a name for a number' "$lamp" nb set_lamp extra=1 switch=on brightness=100
gives 'a whole number as JSON writes reals' "$lamp" nb set_lamp extra=1 --data '{"switch":1.0,"brightness":100.0}'
gives 'the placeholder' "$lamp_placeholder" --placeholder-crc nb set_lamp extra=1 switch=1 brightness=100
gives 'header members' 00000003000000030356566078095460000000011100070101643349 nb set_lamp sn=00000001 extra=7 uid=3 pid=3 \
    nbid=356566078095460 switch=1 brightness=100
gives '--data with a list' "$timetable" nb set_periods extra=1 --data "$periods"
echo "$periods" >"$work/periods.json"
gives '--data @FILE' "$timetable" nb set_periods extra=1 --data "@$work/periods.json"
"$ZJIOTCTL" encode nb set_periods extra=1 --data @- <"$work/periods.json" >"$out" 2>"$err"
code=$?
check '--data @-' all exits 0 -- [ "$(cat "$out")" = "$timetable" ]
gives 'paths with an index' "$timetable" nb set_periods extra=1 \
    'period[0].on=1050' 'period[0].off=1140' 'period[0].brightness=70' 'period[1].on=1140' 'period[1].off=0' \
    'period[1].brightness=100' 'period[2].on=0' 'period[2].off=90' 'period[2].brightness=70' 'period[3].on=270' \
    'period[3].off=330' 'period[3].brightness=50'
gives 'KEY=VALUE overrides --data' "$lamp" nb set_lamp --data '{"extra":1,"switch":true,"brightness":50}' brightness=100
gives 'CJ/T 188' 6810443322110033780404a01700992516 cjt188 write_valve type=10 address=44332211003378 valve=close
gives 'the address by its printed digits' 6810443322110033780103901f008016 cjt188 read type=10 meter=0011223344 vendor=7833
gives 'a topic' "$lamp" -t "$topic_down" nb set_lamp extra=1 switch=1 brightness=100
gives 'base64' '//79/BEAAQEBZKxE' -o base64 nb set_lamp extra=1 switch=1 brightness=100
"$ZJIOTCTL" encode -o raw nb set_lamp extra=1 switch=1 brightness=100 >"$out" 2>"$err"
check 'raw' [ "$(od -An -tx1 "$out" | tr -d ' \n')" = "$lamp" ]
run encode -o json nb set_lamp extra=1 switch=1 brightness=100
check 'json is the record of the frame' all exits 0 -- holds "records[0]['raw'] == '$lamp' and records[0]['ok']"

status='{"online":1,"running":1,"brightness":70,"duration":125,"frequency":50.1,"voltage":230.45,"current":0.352,"active_power":80.1,"reactive_power":1.1,"apparent_power":80.2,"power_factor":0.998,"active_energy":12.34,"reactive_energy":0.07,"apparent_energy":12.35,"temperature":21.37}'
run encode nb status extra=9 --data "$status"
run decode -o json "$(cat "$out")"
check 'decimals of --data come back exactly' all exits 0 -- \
    holds "records[0]['data'] == json.loads('''$status''') and not records[0]['deviations']"

heat='{"settlement_heat":"12.5 kWh","current_heat":{"value":13.75,"unit":"kWh"},"heat_power":"1.25 kW","flow_rate":"0.3141 m3/h","cumulative_flow":"99.9 m3","supply_temperature":45.12,"return_temperature":30.5,"work_hours":1234,"clock":"2024-05-26T19:08:00","status":{"valve":"closed","battery_low":true,"reserved":0,"vendor_bits":0,"vendor_byte":"00"}}'
run encode -o json cjt188 read_reply/heat type=20 meter=11223344 vendor=1111 --data "$heat"
check 'quantities, a clock and bits' all exits 0 -- \
    holds 'records[0]["data"]["flow_rate"] == {"value": 0.3141, "unit": "m3/h"} and records[0]["data"]["clock"] == "2024-05-26T19:08:00" and records[0]["data"]["status"]["battery_low"] is True'

refuses 'an unknown key' "did you mean 'brightness'?" nb set_lamp switch=1 brightnes=70
refuses 'an unknown message' "did you mean 'set_lamp'?" nb set_lmap
refuses 'an unknown protocol' "did you mean 'cjt188'?" cjt189 read
refuses 'a missing member, with its range and meaning' 'brightness is missing (0..100 %) - Dimming level' nb set_lamp switch=1
refuses 'a value out of range' 'brightness: 140' nb set_lamp switch=1 brightness=140
refuses 'a value that is none' 'brightness: "bright"' nb set_lamp switch=1 brightness=bright
refuses 'no KEY=VALUE' 'is not KEY=VALUE' nb set_lamp switch
refuses 'null' 'switch is null' nb set_lamp --data '{"switch":null}'
refuses 'JSON that is none' '--data: line 1' nb set_lamp --data '{"switch":'
refuses 'JSON that is no object' 'an object' nb set_lamp --data '[1]'
refuses 'a key given twice in JSON' 'duplicate' nb set_lamp --data '{"switch":1,"switch":0}'
refuses 'a list that is too long' 'period[4]' nb set_periods --data '{"period":[{},{},{},{},{"on":1}]}'
refuses 'a file that is not there' 'No such file' nb set_lamp --data "@$work/none"
refuses 'a topic of the other direction' 'goes the other way' -t "$topic_up" nb set_lamp
plan
