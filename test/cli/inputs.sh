#!/usr/bin/env bash
# The forms of an input. Catches: a spelling that is not read, a form that is mistaken for another, a topic that is lost.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

raw_is='[r["raw"] for r in records]'

# reads TEXT ARGUMENT...: the lamp's frame, and nothing else.
reads() {
    local text=$1
    shift
    run decode -o jsonl "$@"
    check "$text" all exits 0 -- holds "$raw_is == ['$lamp'] and records[0]['ok']"
}

reads 'digits' "$lamp"
reads 'capitals' FFFEFDFC110001010164AC44
reads 'blanks' 'ff fe fd fc 11 00 01 01 01 64 ac 44'
reads 'colons' ff:fe:fd:fc:11:00:01:01:01:64:ac:44
reads 'hyphens' FF-FE-FD-FC-11-00-01-01-01-64-AC-44
reads '0x and commas' 0xff,0xfe,0xfd,0xfc,0x11,0x00,0x01,0x01,0x01,0x64,0xac,0x44
reads 'the document'"'"'s bars' 'ff fe fd fc | 11 | 00 01 | 01 01 64 | ac 44'
reads 'a C array over two lines' $'{ 0xFF, 0xFE, 0xFD, 0xFC, 0x11, 0x0,\n  0x1, 0x1, 0x1, 0x64, 0xAC, 0x44 }'
reads 'a C array in its declaration' 'const uint8_t lamp_on[12] = {0xff,0xfe,0xfd,0xfc,0x11,0x00,0x01,0x01,0x01,0x64,0xac,0x44};'
reads 'a compound literal' '(uint8_t[]){0xff,0xfe,0xfd,0xfc,0x11,0x00,0x01,0x01,0x01,0x64,0xac,0x44}'
reads 'blanks around it' "  $lamp	"
reads 'one word a byte, without quotes' ff fe fd fc 11 00 01 01 01 64 ac 44
reads 'base64' --from base64 '//79/BEAAQEBZKxE'
reads 'topic and hex' "$topic_down $lamp"
reads 'topic of a document line' "len:44,Data:$topic_up $lamp"
# The header of a platform's JSON says who sent the frame: it becomes the envelope, so that nothing is lost.
platform="{\"header\":{\"vid\":0,\"uid\":3,\"pid\":3,\"nb\":\"356566078095460\",\"sid\":\"fffefdfc\",\"fn\":17,\"extra\":1},\"payload\":\"$lamp\"}"
for options in '' '-p nb'; do
    # shellcheck disable=SC2086 # words
    run decode -o jsonl $options "$platform"
    check "JSON of a platform $options" all exits 0 -- holds "json.loads(records[0]['raw'])['payload'] == '$lamp' and records[0]['ok']" -- \
        holds "records[0]['header']['nbid'] == '356566078095460' and records[0]['header']['uid'] == 3"
done

# Source code: arrays over several lines, and comments.
cat >"$work/frames.c" <<'SOURCE'
/* What a lamp got:
 * { 0x00 }; */
static const uint8_t lamp_on[12] = // the whole frame
{
    0xff, 0xfe, 0xfd, 0xfc, /* SN */ 0x11,
    0x00, 0x01, // message number

    0x01, 0x01, 0x64, # on, 100 %
    0xac, 0x44,
};
# and once more
ff fe fd fc 11 00 01 01 01 64 ac 44 // bare

uint8_t again[] = { 0xff, 0xfe, 0xfd, 0xfc, 0x11, 0x00,
    0x01, 0x01, 0x01, 0x64, 0xac, 0x44 };
