#!/usr/bin/env bash
# explain covers every byte of every vector once. Catches: a gap, an overlap, a span in the wrong place or order.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# covers TEXT PROTOCOL VECTORS OPTION...
covers() {
    local text=$1 protocol=$2 vectors=$3
    shift 3
    python3 test/cli/vectors.py hex "$vectors" >"$work/frames"
    "$ZJIOTCTL" explain -o json -p "$protocol" --show-secrets "$@" -f "$work/frames" >"$out" 2>"$err"
    check "$text" python3 test/cli/vectors.py spans "$work/frames" "$out"
}

covers 'NB, observed' nb test/vectors/nb/expect.jsonl
covers 'NB, constructed' nb test/vectors/nb/constructed.jsonl
covers 'CJ/T 188, observed' cjt188 test/vectors/cjt188/expect.jsonl
covers 'CJ/T 188, observed, by force' cjt188 test/vectors/cjt188/expect.jsonl --force
covers 'CJ/T 188, constructed' cjt188 test/vectors/cjt188/constructed.jsonl
covers 'CJ/T 188, glued and with noise' cjt188 test/vectors/cjt188/resync.jsonl
covers 'HY' cjt188 test/vectors/hy/expect.jsonl
for layout in 2004 2018 unit-first big-endian raw; do
    covers "CJ/T 188, constructed, layout $layout" cjt188 test/vectors/cjt188/constructed.jsonl --layout "$layout"
done

# The forms of explain and identify are those of decode: a document a frame, or a line.
inputs=("aabb$valve$lamp" zz "$valve_bad_sum" 00112233)
for command in explain identify; do
    run "$command" -o json "${inputs[@]}"
    check "$command -o json: a document a frame, and of which input" all exits 2 -- not lines 4 -- \
        holds '[(r["input"], r["source"], r["offset"], r["size"]) for r in records] == [(1, "input 1", 2, 17), (1, "input 1", 19, 12), (3, "input 3", 0, 17), (4, "input 4", 0, 4)]' -- \
        holds '[(r.get("protocol"), r.get("message"), r.get("direction"), r["ok"]) for r in records][:3] == [("cjt188", "set_opening_reply", "up", True), ("nb", "set_lamp", "down", True), ("cjt188", None, None, False)]'
    check "$command -o json: what a record has" \
        holds 'records[0]["deviations"][0]["code"] == "SKIPPED" and records[2]["error"]["code"] == "CHECKSUM" and not records[3]["ok"] and [r["raw"] for r in records][1] == "'"$lamp"'"'
    cp "$out" "$work/pretty"
    run "$command" -o jsonl "${inputs[@]}"
    check "$command -o jsonl: a line a frame" all exits 2 -- lines 4
    cp "$out" "$work/lines"
    check "$command: both say the same" python3 -c 'import json, sys
decoder, text, at, documents = json.JSONDecoder(), open(sys.argv[1]).read(), 0, []
while at < len(text):
    document, at = decoder.raw_decode(text, at)
    documents.append(document)
    at += 1
sys.exit(documents != [json.loads(line) for line in open(sys.argv[2])])' "$work/pretty" "$work/lines"
    run "$command" -o json "$lamp"
    check "$command -o json: one input needs no name" holds 'len(records) == 1 and "source" not in records[0]'
done
run decode -o jsonl "$lamp_placeholder"
cp "$out" "$work/record"
run explain -o jsonl "$lamp_placeholder"
check 'an explanation is the record, and more' \
    holds 'json.load(open("'"$work"'/record")).items() <= records[0].items() and list(records[0])[-1] == "spans"'
run explain -o jsonl --force "$valve_bad_sum"
check 'explain -o jsonl --force' all exits 3 -- holds 'records[0]["forced"] and not records[0]["ok"] and records[0]["spans"][-1]["path"] == "end"'
run identify -o jsonl "$lamp" "$valve_bad_sum"
check 'identify -o jsonl: every guess' \
    holds '[[(g["protocol"], g["fit"]) for g in r["guesses"]][:2] for r in records] == [[("nb", "certain"), ("cjt188", "no")], [("cjt188", "possible"), ("nb", "no")]] and len(records[0]["guesses"]) > 2'
