#!/usr/bin/env bash
# A topic is held against the message on it. Catches: a topic that decides nothing, one that is ignored, a disagreement
# that --strict lets pass.
# shellcheck disable=SC2016 # topics begin with a dollar
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

ack=00000003000000030356566078095460fffefdfc010001019495 # uid 3, pid 3, from the lamp
deviations='[(d["code"], d["path"], d["found"], d["expected"]) for d in records[0]["deviations"]]'

# agrees TEXT TOPIC FRAME, disagrees TEXT TOPIC FRAME DEVIATIONS: by -t, and in the line.
agrees() {
    disagrees "$1" "$2" "$3" '[]'
    run decode -o jsonl --strict -t "$2" "$3"
    check "$1: --strict" all exits 0 -- holds 'records[0]["ok"]'
}
disagrees() {
    run decode -o jsonl -t "$2" "$3"
    check "$1: -t" all exits 0 -- holds "$deviations == $4 and records[0]['ok']"
    run decode -o jsonl "len:9,Data:$2 $3"
    check "$1: in the line" all exits 0 -- holds "$deviations == $4"
}
agrees 'NB up' "$topic_up" "$ack"
agrees 'NB down' "$topic_down" "00000003000000030356566078095460$lamp"
disagrees 'NB down, without the envelope' "$topic_down" "$lamp" '[("MISSING", "vid", "an inner frame", "a full frame")]'
agrees 'an inner frame has no uid' '$d2s/u77/p8/nb' fffefdfc010001019495
agrees 'HY up' hy/gw/set/02345678903 "$valve"
disagrees 'another uid' '$d2s/u4/p3/nb' "$ack" '[("CONST", "topic.uid", "4", "3")]'
disagrees 'another uid and pid' '$d2s/u4/p50/nb' "$ack" \
    '[("CONST", "topic.uid", "4", "3"), ("CONST", "topic.pid", "50", "3")]'
disagrees 'NB, the other direction' "$topic_up" "$lamp" '[("CONST", "topic", "$d2s/u3/p3/nb", "$s2d/nb/youren/push")]'
disagrees 'NB, the other direction, up' "$topic_down" "$ack" \
    '[("CONST", "topic", "$s2d/nb/youren/push", "$d2s/u{uid}/p{pid}/nb")]'
disagrees 'HY, the other direction' hy/gw/get/02345678903 "$valve" \
    '[("CONST", "topic", "hy/gw/get/02345678903", "hy/gw/set/<gateway> or hy/gw/set/<gateway>/")]'
disagrees 'an unknown topic' lamp/1/up "$lamp" '[("UNKNOWN", "topic", "lamp/1/up", "$s2d/nb/youren/push")]'
disagrees 'a topic that is nearly one' '$d2s/u3/p3/nb/' "$ack" \
    '[("UNKNOWN", "topic", "$d2s/u3/p3/nb/", "$d2s/u{uid}/p{pid}/nb")]'
run decode -o jsonl -p cjt188 -t "$topic_up" "$valve"
check 'a topic of another protocol than -p' holds 'records[0]["deviations"][0]["path"] == "topic"'

run decode -o jsonl --strict -t lamp/1/up "$lamp" "$lamp"
check '--strict: an unknown topic' all exits 4 -- tells '(topic): found lamp/1/up' -- \
    holds 'all(not r["ok"] and r["error"]["code"] == "UNKNOWN" and r["error"]["path"] == "topic" for r in records)'
run decode -o jsonl --strict -t "$topic_up" "$lamp_placeholder"
check '--strict: the first deviation is the error' all exits 4 -- holds 'records[0]["error"]["path"] == "crc"'
run decode -o jsonl -t "$topic_up" "$topic_down $lamp"
check '-t wins over the line' holds 'records[0]["deviations"][0]["found"] == "$d2s/u3/p3/nb"'
run decode -o jsonl --from log "hy/gw/set/02345678903/{\"gw\":{\"msg_id\":40},\"data\":{\"meter_data\":[\"$valve\",\"$valve_other\"]}}"
check 'HY: a slash at its end is for the last will only' \
    holds '("CONST", "topic") in [(d["code"], d["path"]) for d in records[0]["deviations"]] and len(records[0]["frames"]) == 2'
run decode -t "$topic_up" "$lamp"
check 'text shows it' prints '! CONST at byte 0, topic: found $d2s/u3/p3/nb'

run encode -t "$topic_up" nb ack extra=1 state=1 nbid=356566078095460
check 'encode takes uid and pid from it' all exits 0 -- prints "$ack"
run encode -t '$s2d/nb/other/push' nb set_auto
check 'encode refuses one that is none' all exits 2 -- tells 'is no topic of nb'
run identify -o jsonl -t down/sm2/01/getTimer/010000002934857620 MEUCIQ==
check 'identify takes one' all exits 0 -- \
    holds '[records[0]["guesses"][0][k] for k in ("protocol", "fit", "message")] == ["zhenjiang", "certain", "getTimer"]'

timer=(zhenjiang setTimer -t down/json/01/setTimer/010000002934857620 now=1)
for other in '-d 010000000000000001' '--vendor 02' '--format base64'; do
    # shellcheck disable=SC2086
    run encode "${timer[@]}" $other
    check "encode refuses $other beside a topic that says another" all exits 2 -- silent -- tells 'the topic says'
done
run encode "${timer[@]}" -d 010000002934857620 --vendor 01 --format json
check 'and takes the same' exits 0
plan
