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
    misuse "$1" "$2" run encode "${@:3}"
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
gives 'a topic' "00000003000000030356566078095460$lamp" -t "$topic_down" nb set_lamp uid=3 pid=3 nbid=356566078095460 \
    extra=1 switch=1 brightness=100
refuses 'a topic of full frames' 'uid is missing' -t "$topic_down" nb set_lamp extra=1 switch=1 brightness=100
gives 'an inner frame is for no topic' "$lamp" -o line nb set_lamp extra=1 switch=1 brightness=100
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

# Variants: what they mean is told apart by the meter type. Whoever takes another moves a valve as nobody asked for.
gives 'the variant of the type' 6855271005830011111605902f01f4016e16 cjt188 set_opening type=55 meter=27100583 opening=50
gives 'the variant of the other type' 6853271005830011110404a01900328f16 cjt188 set_opening type=53 meter=27100583 opening=50
gives 'the variant of the type in --data' 6855271005830011111605902f01ff007816 --data \
    '{"protocol":"cjt188","message":"set_opening","header":{"type":"55","meter":"27100583"},"data":{"opening":25.5}}'
gives 'the type of the variant' 6855271005830011111605902f01f4016e16 cjt188 set_opening/type55 meter=27100583 opening=50
gives 'SER as it is given' 6855271005830011111605902f00f4016d16 cjt188 set_opening/type55 meter=27100583 opening=50 ser=0
refuses 'no type, several variants' 'type is missing: it says which set_opening it is, type53 or type55' \
    cjt188 set_opening meter=27100583 opening=50
refuses 'a type without a variant' 'type: no set_opening is for meter type 10' cjt188 set_opening type=10 meter=27100583 opening=50
refuses 'a type of another variant' 'type: set_opening/type53 is for meter type 53, not 55' \
    cjt188 set_opening/type53 type=55 meter=27100583 opening=50
refuses 'another vendor' "address: set_opening/type55 is for HY's devices" \
    cjt188 set_opening/type55 meter=27100583 vendor=1234 opening=50
water=(meter=1 vendor=1 current_flow='1.25 m3' settlement_flow='1 m3' clock=2024-05-26T19:08:00 status.valve=open
    status.battery_low=0 status.reserved=0 status.vendor_bits=0 status.vendor_byte=00)
gives 'a reading by its name alone' 6810010000000001008116901f00250100002c000100002c000819260524200000cf16 \
    cjt188 read_reply type=10 "${water[@]}"
refuses 'a reading of another type' 'type: read_reply/water is for meter type 10 to 19, 30 to 49, not 20' \
    cjt188 read_reply/water type=20 "${water[@]}"
refuses 'a layout of another variant' 'read_reply/heat_2018' --layout 2018 cjt188 read_reply/heat type=20 --data "$heat" meter=1 vendor=1
run encode -o json --layout 2018 cjt188 read_reply type=20 meter=1 vendor=1 --data "$heat"
check 'the variant of the layout' all exits 0 -- holds 'records[0]["variant"] == "heat_2018" and not records[0]["deviations"]'
gives 'a function without a table by its name' 6810010000000001000404a0ff00002116 cjt188 write type=10 meter=1 vendor=1 bytes=00 di=a0ff
refuses 'a function by its name and another code' "make it a message 'unknown', not 'write'" \
    cjt188 write type=10 meter=1 vendor=1 bytes=00 di=a0ff control=05
refuses 'a function of the other direction' "no message 'write' from the device" --up cjt188 write type=10 meter=1 vendor=1

# Records go back as they were printed.
"$ZJIOTCTL" decode -o json "$lamp" >"$work/lamp.json"
"$ZJIOTCTL" decode -o jsonl "$lamp_placeholder" >"$work/placeholder.json"
gives 'a record' "$lamp" nb set_lamp --data "@$work/lamp.json"
check 'a record whose checksum is right: no note' [ ! -s "$err" ]
gives 'a record alone' "$lamp" --data "@$work/lamp.json"
gives 'a record and a change' fffefdfc1100010101322c7a --data "@$work/lamp.json" brightness=50
check 'the checksum of the record is not that of the change' tells 'note: crc is ac44 in --data; written is 2c7a'
gives 'a record with the placeholder' "$lamp" --data "@$work/placeholder.json"
check 'what is computed is told' all tells 'note: crc is ffff in --data; written is ac44' -- \
    tells 'note: crc_ok is false in --data; written is true'
