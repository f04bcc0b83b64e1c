#!/usr/bin/env bash
# --strict, --force, --crc, --edition, --layout. Catches: an option that has no effect or reaches the wrong protocol.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

run decode --strict -o jsonl "$lamp" "$valve"
check '--strict: frames without a deviation stay ok' all exits 0 -- holds 'all(r["ok"] for r in records)'
run decode --strict -o jsonl "$lamp_placeholder"
check '--strict: the deviation is the error' all exits 4 -- \
    holds 'records[0]["error"]["offset"] == 10 and records[0]["error"]["path"] == "crc"' -- tells 'byte 10 (crc)'
run explain --strict "$lamp_placeholder"
check '--strict: explain exits 4 and still explains' all exits 4 -- prints brightness

run decode --force -o jsonl "$valve_bad_sum"
check '--force: decoded, but not ok, and marked' all exits 3 -- \
    holds 'records[0]["forced"] is True and records[0]["ok"] is False and records[0]["header"]["cs_ok"] is False'
check '--force: the record says why' holds 'records[0]["error"]["code"] == "CHECKSUM"'
run decode --force -o jsonl "$valve"
check '--force: a good frame is not marked' all exits 0 -- holds '"forced" not in records[0] and records[0]["ok"]'
run decode --force "$valve_bad_sum"
check '--force: marked in the text' all exits 3 -- prints 'WRONG CHECKSUM'
run explain --force "$valve_bad_sum"
check '--force: explained' all exits 3 -- prints opening
run decode --force --strict -o jsonl "$valve_bad_sum"
check '--force with --strict stays undecodable' exits 3

wrong=fffefdfc1100010101641234
run decode -p nb -o jsonl "$wrong"
check '--crc accept: a wrong checksum is an error' exits 3
run decode -p nb --crc off -o jsonl "$wrong"
check '--crc off: it is not looked at' all exits 0 -- holds 'records[0]["ok"]'
run decode -p nb --crc strict -o jsonl "$lamp_placeholder"
check '--crc strict: the placeholder is an error' exits 3

status=fffefdfc05000101000000010000000100000001000000010000000100000000010000
run decode -o jsonl "${status}00ffff"
check '--edition: 1 is online' holds 'records[0]["data"]["online"] == 1'
run decode --edition 2019 -o jsonl "${status}00ffff"
check '--edition 2019: 1 is a fault' holds 'records[0]["data"]["online"] == 0'

meter=6810785634120007338116901f00785634122c785634122c000008180724200000
frame=$(python3 -c 'import sys; b = bytes.fromhex(sys.argv[1]); print(b.hex() + "%02x16" % (sum(b) % 256))' "$meter")
run decode -o jsonl "$frame"
check '--layout: the standard one by itself' holds 'records[0]["profile"] == "2004"'
run decode --layout raw -o jsonl "$frame"
check '--layout raw: the bytes as they are' holds 'records[0]["profile"] == "raw" and "bytes" in records[0]["data"]'
for layout in auto 2004 2018 unit-first big-endian hy raw; do
    run decode --layout "$layout" -o jsonl "$valve"
    check "--layout $layout is known" not exits 2
done
plan
