#!/usr/bin/env bash
# What describe writes for others: the reference in Markdown, JSON Schema, AsyncAPI. Catches: a change of the rows or of
# the writer that nobody has read in the reference, a schema that refuses what is legal or takes what is not, a
# reference into nowhere, a message without an example.
# shellcheck disable=SC2016 # dollars and backquotes are what is looked for
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# --- the reference ---
protocols=$("$ZJIOTCTL" describe -o json | python3 -c 'import json, sys
for protocol in json.load(sys.stdin): print(protocol["protocol"])')
for protocol in $protocols; do
    run describe "$protocol" -o markdown
    if ! cmp -s "$out" "test/golden/$protocol.md"; then
        diff "test/golden/$protocol.md" "$out" | head -20 | sed 's/^/# /'
        echo "# if that is meant: zjiotctl describe $protocol -o markdown >test/golden/$protocol.md"
    fi
    check "$protocol: the reference is test/golden/$protocol.md" all exits 0 -- cmp -s "$out" "test/golden/$protocol.md"
    cat "$out" >>"$work/all"
    [ "$protocol" = "${protocols##*$'\n'}" ] || echo >>"$work/all"
done
run describe -o markdown
check 'all protocols: their references, one after the other' cmp -s "$out" "$work/all"

# messages TEXT EXPECTED PROTOCOL PATTERN: lines of a reference.
matches() {
    check "$1" [ "$(grep -cE "$4" "test/golden/$3.md")" -eq "$2" ]
}
matches 'zhenjiang: 57 forms' 57 zhenjiang '^#### '
matches 'zhenjiang: each has an example' 57 zhenjiang '^Example, topic `(down|up)/json/01/[A-Za-z]+/010000002934857620`:$'
matches 'zhenjiang: and a section' 57 zhenjiang ' Section 3\.[3-7]\.[0-9]+\.'
matches 'nb: an example of each function' 7 nb '^Example'
matches 'cjt188: an example of each message' "$(grep -c '^####' test/golden/cjt188.md)" cjt188 '^Example'
check 'no row without a meaning' [ "$(grep -hE '^\|.*\|  \|$' test/golden/*.md | grep -vcE '^\| \[|^\| `[^`]*` \| (down|up) \|$')" -eq 0 ]
run describe zhenjiang ctlOnOff --up -o markdown
check 'one message, one direction' all exits 0 -- prints 'ctlOnOff, from the device' -- not prints 'to the device'

# examples are messages that decode without a deviation
python3 - test/golden/zhenjiang.md >"$work/examples" <<'PYTHON'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
for topic, body in re.findall(r"^Example, topic `([^`]*)`:\n\n```json\n(.*?)\n```$", text, re.S | re.M):
    print(topic, json.dumps(json.loads(body), ensure_ascii=False))
PYTHON
run decode --strict -o jsonl -f "$work/examples"
check 'the examples decode under --strict' all exits 0 -- lines 57

# --- schemas ---
"$ZJIOTCTL" describe zhenjiang -o json-schema >"$work/schema"
python3 test/cli/schemas.py schema "$work/schema" test/vectors/zhenjiang/{examples,minimal,limits,rules}.jsonl >"$out" 2>"$err"
code=$?
check 'json-schema: takes what is legal, refuses what is not written' exits 0
"$ZJIOTCTL" describe zhenjiang -o asyncapi >"$work/asyncapi"
python3 test/cli/schemas.py asyncapi "$work/asyncapi" >"$out" 2>"$err"
code=$?
check 'asyncapi: whole, and its examples fit' exits 0
for protocol in hy byd m4g; do
    "$ZJIOTCTL" describe $protocol -o json-schema >"$work/schema"
    "$ZJIOTCTL" describe $protocol -o asyncapi >"$work/asyncapi"
    python3 test/cli/schemas.py fits "$work/schema" "$work/asyncapi" test/vectors/$protocol/{messages,constructed}.jsonl >"$out" 2>"$err"
    code=$?
    check "$protocol: the schemas take its messages, and the examples fit" exits 0
done
run describe hy other --up -o json-schema
check 'json-schema: a message that others are not' \
    holds 'all(sorted(form["properties"]["gw"]["properties"]["msg_id"]["not"]["enum"]) == [1, 2, 18, 20, 40] for form in records[0]["$defs"].values())'
run describe zhenjiang postLux -o json-schema
check 'json-schema of one message' \
    holds 'records[0]["$schema"].endswith("2020-12/schema") and records[0]["$id"] == "urn:zjiot:zhenjiang:up.postLux" and "$defs" not in records[0]'
run describe zhenjiang setTimer -o json-schema
check 'json-schema of a name with both directions' holds 'list(records[0]["$defs"]) == ["down.setTimer", "up.setTimer"]'
context='records[0]["$defs"]["%s"]["properties"]["context"]'
check 'json-schema: a result is in every answer, and in no request' \
    all holds "\"status\" not in ${context/\%s/down.setTimer}[\"properties\"] and \"detail\" not in ${context/\%s/down.setTimer}[\"properties\"]" \
    -- holds "{\"status\", \"detail\"} <= set(${context/\%s/up.setTimer}[\"required\"])"
check 'json-schema: a device has 18 letters of a topic' \
    holds "(p := __import__(\"re\").compile(${context/\%s/up.setTimer}[\"properties\"][\"dev_id\"][\"pattern\"])) and p.search(\"010000002934857620\") and not any(map(p.search, (\"01000000293485762\", \"0100000029348576200\", \"01/000002934857620\", \"01+000002934857620\", \"01#000002934857620\", \"01 000002934857620\")))"
run describe zhenjiang setTimer --up -o json-schema
check 'json-schema: --up chooses' holds 'records[0]["title"] == "up.setTimer"'
run describe zhenjiang setTimer -o asyncapi
check 'asyncapi is of a whole protocol' all exits 2 -- silent -- tells 'whole protocol'
run describe -o asyncapi
check 'asyncapi is of one protocol' all exits 2 -- silent -- tells 'name it'
run describe nb -o asyncapi
check 'asyncapi needs JSON' all exits 2 -- silent -- tells 'no JSON'

# --- text and JSON ---
run describe zhenjiang setTimetable
check 'text: need and no bytes, lists by [], answers, section' \
    all grep -qE '^  timetable\[\]\.do\[\]\.time +optional +HH:MM +00:00\.\.23:59 ' "$out" -- prints 'section 3.3.3, several answers' \
    -- not grep -qE 'field +bytes' "$out" -- not prints ', id ' -- grep -qE '^  unix_milli +required +Unix time +0\.\. ms ' "$out"
run describe zhenjiang getRuntime --up -o json
check 'json: section, need, limits of a list' \
    holds 'records[0][0]["section"] == "3.4.5" and {f["name"]: f for f in records[0][0]["fields"]}["loop"]["range"] == "up to 48 items" and not {f["name"]: f for f in records[0][0]["fields"]}["loop[].leakage"]["required"]'
plan
