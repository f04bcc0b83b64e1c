#!/usr/bin/env bash
# A peer that is mute from some phase on ends the wait at the deadline, within half a second, with the right code: 6 as
# long as nothing can have been executed, 7 after that. A peer that talks nonsense is 10.
# Catches: paho's own time-outs, which do not exist or are looked at every 3 s, and a phase that is told as another.
# shellcheck source=test/live/live.bash
. test/live/live.bash

limit=700
# mute TEXT CODE SENTENCE ARGUMENT...: of a client at $port.
mute() {
    local text=$1 expected=$2 sentence=$3
    shift 3
    client --timeout ${limit}ms "$@"
    check "$expected: mute: $text" all exits "$expected" -- silent_but_subscribed -- tells "$sentence" -- \
        within $limit $((limit + 500))
}
silent_but_subscribed() {
    ! grep -v '^subscribed$' "$out"
}

fake backlog
for version in 5 3.1.1; do
    mute "$version: connection" 6 'the address does not answer' -b "mqtt://127.0.0.1:$port" --mqtt-version $version connect
done
fake mute connack
for version in auto 5 3.1.1; do
    mute "$version: CONNACK" 6 'no answer to CONNECT' -b "mqtt://127.0.0.1:$port" --mqtt-version $version connect
done
mute 'TLS handshake' 6 'no TLS handshake' -b "mqtts://127.0.0.1:$port" connect
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/pem" -days 2 -subj /CN=localhost 2>/dev/null
fake mute connack tls "$work/pem" "$work/key"
mute 'CONNACK within TLS' 6 'no answer to CONNECT' -b "mqtts://127.0.0.1:$port" --insecure connect
fake mute suback
mute 'SUBACK' 6 'no answer to SUBSCRIBE' -b "mqtt://127.0.0.1:$port" watch 1 1 topic
fake mute puback
for version in 5 3.1.1; do
    mute "$version: PUBACK" 7 'did not confirm' -b "mqtt://127.0.0.1:$port" --mqtt-version $version publish topic x 1
done

# wrong TEXT CODE HEX
wrong() {
    fake bytes "$3"
    client -b "mqtt://127.0.0.1:$port" --timeout ${limit}ms connect
    check "$2: $1" all exits "$2" -- silent -- within 0 $((limit + 500))
}
wrong 'an HTTP server' 10 485454502f312e31203430302042616420526571756573740d0a0d0a
wrong 'a length that never ends' 10 20ffffffffff
wrong 'an unknown kind of packet' 10 f0f0f0f0f0f0
wrong 'PUBACK in place of CONNACK' 10 4002000140020001
wrong 'half a CONNACK' 6 2003
wrong 'a refusal with an unknown reason' 10 200300f000
wrong '3.1.1 where nobody asked: version refused' 6 2003000100

fake trickle 10
client -b "mqtt://127.0.0.1:$port" publish topic x 1
check 'one byte at a time is enough' all exits 0 -- prints published
fake trickle 300
client -b "mqtt://127.0.0.1:$port" --timeout ${limit}ms connect
check '6: unless it takes too long' all exits 6 -- within $limit $((limit + 500))

one_of() {
    [ "$code" -eq "$1" ] || [ "$code" -eq "$2" ]
}

# CONNACK is 5 bytes, PUBACK 4: whatever is cut, the code says whether the message may have arrived.
for at in 1 2 3 4; do
    fake reset $at
    client -b "mqtt://127.0.0.1:$port" --mqtt-version 5 --timeout ${limit}ms publish topic x 1
    check "6: reset at byte $at, within CONNACK" all exits 6 -- silent
done
for at in 5 6 7 8; do
    fake reset $at
    client -b "mqtt://127.0.0.1:$port" --mqtt-version 5 --timeout ${limit}ms publish topic x 1
    check "6 or 7: reset at byte $at, before the end of PUBACK" all one_of 6 7 -- silent
done
fake reset 9
client -b "mqtt://127.0.0.1:$port" --mqtt-version 5 publish topic x 1
check 'reset after PUBACK: it was published' all exits 0 -- prints published

fake mute connack
"$MQTT_CLIENT" -b "mqtt://127.0.0.1:$port" --timeout 20s connect >"$out" 2>"$err" </dev/null &
child=$!
sleep 0.3
start=${EPOCHREALTIME/./}
kill -TERM "$child"
wait "$child"
code=$?
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
check '143: SIGTERM while it waits for the broker' all exits 143 -- silent -- within 0 500
plan
