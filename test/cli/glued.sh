#!/usr/bin/env bash
# Several frames in one input, and noise. Catches: a frame lost behind noise or a bad one, noise that nobody hears of,
# offsets that count from the wrong byte.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

raw_is='[r["raw"] for r in records]'

run decode -o jsonl "$valve$valve_other"
check 'two frames' all exits 0 -- holds "$raw_is == ['$valve', '$valve_other'] and all(r['ok'] for r in records)"
run decode -o jsonl -p cjt188 "$valve$valve_other$valve"
check 'three frames with -p' all exits 0 -- holds "len(records) == 3"
run decode -o jsonl "$valve${valve_bad_sum}$valve_other"
check 'a bad sum between good ones has its own record' all exits 3 -- \
    holds "[r['ok'] for r in records] == [True, False, True] and records[1]['raw'] == '$valve_bad_sum'"
check 'its error counts from the start of the input' \
    all holds 'records[1]["error"]["offset"] == 17 + 15' -- tells 'byte 32 (cs)'
run decode -o jsonl --force "$valve${valve_bad_sum}$valve_other"
check '--force decodes it' all exits 3 -- \
    holds '[r["ok"] for r in records] == [True, False, True] and records[1]["forced"] and records[1]["data"]'

run decode -o jsonl "aabb${valve}cc$valve_other"
check 'noise belongs to the frame behind it' all exits 0 -- \
    holds '[[(d["code"], d["offset"], d["found"]) for d in r["deviations"]] for r in records] == [[("SKIPPED", 0, "aabb")], [("SKIPPED", 19, "cc")]]'
check 'noise is told' all tells 'byte 0: skipped 2 bytes' -- tells 'byte 19: skipped 1 byte'
run decode -o jsonl "${valve}ddee"
check 'noise at the end belongs to the last frame' \
    holds '[(d["code"], d["offset"]) for d in records[0]["deviations"]] == [("SKIPPED", 17)]'
run decode --strict -o jsonl "aabb$valve"
check '--strict sees noise' all exits 4 -- holds 'not records[0]["ok"] and records[0]["error"]["code"] == "SKIPPED"'
run decode -o jsonl "$valve${valve_other:0:20}"
check 'a frame cut off at the end has its own record' all exits 3 -- \
    holds '[r["ok"] for r in records] == [True, False] and records[1]["error"]["code"] == "LENGTH"'
run decode -o jsonl "68$valve"
check 'a false start costs no frame' all exits 0 -- holds "$raw_is == ['$valve']"
run explain "aabb${valve}cc$valve_other"
check 'explain shows skipped bytes' all exits 0 -- [ "$(grep -c ' skipped ' "$out")" -eq 2 ] -- prints '    19  cc'
run identify -o json "$valve$valve_other"
check 'identify judges each frame' all exits 0 -- holds '[r["offset"] for r in records] == [0, 17]'

# Of two protocols, and NB frames, which do not say where they end.
full=00000003000000030356566078095460$lamp
unknown=fffefdfcaa00110000000000000001000000000129000000370f
other_lamp=$("$ZJIOTCTL" encode nb set_auto sn=00000001 extra=1)
# cuts TEXT BYTES FRAME...: these frames, in this order, and all of them good.
cuts() {
    local text=$1 bytes=$2 wanted
    shift 2
    wanted=$(printf "'%s', " "$@")
    run decode -o jsonl "$bytes"
    check "$text" all exits 0 -- holds "$raw_is == [$wanted] and all(r['ok'] for r in records)"
}
cuts 'NB in front of CJ/T 188' "$lamp$valve" "$lamp" "$valve"
cuts 'NB behind CJ/T 188' "$valve$lamp" "$valve" "$lamp"
cuts 'NB between CJ/T 188' "$valve$lamp$valve_other" "$valve" "$lamp" "$valve_other"
cuts 'two of NB' "$lamp$lamp" "$lamp" "$lamp"
cuts 'full and inner frames of NB' "$full$other_lamp$full" "$full" "$other_lamp" "$full"
cuts 'the document'"'"'s placeholders' "$lamp_placeholder$valve$lamp_placeholder" "$lamp_placeholder" "$valve" "$lamp_placeholder"
cuts 'an unknown function of NB that fills the gap' "$valve$unknown$valve" "$valve" "$unknown" "$valve"
run decode -o jsonl "aabb${lamp}cc${valve}dd$full"
check 'noise between two protocols' all exits 0 -- holds "$raw_is == ['$lamp', '$valve', '$full']" -- \
    holds '[[(d["offset"], d["found"]) for d in r["deviations"]] for r in records] == [[(0, "aabb")], [(14, "cc")], [(32, "dd")]]'
run decode -o jsonl "$valve${lamp%44}45$valve_other"
check 'a wrong checksum of the example lamp has its own record' all exits 3 -- \
    holds '[(r["protocol"], r["ok"]) for r in records] == [("cjt188", True), ("nb", False), ("cjt188", True)]' -- \
    holds 'records[1]["error"]["code"] == "CHECKSUM" and records[1]["error"]["offset"] == 27'