"$ZJIOTCTL" explain -o json "$lamp" >"$work/explained.json"
gives 'an explanation' "$lamp" --data "@$work/explained.json"
refuses 'a record of another protocol' "protocol 'nb', not 'cjt188'" cjt188 read --data "@$work/lamp.json"
refuses 'a record of another message' "message 'set_lamp', not 'set_auto'" nb set_auto --data "@$work/lamp.json"
sed 's/"down"/"up"/' "$work/lamp.json" >"$work/turned.json"
refuses 'a record of the other direction' "direction 'up', not 'down'" --data "@$work/turned.json"
"$ZJIOTCTL" decode -o json "$valve_bad_sum" >"$work/refused.json" 2>"$err"
refuses 'a record of what was not decoded' 'not decoded' --data "@$work/refused.json"
set_key=$("$ZJIOTCTL" encode cjt188 write_key type=20 address=44332211003378 key_version=1 key=0102030405060708)
"$ZJIOTCTL" decode -o json "$set_key" >"$work/masked.json"
refuses 'a record whose secret is masked' '--show-secrets' --data "@$work/masked.json"
own=684811223344556677210390b105f616
"$ZJIOTCTL" decode -o json "$own" >"$work/own.json"
gives "a record of a vendor's function" "$own" --data "@$work/own.json"
gives "a vendor's function by its name" "$own" cjt188 vendor type=48 address=11223344556677 control=21 di=90b1 ser=5 bytes=
refuses 'a control code that is no vendor'"'"'s' "make it a message 'read', not 'vendor'" \
    cjt188 vendor type=48 address=11223344556677 control=01 di=90b1 ser=5 bytes=
big=$("$ZJIOTCTL" encode --layout big-endian cjt188 read_reply/water type=10 meter=1 vendor=1 current_flow='1 m3' \
    settlement_flow='1 m3' clock=2024-05-26T19:08:00 status.valve=open status.battery_low=0 status.reserved=0 \
    status.vendor_bits=0 status.vendor_byte=00)
"$ZJIOTCTL" decode -o json "$big" >"$work/big.json"
gives 'a record in the layout that it was read with' "$big" --data "@$work/big.json"

# Spellings
gives 'a unit with a superscript' 6810443322110033781608a01601250100002cf416 cjt188 write_motor_sync type=10 address=44332211003378 ser=1 current_flow='1.25 m³'
run encode -o json --layout 2004 cjt188 write_motor_sync type=10 address=44332211003378 current_flow='1234567 m3'
check 'a unit of 2018, where nothing else holds it' all exits 0 -- \
    tells 'note: current_flow is in a unit of the edition of 2018, 0x2d (10^1 m3)' -- \
    holds 'records[0]["data"]["current_flow"] == {"value": 1234567, "unit": "m3"}'
run encode --layout 2018 cjt188 write_motor_sync type=10 address=44332211003378 current_flow='1234567 m3'
check 'a unit of 2018, where that is asked for' all exits 0 -- [ ! -s "$err" ]
gives 'a number with its unit' "$lamp" nb set_lamp extra=1 switch=1 brightness='100 %'
refuses 'a number with another unit' '"100 V" is not' nb set_lamp extra=1 switch=1 brightness='100 V'
refuses 'a key given twice' 'brightness is given twice: brightness=... and brightness=...' nb set_lamp switch=1 brightness=1 brightness=2
refuses 'a key given twice by other paths' 'given twice' nb set_lamp extra=1 header.extra=2 switch=1 brightness=1
refuses 'an IMEI that is too short' 'nbid: an IMEI has 15 digits, here are 1' nb set_auto uid=3 pid=3 nbid=1
refuses 'another uid than the topic'"'"'s' 'topic.uid: the topic says 3, the message 4' \
    -t "$topic_up" nb ack state=1 nbid=356566078095460 uid=4

refuses 'a missing member of unknown meaning' 'unknown.0 is missing (5 bytes)' cjt188 read_reply/type53 meter=12345678
refuses 'a DI outside its range' 'di: read_history serves d120 to d12b' cjt188 read_history type=10 meter=1 vendor=1 di=d12c
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

# What is wrong with a password is said without it.
upgrade=(zhenjiang ftpUpgrade -d 010000002934857620)
mute() {
    run encode "${upgrade[@]}" "$@"
    check "no password in what is said of $*" all exits 2 -- silent -- not tells sentinel
}
mute --data '{"ftp_pwd":"sentinel'
mute --data '{"ftp_pwd":"sentinel"}' ftp_pwd=sentinel
mute --data '{"ftp_pwd":["sentinel"]}'
mute ftp_pwd=sentinel ftp_pwd=sentinel
mute ftp_pwd:sentinel
plan
