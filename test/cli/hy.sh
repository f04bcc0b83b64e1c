#!/usr/bin/env bash
# The HY gateway: one record for a message and the frames it carries, back and forth. Catches: a topic that is lost, frames
# that come as records of their own, a password or a key that shows, a record that cannot be written again.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

vectors=test/vectors/hy/messages.jsonl
up=hy/gw/set/02345678903
down=hy/gw/get/02345678903
key_frame=681078563412000733040ca01405020123456789abcdef5116 # sets a meter's key

# gw ID DATA: a body.
gw() {
    echo "{\"gw\":{\"msg_id\":$1,\"msg_gw_pr\":0,\"gw_id\":\"02345678903\"},\"data\":$2}"
}

python3 test/cli/vectors.py logs $vectors >"$work/lines"
"$ZJIOTCTL" decode -o jsonl -f "$work/lines" >"$out" 2>"$err"
code=$?
check "the document's log lines: topic, message and values in one record" \
    all exits 0 -- python3 test/cli/vectors.py answers $vectors "$out"
"$ZJIOTCTL" decode -o jsonl --from log -f "$work/lines" >"$out" 2>"$err"
code=$?
check 'the same with --from log' all exits 0 -- python3 test/cli/vectors.py answers $vectors "$out"

# Most of them stand in the document with the topic on one line and the message below, some behind a fence.
n=$'\n' f='```'
for between in "$n" "$n$n" $'\r\n' "$n$n$f$n" "$n // set$n "; do
    while IFS= read -r line; do
        printf '%s%s{%s\n' "${line%%\{*}" "$between" "${line#*\{}"
    done <"$work/lines" >"$work/apart"
    for options in '' '--from log'; do
        # shellcheck disable=SC2086 # words
        run decode -o jsonl $options -f "$work/apart"
        check "the same over two lines$options: $(printf %q "$between")" \
            all exits 0 -- python3 test/cli/vectors.py answers $vectors "$out"
    done
done
run decode -o jsonl "$(head -n 3 "$work/apart")"
check 'in an argument, too' all exits 0 -- holds 'records[0]["topic"].startswith("hy/gw/")'
printf '1.1、 len:86,Data:%s\n\n{\n"gw":{"msg_id":1,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{}\n}\n' $down >"$work/apart"
run decode -o jsonl --from log -f "$work/apart"
check 'log: behind the number of a chapter, and over several lines' \
    all exits 0 -- lines 1 -- holds "records[0]['topic'] == '$down'"
printf 'len:86,Data:%s\nlen:86,Data:%s%s\n%s\n' $up $down "$(gw 1 '{}')" "$valve" >"$work/apart"
run decode -o jsonl -f "$work/apart"
check 'a topic without a message costs no other line' \
    all exits 2 -- lines 2 -- holds "records[0]['topic'] == '$down'" -- tells "$work/apart:1: column 13"

run decode "len:95,Data:$up$(gw 40 "{\"transparent_port\":0,\"meter_data\":[\"$valve_other\",\"$valve\"]}")"
check 'as text: the topic' prints "hy transparent, up, on $up"
check 'as text: the values of each frame' all exits 0 -- prints 'frames[0].meter' -- prints 'frames[1].opening'
run decode -o csv "$up $(gw 20 "{\"meter_id\":\"27100583203401\",\"meter_data\":[\"$valve_other\"]}")"
check 'the parts of a meter_id' all exits 0 -- prints ',data.meter_id.meter,27100583,' -- prints ',data.meter_id.kind,2034,' -- \
    prints ',data.meter_id.port_name,RS485-1,'
bad="$up $(gw 40 "{\"transparent_port\":0,\"meter_data\":[\"$valve\",\"$valve_bad_sum\"]}")"
run decode -o jsonl "$bad"
check 'a wrong sum in one frame spares the other and the message' \
    all exits 3 -- holds 'records[0]["ok"] and [f["ok"] for f in records[0]["frames"]] == [True, False]' -- \
    holds '[(d["code"], d["path"], d["found"], d["expected"]) for d in records[0]["deviations"]] == [("CHECKSUM", "frames[1].cs", "4b", "4a")]' -- \
    tells 'frames[1]: byte 15 (cs): checksum is 0x4a, the frame says 0x4b' -- lines 1 "$err"
run decode -o jsonl --strict "$bad"
check 'and fails --strict, undecodable all the same' \
    all exits 3 -- holds 'records[0]["error"]["path"] == "frames[1].cs" and not records[0]["ok"]'
