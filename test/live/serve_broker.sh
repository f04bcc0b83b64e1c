#!/usr/bin/env bash
# The server for 4G modules with a broker: what a module saw answered is at the broker, whatever happens to the server or
# the broker; commands and their outcomes.
# Catches: an answer in front of the broker's confirmation, a message lost in a gap, commands that vanish, a reply taken
# for the wrong command.
# shellcheck source=test/live/serve.bash
. test/live/serve.bash

broker main 'allow_anonymous true' 'persistence true' "persistence_location $work/"
broker_port=$port broker_pid=$pid
url=mqtt://127.0.0.1:$port

# An independent subscriber with a session.
mosquitto_sub -p "$broker_port" -q 1 -c -i witness -t 'zjiot/m4g/+/up/+' -F '%t %q %p' >"$work/witness" 2>/dev/null &
brokers+=("$!")
mosquitto_sub -p "$broker_port" -q 1 -t 'zjiot/m4g/+/failed/#' -F '%t %p' >"$work/failed" 2>/dev/null &
brokers+=("$!")
sleep 0.3

mkfifo "$work/one.in"
exec 9<>"$work/one.in"
serve one -b "$url" --reply-timeout 1s
modules exchange 5 "$ping" '{"cmd":"info_ack","CCID":"8","location":"1,2","err0num":"1","err1num":"2","err2num":"3"}' wait:pong end
check 'a message is published as it is, with QoS 1' wait_for "zjiot/m4g/$imei/up/ping 1 $ping" "$work/witness"
check 'and so is one that does not name the module' wait_for "zjiot/m4g/$imei/up/info_ack 1 {\"cmd\":\"info_ack\"" "$work/witness"
modules exchange 5 '{"cmd":"push_online","packnum":"1","st0":[1]}' sleep:0.3 "$ping" wait:pong end
check 'without an IMEI a message is neither published nor answered' all told one '"event":"unpublished"' -- not prints push_online_ack

# answer NAME: the module answers one command.
answer() {
    aside exchange 10 "$ping" wait:pong "wait:$1" "{\"cmd\":\"$1_ack\",$2}" sleep:0.5 end
    wait_for pong "$work/aside.out"
}
answer info '"CCID":"8","location":"1,2","err0num":"1","err1num":"2","err2num":"3"'
check 'a command over MQTT, its answer to the response topic' grep -q info_ack \
    <(mosquitto_rr -p "$broker_port" -V 5 -t "zjiot/m4g/$imei/down/info" -e "answers/1" -n -W 5)
wait "$child"
answer version "\"IMEI\":\"$imei\",\"type\":\"0001\",\"version\":\"1.0.3\""
echo "{\"imei\":\"$imei\",\"cmd\":\"version\",\"id\":\"call 7\"}" >&9
check 'a command from stdin, its answer with its id' told one '"match":"guessed","id":"call 7","rtt_ms":'
wait "$child"
answer update '"result":"true"'
echo "zjiot/m4g/$imei/down/update {\"cmd\":\"update\",\"IMEI\":\"$imei\"}" >&9
check 'or as topic and message' told one '"message":"update_ack"'
wait "$child"
modules exchange 3 "$ping" wait:pong '{"cmd":"query_msg_ack","result":"true"}' end
check 'an answer that nobody asked for says so' told one '"match":"foreign"'

# Outcomes that are none.
mosquitto_pub -p "$broker_port" -q 1 -t "zjiot/m4g/865501040000009/down/info" -n
check 'a module that is not connected: told, and published' all told one 'is not connected: nothing was sent' -- \
    wait_for 'zjiot/m4g/865501040000009/failed/info {' "$work/failed"
check 'also to a response topic' grep -q 'nothing was sent' \
    <(mosquitto_rr -p "$broker_port" -V 5 -t "zjiot/m4g/865501040000009/down/info" -e "answers/2" -n -W 5)
aside exchange 5 "$ping" wait:pong wait:info sleep:1.2 end
wait_for pong "$work/aside.out"
echo "{\"imei\":\"$imei\",\"cmd\":\"info\"}" >&9
check 'no answer in time' told one 'no answer within 1000 ms: it may have been executed'
wait "$child"
echo '{"imei":"865501040000000","cmd":"pong"}' >&9
check 'no command' told one "'pong' is no command"
echo '{"imei":1}' >&9
check 'no line' told one '"code":"SYNTAX"'
echo 'garbage 1' >&9
check 'neither an object nor a topic' told one "stdin: 'garbage' is no command; a command is"
mosquitto_pub -p "$broker_port" -q 1 -t "zjiot/m4g/$imei/down/version" -m '{"cmd":"version","IMEI":"865501040000009"}'
check 'another module than the topic says' told one 'but 865501040000000 was asked for'
ends TERM
mosquitto_pub -p "$broker_port" -q 1 -r -t "zjiot/m4g/$imei/down/update" -m x
serve two -b "$url"
check 'a retained command is not executed' told two 'a retained message'
mosquitto_pub -p "$broker_port" -q 1 -r -t "zjiot/m4g/$imei/down/update" -n
ends TERM
exec 9>&-