uint8_t cut_off[] = { 0xff, 0xfe, 0xfd, 0xfc, 0x11, 0x00, 0x01,
    0x01, 0x01, 0x64, 0xac, 0x44
uint8_t twice[2][12] = {
    {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0x00, 0x01, 0x01, 0x01, 0x64, 0xac, 0x44},
    {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0x00, 0x01, 0x01, 0x01, 0x64, 0xac, 0x44},
};
SOURCE
six="$raw_is == ['$lamp'] * 6 and all(r['ok'] for r in records)"
run decode -o jsonl -f "$work/frames.c"
check 'source code in a file' all exits 0 -- holds "$six" -- [ ! -s "$err" ]
"$ZJIOTCTL" decode -o jsonl --from hex <"$work/frames.c" >"$out" 2>"$err"
code=$?
check 'source code from stdin' all exits 0 -- holds "$six"
reads 'source code in an argument' "$(sed -n '1,10p' "$work/frames.c")"
reads 'a comment in front' "/* on */ $lamp"
reads 'a comment without blanks' "${lamp:0:8}/*sn*/${lamp:8}//end"
reads 'a comment with a frame in it' "$lamp # was $valve"
reads 'a topic and a comment' "$topic_down $lamp // from a/b/c"
printf 'uint8_t a[] = {\n    0xff, 0xfe, // x\n  0xfd, 0xgc,\n};\n/* open\n%s\n%s\n' "$valve" "$lamp" >"$work/bad.c"
run decode -o jsonl -f "$work/bad.c"
check 'a stray letter in it: line, column and caret' \
    all exits 2 -- tells "$work/bad.c:3: column 11: 'g'" -- grep -qx '    0xfd, 0xgc,' "$err" -- grep -qx '  *^' "$err"
check 'what is no comment is told, and costs no line' \
    all tells "$work/bad.c:5: column 1: '/'" -- holds "$raw_is == ['$valve', '$lamp']"
run decode $'{ 0xff, 0xfe,\n  0xfd, 0xfcc }'
check 'an odd digit in an argument: line and column' all exits 2 -- tells 'line 2, column 14: an odd number'
run decode '   fffezz'
check 'blanks in front count as columns' tells 'column 8'
run decode "${valve/00/0} // 12345"
check 'proposals leave comments out' all exits 2 -- tells "  $valve  "

# JSON over several lines as document 003 prints it, and with what may stand behind its first brace.
for form in '{\n\n"cmd": "pong"\n}\n' '{\r\n\r\n    "cmd": "pong"\r\n\r\n}\r\n' '{\n  // the answer\n"cmd":"pong"\n}\n' \
    '{ // the answer\n\n"cmd":"pong"\n}\n' '{\n/* the\n\n{answer */\n"cmd":"pong"}\n'; do
    # shellcheck disable=SC2059 # the form is the format
    printf "$form$form$lamp\n" >"$work/spread"
    run decode -o jsonl -f "$work/spread"
    check "JSON over several lines: $form" all exits 0 -- \
        holds '[r["message"] for r in records] == ["pong", "pong", "set_lamp"] and all(r["ok"] for r in records)'
done
printf '{\n\n// SN\n0xff, 0xfe, 0xfd, 0xfc, 0x11, 0x00,\n\n0x01, 0x01, 0x01, 0x64, 0xac, 0x44 }\n' >"$work/spread"
reads 'an array whose brace stands alone above a comment' "@$work/spread"

printf '\xef\xbb\xbf%s\n' "$lamp" >"$work/marked"
run decode -o jsonl -f "$work/marked"
check 'a byte order mark is passed over' all exits 0 -- holds "$raw_is == ['$lamp']"
run decode '||'
check 'separators alone are no message' all exits 2 -- silent -- tells 'no hex digits'
run decode -o jsonl --from base64 '__79_BEAAQEBZKxE'
check 'base64 with other letters deviates' all exits 0 -- holds 'records[0]["deviations"][0]["code"] == "SYNTAX"'
run decode -o jsonl --from hex "topic/x $lamp"
check '--from hex takes hex only' all exits 2 -- silent -- tells 'column 1'
run decode -o jsonl -t "$topic_down" "$valve"
check '-t decides the protocol' all exits 3 -- holds 'records[0]["protocol"] == "nb"'
run decode -o jsonl -p nb \
    "{\"header\":{\"vid\":0,\"uid\":3,\"pid\":3,\"nb\":\"356566078095460\",\"sid\":\"fffefdfd\",\"fn\":17,\"extra\":1},\"payload\":\"$lamp\"}"
check 'JSON whose header contradicts its frame deviates' all exits 0 -- holds 'records[0]["deviations"][0]["path"] == "header.sid"'

hy='len:86,Data:hy/gw/get/02345678903{"gw":{"msg_id":1,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{}}'
run decode -o jsonl "$hy"
check 'a document line: topic and payload are told apart' \
    all exits 0 -- holds 'records[0]["header"]["gw_id"] == "02345678903" and records[0]["raw"].startswith("{\"gw\"")'

printf '\xff\xfe\xfd\xfc\x11\x00\x01\x01\x01\x64\xac\x44' >"$work/raw"
"$ZJIOTCTL" decode -o jsonl --from raw <"$work/raw" >"$out" 2>"$err"
code=$?
check 'raw bytes from stdin' all exits 0 -- holds "$raw_is == ['$lamp']"
reads 'raw bytes from a file' --from raw "@$work/raw"

printf '%s\n\n  %s\r\n%s' "$lamp" "$valve" "$valve_other" >"$work/lines"
three="$raw_is == ['$lamp', '$valve', '$valve_other']"
for arguments in "@$work/lines" "-f $work/lines"; do
    # shellcheck disable=SC2086
    run decode -o jsonl $arguments
    check "${arguments%"$work"*}FILE: one message a line; CR, blanks, empty lines, no last line end" all exits 0 -- holds "$three"
done
for arguments in '' '-' '-f -'; do
    # shellcheck disable=SC2086
    "$ZJIOTCTL" decode -o jsonl $arguments <"$work/lines" >"$out" 2>"$err"
    code=$?
    check "stdin by '$arguments'" all exits 0 -- holds "$three"
done
run decode -o jsonl "$valve" "@$work/lines" "$lamp"
check 'inputs in the order of the command line' all exits 0 -- \
    holds "$raw_is == ['$valve', '$lamp', '$valve', '$valve_other', '$lamp']"
printf '%s\nffgg\n%s\n' "$lamp" "$valve" >"$work/lines"
run decode -o jsonl -f "$work/lines"
check 'an error names file and line, and the rest is decoded' \
    all exits 2 -- tells "$work/lines:2: column 3" -- holds 'len(records) == 2'
head -c 17000000 /dev/zero | tr '\0' a >"$work/long"
printf '\n%s\n' "$lamp" >>"$work/long"
run decode -o jsonl -f "$work/long"
check 'a line without an end is refused, the next one decoded' all exits 2 -- tells 'too long' -- holds "$raw_is == ['$lamp']"

# finds TEXT LINE: the frame in the line of a log.
finds() {
    run decode -o jsonl --from log "$2"
    check "log: $1" all exits 0 -- holds "$raw_is == ['$3'] and records[0]['deviations'] == []"
}
finds 'after date and time' "2024-05-28 15:29:41 $valve ok" "$valve"
finds 'in groups' '2024-05-28 15:29:41.123 [rx] 68 53 23 22 73 10 00 11 11 84 04 A0 19 00 64 4A 16 (17 bytes)' "$valve"
finds 'after other numbers' "√ 23227310 [\"$valve\"]" "$valve"
finds 'of NB' "28/May 10:41:22 lamp 12: ff fe fd fc | 11 | 00 01 | 01 01 64 | ac 44" "$lamp"
finds 'within JSON' "len:160,Data:{\"meter_data\":[\"$valve\"]}" "$valve"
printf 'started at 2024-05-28 10:41:22\nSIM card 89860025102250386087\n%s\n' "$valve" >"$work/log"
run decode -o jsonl --from log -f "$work/log"
check 'log: other lines are only counted' all exits 0 -- lines 1 -- tells '2 of 3 lines held no frame'
for line in "[\"$valve\",\"$valve_other\"]" "a $valve b $valve_other c" "{\"meter_data\":[\"$valve\",\"$valve_other\"]}"; do
    run decode -o jsonl --from log "$line"
    check "log: every frame of a line: ${line:0:20}" all exits 0 -- holds "$raw_is == ['$valve', '$valve_other']"
done
run decode -o jsonl --from log "rx $damaged tx $valve"
check 'log: a damaged frame does not hide the next' all exits 2 -- holds "$raw_is == ['$valve']" -- tells 'odd number'
run decode -o jsonl --from log "rx $valve_bad_sum tx $valve"
check 'log: nor does one with a wrong sum' all exits 3 -- holds "$raw_is == ['$valve_bad_sum', '$valve']"
run decode "rx: [\"$valve\"]"
check 'a line of a log is told how to be read' all exits 2 -- silent -- tells 'from log'
run decode -o jsonl --from log 'nothing here'
check 'log: no frame at all' all exits 3 -- silent
run decode --from log "√ 27100583 [\"$damaged\"]"
check 'log: a damaged frame is told' all exits 2 -- silent -- tells 'odd number' -- tells 'FEFEFE6855271005830011111605902F0100007916'
plan
