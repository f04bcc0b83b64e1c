#!/usr/bin/env bash
# What goes wrong on the way: a peer that is mute from some phase on ends send at its deadline, within half a second, and
# the code says whether anything may have been executed. The same code in both versions of MQTT.
# Catches: a phase without a deadline, a 6 that is a 7, a password that is seen.
# shellcheck source=test/live/send.bash
. test/live/send.bash

limit=700
# mute TEXT CODE SENTENCE ARGUMENT...: against the broker at $port.
mute() {
    local text=$1 expected=$2 sentence=$3 meaning='nothing was executed'
    shift 3
    [ "$expected" -eq 6 ] || meaning='may have been executed'
    send getTimer -d $lamp --timeout ${limit}ms "$@"
    check "$expected: mute: $text" all exits "$expected" -- silent -- tells "$sentence" -- tells "$meaning" -- \
        within $limit $((limit + 500))
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/pem" -days 2 -subj /CN=localhost 2>/dev/null
for version in 5 3.1.1; do
    fake backlog
    mute "$version: connection" 6 'does not answer' --mqtt-version $version
    fake mute connack
    mute "$version: CONNACK" 6 'no answer to CONNECT' --mqtt-version $version
    fake mute suback
    mute "$version: SUBACK" 6 'no answer to SUBSCRIBE' --mqtt-version $version
    fake mute puback
    mute "$version: PUBACK" 7 'did not confirm' --mqtt-version $version
    fake mute none
    mute "$version: answer" 7 'no answer from' --mqtt-version $version
done
fake mute connack
url=mqtts://127.0.0.1:$port
timed() {
    local start=${EPOCHREALTIME/./}
    "$ZJIOTCTL" send getTimer -d $lamp "$@" >"$out" 2>"$err" </dev/null
    code=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
}
timed -b "$url" --timeout ${limit}ms
check '6: mute: TLS' all exits 6 -- silent -- tells 'no TLS handshake' -- within $limit $((limit + 500))

fake bytes 485454502f312e31203430302042616420526571756573740d0a0d0a
send getTimer -d $lamp --timeout 1s
check '10: no broker' all exits 10 -- silent -- tells 'no MQTT broker' -- tells 'nothing was executed'
port=$(free_port)
send getTimer -d $lamp
check '6: nobody listens' all exits 6 -- silent -- tells 'no broker listens there' -- tells 'nothing was executed' -- within 0 2000

# Who may.
secret=sentinel-7f3a91c2
echo "$secret" >"$work/password"
echo wrong-7f3a91c2 >"$work/wrong"
chmod 600 "$work/password" "$work/wrong"
mosquitto_passwd -c -b "$work/users" zhang $secret
printf 'user zhang\ntopic read up/#\ntopic write down/json/01/#\n' >"$work/rules"
broker closed 'allow_anonymous false' "password_file $work/users" "acl_file $work/rules"
for version in 5 3.1.1; do
    send getTimer -d $lamp -u zhang --password-file "$work/wrong" --mqtt-version $version
    check "$version: 5: wrong password" all exits 5 -- silent -- tells 'user name or password' -- tells 'nothing was executed' -- \
        not tells 7f3a91c2
    send getTimer -d $lamp --mqtt-version $version
    check "$version: 5: no password" all exits 5 -- silent
done
send getTimer -d $lamp -u zhang --password-file "$work/password" --vendor 02 --timeout 2s --mqtt-version 5
check '5: a command that the broker does not allow' all exits 5 -- silent -- tells 'refuses the message' -- tells 'nothing was executed'
send getTimer -d $lamp -u zhang --password-file "$work/none"
check '9: no such password file' all exits 9 -- silent
send getTimer -d $lamp --profile none
check '9: no such profile' all exits 9 -- silent

# A password while it waits: in no argument, no output, no log; and no core would be written.
(ulimit -c unlimited 2>/dev/null; exec env --default-signal=INT "$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" -u zhang \
    --password-file "$work/password" --timeout 20s >"$out" 2>"$err" </dev/null) &
child=$!
sleep 0.8
check 'the password is in no argument' not grep -qa $secret "/proc/$child/cmdline"
check 'nor in the environment' not grep -qa $secret "/proc/$child/environ"
check 'no core would hold it' grep -q 'Max core file size *0 *0' "/proc/$child/limits"
kill -INT "$child"
wait "$child"
code=$?
check '130: Ctrl-C says what may have happened' all exits 130 -- silent -- tells 'interrupted' -- tells 'may have been executed'
check 'the password is in no output, and not in the log of the broker' not grep -qa $secret "$out" "$err" "$work/closed.log"

# ends_by SIGNAL CODE SENTENCE: while the broker says nothing.
ends_by() {
    fake mute connack
    env "--default-signal=$1" "$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" >"$out" 2>"$err" </dev/null &
    child=$!
    sleep 0.4
    kill "-$1" "$child"
    wait "$child"
    code=$?
    check "$2: SIG$1 before anything was sent" all exits "$2" -- silent -- tells 'nothing was executed'
}
ends_by INT 130
ends_by TERM 143

# The broker dies while the answer is awaited, and is back.
broker dies 'allow_anonymous true'
"$ZJIOTCTL" send getTimer -d $lamp -b "mqtt://127.0.0.1:$port" --timeout 5s serial_id=mine -o jsonl >"$out" 2>"$err" </dev/null &
child=$!
sleep 0.7
stop "$pid"
wait_for 'connection is lost' "$err"
broker dies 'allow_anonymous true'
wait_for 'connected again' "$err"
mosquitto_pub -p "$port" -t up/json/01/getTimer/$lamp -m \
    "{\"context\":{\"dev_attr\":0,\"dev_id\":\"$lamp\",\"cmd\":\"getTimer\",\"unix_milli\":1722994330451,\"serial_id\":\"mine\",\"status\":1,\"detail\":\"\"},\"data\":{\"now\":1722994330}}"
wait "$child"
code=$?
check 'a gap is told, and an answer after it is taken' all exits 0 -- lines 1 -- tells 'answers that come now are missed'
plan