run decode -o jsonl "${valve:0:20}$lamp"
check 'half a frame in front costs no frame' all exits 0 -- holds "$raw_is == ['$lamp']" -- tells 'skipped 10 bytes'
run decode -o jsonl -p cjt188 "$lamp$valve"
check '-p leaves the others out, and names them' all exits 0 -- holds "$raw_is == ['$valve']" -- tells 'whole nb message'
run decode -o jsonl -p nb "$lamp$valve$lamp"
check '-p nb finds every NB frame' all exits 0 -- holds "$raw_is == ['$lamp', '$lamp']"
run explain "$lamp$valve"
check 'explain shows both' all exits 0 -- prints 'nb set_lamp' -- prints 'cjt188 set_opening_reply' -- prints '    28  16'

# JSON objects, which have no frames at all.
pong='{"cmd":"pong"}' ping='{"cmd":"ping","IMEI":"865501040783269"}' half='{"cmd":"push_msg","IMEI":"865501040783269",'
hex() {
    printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}
for options in '' '-p m4g' '--from raw'; do
    # shellcheck disable=SC2086 # words
    run decode -o jsonl $options "$pong$ping"$'\r\n '"$pong"
    check "JSON objects $options" all exits 0 -- holds "$raw_is == ['$pong', '$ping', '$pong'] and all(r['ok'] for r in records)"
done
cuts 'JSON objects in hex' "$(hex "$pong$ping")" "$pong" "$ping"
cuts 'JSON next to frames' "$(hex "$pong")$valve$(hex "$ping")$lamp" "$pong" "$valve" "$ping" "$lamp"
commented='{"cmd":"pong" /* not {"cmd":"ping"}{"cmd":"ping"} */}'
cuts 'JSON with comments is one' "$commented" "$commented"
run decode -o jsonl "$half$ping$half$pong"
check 'half an object has its own record, and costs no other' all exits 3 -- \
    holds "[(r['raw'], r['ok']) for r in records] == [('$half', False), ('$ping', True), ('$half', False), ('$pong', True)]" -- \
    holds "[r['error']['code'] for r in records if not r['ok']] == ['SYNTAX'] * 2" -- tells "byte $((2 * ${#half} + ${#ping})) "
run decode -o jsonl "$pong{\"cmd\":\"dance\"}$ping${half%,}"
check 'so has one of an unknown message, and one that the end cuts off' all exits 3 -- \
    holds '[r["ok"] for r in records] == [True, False, True, False]' -- \
    holds '[r["error"]["code"] for r in records if not r["ok"]] == ["UNKNOWN", "SYNTAX"]'
run decode -o jsonl "$pong]x$ping"
check 'what lies between objects is told' all exits 0 -- tells "byte ${#pong}: skipped 2 bytes" -- \
    holds '[[(d["code"], d["offset"], d["found"]) for d in r["deviations"]] for r in records] == [[], [("SKIPPED", 14, "5d78")]]'
run decode -o jsonl -t zjiot/m4g/865501040783269/up/ping "$ping$ping"
check 'but a message of MQTT is one' all exits 3 -- lines 1 -- holds 'records[0]["error"]["code"] == "SYNTAX"'
run identify -o jsonl "$pong$ping"
check 'identify judges each object' all exits 0 -- holds '[(r["offset"], r["message"]) for r in records] == [(0, "pong"), (14, "ping")]'
run explain -o jsonl "$pong\"]x$ping"
check 'explain shows every byte once' all exits 0 -- holds \
    "''.join(s['text'] for r in records for s in r['spans']) == '$pong\"]x$ping' and all(s['kind'] != '?' for r in records for s in r['spans'])"
run explain -o jsonl "aaff$(hex "$pong$ping")"
check 'and bytes that are no text as bytes' all exits 0 -- holds 'records[0]["spans"][0]["bytes"] == "aaff" and records[1]["ok"]'
down=hy/gw/get/02345678903 up=hy/gw/set/02345678903
gw='{"gw":{"msg_id":18,"msg_gw_pr":0,"gw_id":"02345678903"},"data":'
run decode -o jsonl --from log "10:41 rx $down$gw{}} tx $up $gw{\"stat\":2}} end"
check 'log: every object of a line, with its topic' all lines 2 -- \
    holds "[r['topic'] for r in records] == ['$down', '$up'] and not [d for r in records for d in r['deviations'] if d['code'] == 'SKIPPED']"

for text in "$gw{\"stat\":\"x\"}}" "$up $gw{\"stat\":\"x\"}}" "len:1,Data:$up$gw{\"stat\":\"x\"}}"; do
    run decode -o jsonl "$text"
    check "offsets count the payload: ${text%%\{*}" \
        holds '[d["offset"] for d in records[0]["deviations"] if d["path"] == "data.stat"] == [len("""'"$gw{\"stat\":"'""")]'
done

cat >"$work/resync.py" <<'PYTHON'
import json, subprocess, sys
bad = 0
for line in open("test/vectors/cjt188/resync.jsonl", encoding="utf-8"):
    entry = json.loads(line)
    done = subprocess.run([sys.argv[1], "decode", "-p", "cjt188", "-o", "jsonl", entry["hex"]], capture_output=True, text=True)
    records = [json.loads(record) for record in done.stdout.splitlines()]
    good = [record["raw"].lstrip("fe") if record["raw"].startswith("fe") else record["raw"] for record in records if record["ok"]]
    if good != [frame["hex"].lower() for frame in entry["frames"]]:
        print(entry["note"], good)
        bad += 1
sys.exit(bad > 0)
PYTHON
check 'every frame of the resync vectors' python3 "$work/resync.py" "$ZJIOTCTL"
plan