# A broker that does not answer: the module waits, then gets its answer.
serve gap -b "$url"
kill -STOP "$broker_pid"
modules exchange 1 "$ping"
check 'no answer while the broker does not confirm' all prints open -- not prints pong
aside exchange 5 "$ping" wait:pong end
sleep 0.5
kill -CONT "$broker_pid"
wait "$child"
check 'but when it does' grep -q pong "$work/aside.out"
kill -STOP "$broker_pid"
modules exchange 0.5 "$ping"
ends TERM
check 'SIGTERM ends without a broker that answers, within 2 s' all exits 143 -- within 0 2500 -- \
    grep -q 'not confirmed' "$work/gap.err"
kill -CONT "$broker_pid"
serve gap -b "$url"
kill -STOP "$broker_pid"
modules exchange 0.5 "$ping"
kill -TERM "$pid"
sleep 0.2
ends TERM
check 'a second signal ends it at once' all exits 143 -- within 0 700
kill -CONT "$broker_pid"

# A broker that refuses a message, and one that does not even say so.
printf 'topic read zjiot/#\ntopic write zjiot/m4g/+/up/ping\n' >"$work/acl"
broker strict 'allow_anonymous true' "acl_file $work/acl"
serve refused -b "mqtt://127.0.0.1:$port"
modules exchange 5 "$ping" wait:pong '{"cmd":"push_online","IMEI":"865501040000000","packnum":"7","st0":[1]}' sleep:0.3 end
check 'a message that the broker refuses is not answered' all not prints push_online_ack -- \
    told refused 'the broker refuses the message to zjiot/m4g/865501040000000/up/push_online'
ends TERM
fake mute connack
"$ZJIOTCTL" serve m4g --listen 127.0.0.1:0 -b "mqtt://127.0.0.1:$port" >"$out" 2>"$err" </dev/null &
pid=$!
brokers+=("$pid")
sleep 0.5
ends TERM
check 'SIGTERM ends it while it waits for the broker' all exits 143 -- within 0 1500

# answered_is_there FILE: the witness has every message of which a module saw the answer.
answered_is_there() {
    local name=$1
    for _ in $(seq 100); do
        sort -u "$name" >"$work/answered"
        sed -n 's/.*"IMEI":"\([0-9]*\)","packnum":"\([0-9]*\)".*/\1 \2/p' "$work/witness" | sort -u >"$work/there"
        [ -z "$(comm -23 "$work/answered" "$work/there")" ] && return
        sleep 0.1
    done
    comm -23 "$work/answered" "$work/there" | head -n 3 >"$err"
    return 1
}

# SIGKILL and SIGTERM under load, and a broker that restarts.
free_port >"$work/serve.port"
port_wanted=$(cat "$work/serve.port")
serve killed -b "$url"
python3 test/live/modules.py load "$port" 30 400 "$work/loaded" 2>"$work/load.err" &
loader=$!
brokers+=("$loader")
for signal in KILL KILL TERM; do
    sleep 0.7
    before=$(wc -l <"$work/loaded")
    ends "$signal"
    check "SIG$signal under load: what was answered is there" all [ "$before" -gt 50 ] -- answered_is_there "$work/loaded"
    [ "$signal" != TERM ] || check 'and SIGTERM took less than 2 s' all exits 143 -- within 0 2500
    serve killed -b "$url"
done
sleep 0.3
# came TEXT COUNT: serve has said so as often, within 10 s.
came() {
    for _ in $(seq 200); do
        [ "$(grep -cF -e "$1" "$work/killed.err")" -ge "$2" ] && return
        sleep 0.05
    done
    return 1
}
serve_pid=$pid
for gap in 1 2 3; do
    stop "$broker_pid"
    check "a gap is told ($gap)" came 'modules wait for their answers' "$gap"
    broker main
    broker_pid=$pid
    check "and its end ($gap)" came 'the broker is back' "$gap"
done
pid=$serve_pid
wait "$loader"
code=$?
check 'the modules get all their answers' all exits 0 -- lines 12000 "$work/loaded"
check 'and all messages are there' answered_is_there "$work/loaded"
ends TERM
check 'and nothing waits at the end' all exits 143 -- within 0 1500
plan
