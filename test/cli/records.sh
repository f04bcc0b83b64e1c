#!/usr/bin/env bash
# Every vector through the tool: one record a frame, with the values that the vector's source states.
# Catches: a record that is lost, doubled or belongs to another line; values that get lost between library and stdout.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# vectors TEXT PROTOCOL EXPECT
vectors() {
    decode_vectors "$2" "$3"
    check "$1: records" python3 test/cli/vectors.py records "$3" "$out"
}

# refused TEXT PROTOCOL INVALID
refused() {
    decode_vectors "$2" "$3"
    check "$1: refused for the stated reason" python3 test/cli/vectors.py refused "$3" "$out"
    check "$1: exit 2, for some are no hex" all exits 2 -- tells ': column '
}

vectors 'NB, observed' nb test/vectors/nb/expect.jsonl
vectors 'NB, constructed' nb test/vectors/nb/constructed.jsonl
vectors 'CJ/T 188, observed' cjt188 test/vectors/cjt188/expect.jsonl
vectors 'CJ/T 188, constructed' cjt188 test/vectors/cjt188/constructed.jsonl
vectors 'HY' cjt188 test/vectors/hy/expect.jsonl
refused 'NB, invalid' nb test/vectors/invalid/nb.jsonl
refused 'CJ/T 188, invalid' cjt188 test/vectors/invalid/cjt188.jsonl

# The record of the contract.
run decode -o json "$lamp_placeholder"
check 'a record has the members of the contract' \
    holds '[list(r) for r in records] == [["protocol", "message", "direction", "ok", "header", "data", "deviations", "raw"]]'
run decode -o json "$lamp" "$valve"
check '-o json is pretty' all exits 0 -- not lines 2 -- holds 'len(records) == 2'
run decode -o jsonl "$lamp" "$valve"
check '-o jsonl is one record a line' all exits 0 -- lines 2
check 'the protocol is found without -p' holds '[r["protocol"] for r in records] == ["nb", "cjt188"]'
run decode -o jsonl "$valve_bad_sum"
check 'a wrong checksum gives the raw bytes, the error and no values' all exits 3 -- \
    holds 'set(records[0]) == {"protocol", "ok", "error", "raw"} and set(records[0]["error"]) == {"code", "offset", "path", "text"}'
check 'its error reads as the contract has it' \
    tells 'zjiotctl: decode: byte 15 (cs): checksum is 0x4a, the frame says 0x4b'
run decode -p nb -o jsonl "$valve"
check '-p wins over what fits better' all exits 3 -- holds 'records[0]["protocol"] == "nb" and not records[0]["ok"]'

key=$("$ZJIOTCTL" encode cjt188 write_key type=20 address=44332211003378 key_version=1 key=0102030405060708)
for format in text json csv; do
    run decode -o "$format" "$key"
    check "-o $format masks a secret" all exits 0 -- prints '***' -- not prints 0102030405060708
done
run explain "$key"
check 'explain masks a secret' all exits 0 -- prints '** **' -- not prints '03 04 05'
run decode -o json --show-secrets "$key"
check '--show-secrets shows it' prints 0102030405060708

run decode -o csv "$lamp_placeholder" "$valve_bad_sum"
tr -d '\r' <"$out" >"$work/csv"
check '-o csv: one header row' [ "$(grep -c '^record,input,protocol,message,variant,direction,ok,path,value,unit,quality,deviation$' "$work/csv")" -eq 1 ]
check '-o csv: a row a value' grep -qx '1,1,nb,set_lamp,,down,true,brightness,100,%,,' "$work/csv"
check '-o csv: a deviation stands beside its value' grep -qx '1,1,nb,set_lamp,,down,true,crc,ffff,,,CRC_PLACEHOLDER' "$work/csv"
check '-o csv: a text with a comma is quoted' grep -qx '2,2,cjt188,,,,false,error.text,".*, .*",,,' "$work/csv"
run decode -o csv "$("$ZJIOTCTL" encode cjt188 raw type=10 address=78563412000733 control=81 di=901f ser=0 \
    bytes=785634122c785634122cffffffffffffff0000)"
check '-o csv: quality and deviation are two columns' grep -q '^1,1,cjt188,read_reply,water,up,true,clock,,,invalid,TYPE' "$out"
run decode -o csv '{"cmd":"pong"}' '{"cmd":"info"}{"cmd":"ping","IMEI":"865501040783269"}'
check '-o csv: a message without members has a row' \
    [ "$(tr -d '\r' <"$out" | tail -n +2)" = $'1,1,m4g,pong,,down,true,,,,,\n2,2,m4g,info,,down,true,,,,,\n3,2,m4g,ping,,up,true,data.IMEI,865501040783269,,,' ]
run decode -o csv "$lamp$valve" zz "$valve_bad_sum"
cut -d, -f1,2 "$out" | tail -n +2 | uniq | tr '\n' ' ' >"$work/numbers"
check '-o csv: records and inputs are counted each for itself' grep -qx '1,1 2,1 3,3 ' "$work/numbers"
run decode "$lamp"
check '-o text shows path, value, unit and the name of a choice' \
    all prints 'nb set_lamp, down' -- prints 'brightness  100' -- prints '(on)'
plan
