#!/usr/bin/env bash
# The server for 4G modules: answers and records, and what is said when it cannot start.
# Catches: an answer that is missing or another's, an object split at a byte that loses it, a record that is not that of
# decode, garbage that nobody tells.
# shellcheck source=test/live/serve.bash
. test/live/serve.bash

# Answers and records.
serve plain
modules exchange 5 "$ping" wait:pong '{"cmd":"time","IMEI":"865501040000000"}' wait:time_ack \
    '{"cmd":"push_online","IMEI":"865501040000000","packnum":"7","st0":[1]}{"cmd":"push_info","IMEI":"865501040000000","CCID":"89860317045714788688","location":"113.584312,22.283756"}' \
    wait:push_info_ack end
check 'a module gets the answers of the document' all prints '{"cmd":"pong"}{"cmd":"time_ack","timestamp":"1' -- \
    prints '{"cmd":"push_online_ack","packnum":"7"}{"cmd":"push_info_ack"}' -- prints ended
told plain '"disconnected"'
records plain
check 'and there is a record of each, with who sent it and when' all holds \
    '[r.get("message", r.get("event")) for r in records] == ["connected", "online", "ping", "time", "push_online", "push_info", "offline", "disconnected"]' -- holds \
    'all(r["ok"] and r["header"]["peer"].startswith("127.0.0.1:") and len(r["header"]["time"]) == 24 for r in records)' -- holds \
    'all(r["header"]["imei"] == "865501040000000" for r in records[1:])'
modules exchange 5 "$ping" wait:pong end
for _ in $(seq 100); do
    [ "$(grep -c '"disconnected"' "$work/plain.out")" -eq 1 ] || break
    sleep 0.05
done
tail -n 5 "$work/plain.out" >"$out"
check 'one that comes back is online again' holds \
    '[r.get("message", r.get("event")) for r in records] == ["connected", "online", "ping", "offline", "disconnected"]'
run decode -o jsonl '{"cmd":"push_online","IMEI":"865501040000000","packnum":"7","st0":[1]}'
head -n 8 "$work/plain.out" >>"$out"
check 'which is that of decode otherwise' holds \
    '{k: v for k, v in records[0].items() if k != "header"} == {k: v for k, v in records[5].items() if k != "header"}'
modules trickle '{"cmd":"push_online","IMEI":"865501040000000","packnum":"8","st0":[1]}'
check 'byte by byte' prints '{"cmd":"push_online_ack","packnum":"8"}'
modules resets "$ping"
modules healthy 3 20
check 'after resets at every byte all is well' exits 0
check 'and each has been told' [ "$(grep -c '"disconnected"' "$work/plain.out")" -ge 41 ]
modules exchange 5 "xx$ping" wait:pong '{"cmd":"no"}{"cmd":"push_online","IMEI":"865501040000001","packnum":"9"}' wait:9 '{"cmd":"pi' end
told plain 'cut off'
tail -n 9 "$work/plain.out" >"$out"
check 'garbage, unknown messages, another IMEI and half objects have records' all \
    holds 'any(r.get("event") == "skipped" and r["error"]["code"] == "SKIPPED" and r["size"] == 2 for r in records)' -- \
    holds 'any(not r["ok"] and r.get("error", {}).get("path") == "cmd" and r["header"]["peer"] for r in records)' -- \
    holds 'any(d["code"] == "CONST" and r["header"]["imei"] == "865501040000000" for r in records for d in r.get("deviations", []))' -- \
    holds 'any(r.get("event") == "skipped" and r["error"]["code"] == "LENGTH" for r in records)'
modules exchange 5 '{"cmd":"push_online","IMEI":"865501040000000","st0":[1]}' sleep:0.3 "$ping" wait:pong end
check 'without a packnum a message is not answered, and that is told' all told plain '"event":"unanswered"' -- \
    not prints push_online_ack
ends TERM
check 'SIGTERM: 143, at once when nothing waits' all exits 143 -- within 0 1500

# Wrong usage.
run serve
check '2: which protocol' all exits 2 -- tells 'serve m4g'
run serve hy
check '2: a protocol without modules' all exits 2 -- tells 'to a broker'
run serve m4g --listen 127.0.0.1:0 --idle soon
check '2: no time' all exits 2 -- tells '--idle'
run serve m4g --listen 127.0.0.1:x
check '2: no port' all exits 2 -- tells '--listen'
run serve m4g --connections 0
check '2: no connections' all exits 2 -- tells '--connections'
run serve m4g --listen 127.0.0.1:0 --topic-base 'a/#'
check '2: no topic' all exits 2 -- tells '--topic-base'
run serve m4g --listen 127.0.0.1:0 -b mqtt://127.0.0.1:1
check '6: a dead broker' exits 6
port_wanted=$port
serve occupied
run serve m4g --listen "127.0.0.1:$port"
check '9: a port that is taken' all exits 9 -- tells 'Address already in use'
plan
