#!/usr/bin/env bash
# Every exit code of decode, explain, identify, encode and describe, and what stdout holds then.
# Catches: a failure that exits 0, a usage error on stdout, a bad input that stops the good ones behind it.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

run decode "$lamp"
check '0: decoded' exits 0
run decode -o jsonl "$lamp_placeholder"
check '0: a deviation is tolerated' all exits 0 -- holds 'records[0]["ok"]'
run help exit-codes
check '0: the table of exit codes' all exits 0 -- prints '  3  ' -- prints '130  SIGINT' -- prints '143  SIGTERM'

if [ -w /dev/full ]; then
    "$ZJIOTCTL" decode "$lamp" >/dev/full 2>"$err"
    code=$?
    check '1: the output cannot be written' all exits 1 -- tells 'cannot write'
else
    skip '1: the output cannot be written' 'no /dev/full'
fi

# usage TEXT PATTERN ARGUMENT...: exit 2, told on stderr, nothing on stdout.
usage() {
    misuse "2: $1" "$2" run "${@:3}"
}

usage 'no command' 'which command'
usage 'an unknown command' "did you mean 'decode'?" deocde "$lamp"
usage 'an unknown option' "did you mean '--strict'?" decode --stirct "$lamp"
usage 'an unknown short option' "'-x'" decode -x "$lamp"
usage 'an option of another command' 'no option of this command' decode --data '{}'
usage 'an ambiguous option' 'ambiguous: --file, --from, --force' decode --f=sentinel "$lamp"
check 'what came with it may be a secret' not tells sentinel
usage 'a missing argument' 'needs its PROTO' decode --protocol
usage 'an argument too many' 'takes no argument' decode --strict=yes "$lamp"
usage 'an option given twice' 'twice' decode -o json -o csv "$lamp"
usage 'an unknown format' "did you mean 'jsonl'?" decode -o josnl "$lamp"
usage 'an unknown protocol' "did you mean 'cjt188'?" decode -p cjt18 "$lamp"
usage 'an unknown layout' "did you mean 'unit-first'?" decode --layout unitfirst "$valve"
usage 'an unknown checksum policy' "did you mean 'strict'?" decode --crc strct "$lamp"
usage 'a schema of what is no JSON' 'no JSON' describe -o json-schema nb
usage 'an unknown format' 'text, json, markdown' describe -o yaml nb
usage 'an unknown shell' "did you mean 'bash'?" completion bahs
usage 'help on an unknown command' "did you mean 'explain'?" help explian
usage 'describe of an unknown protocol' "did you mean 'nb'?" describe nbb
usage 'describe of an unknown message' "did you mean 'status'?" describe nb statsu
usage 'a file that is not there' 'No such file' decode "@$work/none"
usage 'a folder' 'directory' decode -f "$work"
usage 'an empty input' 'empty' decode ''
usage 'no hex' 'column 3' decode ffgg
usage 'a command with no message' 'PROTO and MESSAGE' encode nb

run decode -o jsonl 00112233
check '3: bytes of no protocol' all exits 3 -- holds 'not records[0]["ok"]' -- tells 'no protocol fits'
run decode -o jsonl "$valve_bad_sum" "$lamp"
check '3: an undecodable input, and the next one still decoded' \
    all exits 3 -- holds '[r["ok"] for r in records] == [False, True]' -- tells 'input 1: byte 15'
run explain "$valve_bad_sum"
check '3: explain of an undecodable frame shows its bytes' all exits 3 -- prints '68 53 23 22' -- tells 'byte 15 (cs)'
run identify 00112233
check '3: identify, when nothing fits' all exits 3 -- prints 'nb ' -- prints 'cjt188 '
run decode -o jsonl '{"hello":{"msg_id":1},"data":{}}'
check '3: JSON of no known protocol' all exits 3 -- holds 'records[0]["error"]["code"] == "UNKNOWN"' -- tells 'no known protocol'
run decode "$valve_bad_sum"
check '3: as text, nothing that was not decoded' all exits 3 -- silent

run decode --strict -o jsonl "$lamp_placeholder"
check '4: a deviation under --strict' all exits 4 -- holds 'records[0]["error"]["code"] == "CRC_PLACEHOLDER"'
run decode --strict -o jsonl "$lamp_placeholder" "$valve_bad_sum"
check '3 before 4' exits 3
run decode --strict -o jsonl "$lamp_placeholder" "$valve_bad_sum" ffgg "$lamp"
check '2 before 3 before 4, and every readable input decoded' all exits 2 -- holds 'len(records) == 3'

# ends_by SIGNAL CODE: while it waits for input, with a record printed.
ends_by() {
    mkfifo "$work/in.$1"
    env "--default-signal=$1" "$ZJIOTCTL" decode -o jsonl <"$work/in.$1" >"$out" 2>"$err" &
    local child=$!
    exec 9>"$work/in.$1"
    echo "$lamp" >&9
    for _ in $(seq 100); do
        [ -s "$out" ] && break
        sleep 0.05
    done
    kill "-$1" "$child"
    wait "$child"
    code=$?
    exec 9>&-
    check "$2: SIG$1 while waiting; what was decoded is out" all exits "$2" -- lines 1
}
ends_by INT 130
ends_by TERM 143
plan