run decode -o jsonl --force "$bad"
check '--force: its values, marked and with the error' all exits 3 -- tells 'frames[1]: byte 15 (cs): checksum' -- \
    holds '[f.get("forced") for f in records[0]["frames"]] == [None, True]' -- \
    holds '(lambda f: not f["ok"] and f["error"]["code"] == "CHECKSUM" and f["data"]["opening"]["value"] == 100)(records[0]["frames"][1])'
run decode --force "$bad"
check '--force as text: the frame is marked' \
    all exits 3 -- prints 'frames[1]  WRONG CHECKSUM, decoded by force' -- not prints 'frames[0]  '
run decode "$bad"
check 'as text: the frame that is none is shown' all exits 3 -- prints "frames[1]  $valve_bad_sum  (not decodable)"
run decode "$up $(gw 40 "{\"meter_data\":[\"${key_frame}0\",\"68\"]}")"
check 'a key in a damaged frame is shown neither on stdout nor on stderr' \
    all exits 3 -- prints 'frames[0]  ***' -- prints 'frames[1]  68' -- not prints 0123456789abcdef -- not tells 0123456789abcdef

run explain -o json "$up $(gw 40 "{\"transparent_port\":0,\"meter_data\":[\"$valve\"]}")"
check 'explain finds the values in the hex of the text' \
    holds '[s["text"].encode() for s in records[0]["spans"] if s.get("path") == "frames[0].opening"] == [b"64"]'

# unread: what explain says of the bytes that no row has.
unread='{s["text"]: s["meaning"] for s in records[0]["spans"] if s["kind"] == "?"}'
for id in 3 15 70; do
    run explain -o jsonl "$up $(gw $id '{"a":1}')"
    check "explain: the data of a message that is passed through: $id" all exits 0 -- holds "$unread == {}" -- \
        holds '[s["kind"] for s in records[0]["spans"] if "\"data\":" in s["text"]] == ["punctuation"]'
done
run explain -o jsonl "$up $(gw 20 "{\"x\":{\"y\": /* z */ 1},\"meter_id\":\"23227310200800\",\"meter_data\":[\"$valve_bad_sum\",\"zz\"]}")"
check 'explain: why something was not read' \
    holds "$unread == {'1': 'No such member.', '\"zz\"': 'Not read: found \"zz\", expected whole bytes in hex.', '\"$valve_bad_sum\"': 'Not read: found 4b, expected 4a.'}"

run decode -o jsonl "$down $(gw 5 '{"server":"a","password":"geheim"}')"
check 'passwords are masked' all exits 0 -- not prints geheim -- holds 'records[0]["data"]["password"] == "***"'
run decode -o jsonl --show-secrets "$down $(gw 5 '{"server":"a","password":"geheim"}')"
check 'but for --show-secrets' holds 'records[0]["data"]["password"] == "geheim"'
run explain "$down $(gw 15 '{"password":"geheim"}')"
check 'explain shows none either' all exits 0 -- not prints geheim -- not prints '67 65 68 65'

run identify -o json "$(gw 20 '{}')"
check 'identify knows a body' holds 'records[0]["guesses"][0]["protocol"] == "hy" and records[0]["guesses"][0]["message"] == "report"'

# back BODY-ID DATA: what decode prints goes back whole into encode.
back() {
    gw "$1" "$2" >"$work/body"
    "$ZJIOTCTL" decode -o jsonl --show-secrets "$3 $(cat "$work/body")" >"$work/record" 2>"$err"
    "$ZJIOTCTL" encode --data "@$work/record" -o raw >"$out" 2>>"$err"
    printf '\n' >>"$out"
    check "a record goes back: $1" cmp -s "$out" "$work/body"
}
back 18 '{"main_immediately":1,"copy_immediately":0,"up_immediately":0}' $down
back 20 '{"meter_id":"23227310200800","meter_data":["6853232273100011118404A01900644A16","6853232273100011118404A0190000E616"]}' $up
back 40 '{"transparent_port":0,"transparent":"FEFEFE6855271005830011111605902F01F4016E16","transparent_count":5}' $down
back 13 '{"a":{"b":[1,"2",null]},"c":true}' $up
back 5 '{"password":"x"}' $down

run encode hy other gw_id=1 msg_id=12 --data '{"main_interval":10,"copy_interval":60,"heating_start":"20XX-09-01"}'
check 'a part of the periods is refused' all exits 2 -- silent -- tells heating_end
run encode hy transparent gw_id=1 transparent_port=0 transparent_count=5 transparent=6853232273100011110404A01900649916
check 'a damaged frame is refused' all exits 2 -- silent -- tells data.transparent
run encode hy read_now -t "$down" main_immediately=1 copy_immediately=0 up_immediately=0 -o raw
check 'the topic names the gateway' prints '"gw_id":"02345678903"'
plan
