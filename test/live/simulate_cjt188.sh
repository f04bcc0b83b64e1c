#!/usr/bin/env bash
# Simulated meters on a serial line: requests in hex out, answers back, at the speed of the line.
# Catches: an answer that a strict reader refuses, what is written and not read back, an answer in no time, one that
# can be read although two meters answered.
# shellcheck source=test/live/simulate.bash
. test/live/simulate.bash

# meters NAME ARGUMENT...: starts them. Sets pid and line.
meters() {
    simulate "$1" cjt188 --pty "${@:2}"
    line=$(grep -m 1 '^/dev/' "$work/$1.devices")
}

# ask FRAME...: the answers, in hex, are in $heard, a line each.
ask() {
    python3 test/live/meter_master.py "$line" "${baud-38400}" "$@" >"$heard" 2>"$work/master.err"
}

# build MESSAGE KEY=VALUE...: a frame in hex for the meter.
build() {
    "$ZJIOTCTL" encode cjt188 "$1" type="${type-10}" address="$address" "${@:2}"
}

# answered MESSAGES [EXPRESSION]: these answers, read strictly.
answered() {
    cut -d ' ' -f 1 "$heard" | "$ZJIOTCTL" decode -p cjt188 --strict -o jsonl >"$out" 2>"$err" &&
        holds "[r['message'] for r in records] == '$1'.split() and (${2-True})"
}

address=10732223000733 # 0023227310 of vendor 3307
meters one
device=$pid
check "it says of which vendor the meters are" grep -q "vendor 3307" "$work/one.devices"
ask "$(build read ser=5)"
check 'readings' answered read_reply \
    'records[0]["data"]["current_flow"]["unit"] == "m3" and records[0]["header"]["ser"] == 5'
ask fefe6810aaaaaaaaaaaaaa03030a810049"16"
check 'a frame with a wrong sum is passed over' grep -q nothing "$heard"
ask "$("$ZJIOTCTL" encode cjt188 read_address type=aa address=aaaaaaaaaaaaaa)"
check 'address, with wildcards' answered read_address_reply 'records[0]["header"]["address"] == "10732223000733"'
writes=('write_settlement_day settlement_day=15' 'write_reading_day reading_day=20'
    'write_prices price1=2.1 volume1=100 price2=3 volume2=200 price3=4.5 start_day=1' 'write_purchase sequence=2 amount=50'
    'write_clock clock=2030-01-02T03:04:05' 'write_valve valve=close' 'factory_enable'
    'write_motor_sync current_flow=12.34m3')
frames=() names=()
for write in "${writes[@]}"; do
    read -ra words <<<"$write"
    frames+=("$(build "${words[@]}")")
    names+=("${words[0]}_reply")
done
ask "${frames[@]}"
check 'every write is answered' answered "${names[*]}"
ask "$(build read_settlement_day)" "$(build read_prices)" "$(build read)" "$(build read_history di=d120)"
check 'and read back' answered 'read_settlement_day_reply read_prices_reply read_reply read_history_reply' \
    'records[0]["data"]["settlement_day"] == 15 and records[1]["data"]["price3"]["value"] == 4.5'
check '... clock, base reading' holds \
    'records[2]["data"]["clock"][:16] == "2030-01-02T03:04" and 12.34 <= records[2]["data"]["current_flow"]["value"] < 12.4'
ask 68101073222300073301039999"00$(printf %02x $(((0x68 + 0x10 + 0x10 + 0x73 + 0x22 + 0x23 + 0x07 + 0x33 + 0x01 + 0x03 + 0x99 + 0x99) & 255)))16"
check 'what it does not have is an abnormal answer' answered read_error
whole=$(build read)
ask "${whole:0:10}/${whole:10:8}/${whole:18}"
check 'a request in pieces' answered read_reply
ask "${whole:0:20}" "$whole"
check 'half a request is forgotten' all grep -q nothing "$heard" -- grep -q 68101073222300073381 "$heard"
baud=600
ask "$whole" "+$whole"
check 'who talks while a meter answers is not heard' [ "$(grep -o 68101073222300073381 "$heard" | wc -l)" -eq 1 ]
baud=2400
ask "$whole"
hundredths=$(cut -d ' ' -f 2 "$heard" | tr -d .)
check 'at 2400 baud it takes its time' [ "$((10#$hundredths))" -ge 15 ]
baud=38400
ask "$(build write_address new_address=11111111110733)"
check 'a new address' answered write_address_reply 'records[0]["header"]["address"] == "11111111110733"'
ask "$whole"
check '... and the old one is nobody' grep -q nothing "$heard"
kill -INT "$device"
wait "$device"
code=$?
check '130: SIGINT' exits 130

type=20
meters heat --type 20 -d 23227310
ask "$(build read)"
check 'a heat meter' answered read_reply 'records[0]["variant"] == "heat"'
kill "$pid"
type=53 address=23227310001111
meters hy --type 53 -d 23227310
ask 6853232273100011110404A01900329816
check 'an HY valve' grep -q 6853232273100011118404a01900321816 "$heard"
kill "$pid"

type=10 address=10732223000733
meters three -n 3 --vendor 3307
ask "$(build read)"
check 'of several meters one answers' answered read_reply
address=12732223000733
ask "$(build read)"
check '... the one that is meant' answered read_reply 'records[0]["header"]["meter"] == "0023227312"'
address=aaaaaaaaaaaaaa
ask "$(build read)"
check 'all at once cannot be understood' all not answered read_reply -- grep -q 'several meters' "$work/three.devices"
kill "$pid"

address=10732223000733
meters twice --fault duplicate,wrong-serial
ask "$(build read_reading_day ser=7)"
cut -d ' ' -f 1 "$heard" | "$ZJIOTCTL" decode -p cjt188 --strict -o jsonl >"$out" 2>"$err"
check 'faults: twice, with another number' holds '[r["header"]["ser"] for r in records] == [8, 8]'
kill "$pid"

run simulate cjt188 --type 99
check '2: no such type' all exits 2 -- tells '10 to 4f'
run simulate cjt188 -d 12345678901
check '2: too many digits' all exits 2 -- tells 'up to 10 digits'
run simulate cjt188 --type 55 -d 1
check '2: HY numbers have 8 digits' all exits 2 -- tells 'has 8 digits'
run simulate cjt188 --vendor ab
check '2: a vendor of letters' all exits 2 -- tells 'no vendor of meters'
plan
