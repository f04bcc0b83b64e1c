#!/usr/bin/env bash
# Hex that cannot be read: column, caret and proposals. Catches: a caret under the wrong letter, a proposal that is
# applied, missing or doubled, proposals where there can be none.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# caret_at COLUMN: the caret stands under that column of the text above it.
caret_at() {
    awk -v column="$1" '/\^/ { exit index($0, "^") == column + 2 ? 0 : 1 }' "$err"
}

run decode fffezz
check 'a stray letter: column and caret' all exits 2 -- silent -- tells "column 5: 'z'" -- caret_at 5
run decode 'ff  fe g1'
check 'in groups' all tells 'column 8' -- caret_at 8
run decode fffefdf
check 'an odd digit count' all exits 2 -- silent -- tells 'column 8: an odd number of hex digits (7)' -- caret_at 8
run decode '"fff'
check 'an odd digit count in quotes' all tells 'column 5' -- caret_at 5
run decode '水ffzz'
check 'columns are letters, not bytes' all exits 2 -- tells 'column 1'
run decode 'ff水'
check 'a letter that is no ASCII' all exits 2 -- tells 'column 3' -- caret_at 3
run decode "$(printf 'ff%.0s' {1..100})x$(printf 'ff%.0s' {1..100})"
check 'a long input is shown around the column' all tells 'column 201' -- tells '...f' -- tells 'f...'
run decode --from base64 '//79!BEA'
check 'base64' all exits 2 -- silent -- tells 'column 5' -- caret_at 5

run decode "$damaged"
check 'proposals, the known device first, none applied' all exits 2 -- silent -- tells '3 fit, none was taken' -- \
    [ "$(grep -c '(digit' "$err")" -eq 3 ] -- \
    grep -qx '  FEFEFE6855271005830011111605902F0100007916  .*HY device)' <(grep -m 1 '(digit' "$err")
check 'all proposals of the vectors and no others' \
    python3 test/cli/vectors.py repair test/vectors/hex/repair.jsonl "$ZJIOTCTL"
run decode "${valve/a0/ao}"
check 'a letter in place of a digit' all exits 2 -- tells "'o'" -- tells "  $valve  " -- silent
run decode "${valve/00/0}"
check 'proposals spell the digits as they came' tells "  $valve  "
run decode -p nb "$damaged"
check 'no proposals for another protocol' all exits 2 -- not tells '(digit'
run decode "${lamp/0101/101}"
check 'NB: length, function and CRC agree' all exits 2 -- silent -- tells "  $lamp  (digit" -- tells "nb, the document's example lamp)"
run decode -p cjt188 "${lamp/0101/101}"
check 'no NB frame for another protocol' not tells '(digit'
run decode "${lamp_placeholder/64/6}"
check 'NB with a placeholder: what is in its ranges, and that nothing confirms it' \
    all silent -- tells '12 fit, none was taken (a placeholder' -- tells "  $lamp_placeholder  (digit"
other=00000007${lamp_placeholder:8}
run decode "${other/64/6}"
check 'none with a placeholder for any device' all exits 2 -- not tells '(digit'

# carried TEXT...: a message that carries these frames.
carried() {
    printf '{"gw":{"msg_id":20,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"meter_id":"23227310200800","meter_data":["%s"' "$1"
    [ $# -eq 1 ] || printf ',"%s"' "${@:2}"
    printf ']}}'
}
run decode -o jsonl "$(carried "$valve" "${valve/00/0}")"
check 'a damaged frame within a message: proposals, none applied' \
    all exits 3 -- tells 'frames[1]: column 34: an odd number of hex digits (33)' -- tells "  $valve  (digit" -- \
    holds "records[0]['ok'] and records[0]['frames'][1]['raw'] == '${valve/00/0}' and records[0]['data']['meter_data'][1] is None"
check 'all proposals for the damaged frames of document 004, within a message' \
    python3 test/cli/vectors.py carried test/vectors/hex/repair.jsonl "$ZJIOTCTL"
key=681078563412000733040ca01405020123456789abcdef516
run decode "$(carried $key)"
check 'none of a key' all exits 3 -- not tells '(digit' -- not tells 0123456789abcdef
run decode --show-secrets "$(carried $key)"
check 'but for --show-secrets' tells '681078563412000733040ca01405020123456789abcdef5116  (digit'
run decode fffefdf
check 'no proposals where nothing fits' not tells '(digit'
run explain "$damaged"
check 'explain tells the same' all exits 2 -- silent -- tells '3 fit'
plan