printf '%s\n\nffgg\n%s\n' "$lamp" "$valve" >"$work/mixed"
run identify -o jsonl -f "$work/mixed"
check 'identify: file and line of a guess' holds "[(r['input'], r['source'][-2:]) for r in records] == [(1, ':1'), (3, ':4')]"

run explain -o csv "aabb$lamp_placeholder" "$valve_bad_sum"
tr -d '\r' <"$out" >"$work/csv"
check 'explain -o csv: one header row' [ "$(grep -c '^record,input,protocol,message,variant,direction,ok,offset,size,kind,bytes,path,value,unit,name,quality,deviation,meaning$' "$work/csv")" -eq 1 ]
check 'explain -o csv: a row a field' grep -qx '1,1,nb,set_lamp,,down,true,11,1,field,64,brightness,100,%,,,,Dimming level.' "$work/csv"
check 'explain -o csv: skipped bytes and deviations' all grep -qx '1,1,nb,set_lamp,,down,true,0,2,skipped,aabb,,,,,,SKIPPED,.*' "$work/csv" -- \
    grep -qx '1,1,nb,set_lamp,,down,true,12,2,field,ffff,crc,ffff,,,,CRC_PLACEHOLDER,.*' "$work/csv"
check 'explain -o csv: what is not decodable, and why' all grep -qx "2,2,cjt188,,,,false,0,17,?,$valve_bad_sum,,,,,,,Not decodable." "$work/csv" -- \
    grep -q '^2,2,cjt188,,,,false,15,0,error,,cs,CHECKSUM,' "$work/csv"
run explain -o csv -t lamp/1 "$lamp"
check 'explain -o csv: a deviation without bytes' grep -q '^1,1,nb,set_lamp,,down,true,0,0,deviation,,topic,lamp/1,,,,UNKNOWN,' "$out"

run explain "$lamp"
check 'text: offset, bytes, field, value with unit, meaning' \
    grep -qE '^ +9  64 +brightness +100 % +Dimming level' "$out"
check 'text: the name of a choice and its meaning' grep -qE '^ +8  01 +switch +1 \(on\) +.*: On\.' "$out"
check 'text: derived values stand under their bytes, without an offset' \
    grep -qE '^ {20,}crc_ok +true' "$out"
run explain 68
check 'text: one byte that is nothing' all exits 3 -- prints '68'
run explain "{\"a\":1}"
check 'JSON of no known protocol is shown as bytes' all exits 3 -- prints '7b 22 61'

# The largest message of Zhenjiang: what is done for each byte must not look at all of them.
python3 - >"$work/year.json" <<'END'
import datetime, json
days = [datetime.date(2024, 1, 1) + datetime.timedelta(day) for day in range(366)]
actions = [{"switch_id": switch, "type": 3, "time": "18:%02d" % switch, "dimming": 100} for switch in range(1, 9)]
print(json.dumps({"timetable": [{"dt": day.strftime("%m-%d"), "do": actions * 3} for day in days]}))
END
"$ZJIOTCTL" encode zhenjiang setTimetable -d 010000002934857620 --data "@$work/year.json" -o line >"$work/year" 2>"$err"
code=0
timeout 30 "$ZJIOTCTL" explain "@$work/year" >"$out" 2>"$err" || code=$?
check 'a timetable of a year is explained in no time' all exits 0 -- prints 'timetable[365].do[23].time'
sed 's/"switch_id":\([0-9]*\)/"switch_id":"\1"/g' "$work/year" >"$work/quoted" # 366 * 24 deviations, 4096 are kept
run decode -o csv "@$work/quoted"
check 'CSV says how many deviations it does not list' all exits 0 -- prints ',deviations_left_out,4688,'
plan
