#!/usr/bin/env bash
# Messages under way: round trips, bursts, back-pressure, gaps, and what a killed process had not settled.
# Catches: Nagle's delay (44 ms a message) and paho's naps (100 ms), its stalls of a second (which each publish takes in a
# process that prepares paho for each of its clients), a message that is lost or acknowledged too early, a gap that nobody
# sees.
# shellcheck source=test/live/live.bash
. test/live/live.bash

broker main 'allow_anonymous true'
url=mqtt://127.0.0.1:$port
main=$pid

below() {
    awk -v value="$(cat "$out")" -v most="$1" 'BEGIN { exit !(value != "" && value + 0 < most) }'
}
for version in 5 3.1.1; do
    client -b "$url" --mqtt-version "$version" trip "trip/$version" 50 0
    check "$version: a round trip with QoS 1 takes less than 40 ms, by the median" all exits 0 -- below 40
    client -b "$url" --mqtt-version "$version" trip "trip/$version" 6 1030
    check "$version: also when nothing came for a second" all exits 0 -- below 40
    client -b "$url" --mqtt-version "$version" pair "pair/$version" 10 0
    check "$version: also between two clients of a process" all exits 0 -- below 40
done

# all_of COUNT FILE: the messages 0 to COUNT - 1, each at least once.
all_of() {
    [ "$(sed -n 's/^message [^ ]* \([0-9]*\) .*/\1/p' "$2" | sort -un | wc -l)" -eq "$1" ]
}
once_each() {
    [ "$(grep -c '^message' "$2")" -eq "$1" ] && all_of "$1" "$2"
}
# watcher NAME ARGUMENT...: a client in the background. Sets child.
watcher() {
    local name=$1
    shift
    empty "$name.seen"
    "$MQTT_CLIENT" -b "$url" --timeout 30s "$@" >"$work/$name.seen" 2>"$work/$name.err" </dev/null &
    child=$!
    wait_for subscribed "$work/$name.seen"
}

for version in 5 3.1.1; do
    watcher "burst-$version" --mqtt-version "$version" watch 500 1 "burst/$version"
    client -b "$url" --mqtt-version "$version" burst "burst/$version" 500
    check "$version: a burst of 500 with QoS 1 is acknowledged, in less than a second" \
        all exits 0 -- prints 'acknowledged 500 ' -- within 0 1000
    wait "$child"
    check "$version: and arrives, each once" once_each 500 "$work/burst-$version.seen"
done

mosquitto_pub -p "$port" -t kept -m retained -r -q 1
client -b "$url" watch 1 1 kept
check 'a retained message says so' all exits 0 -- prints 'message kept retained qos=1 retained'
client -b "$url" publish 'a/#' x 1
check '2: no topic to publish to' all exits 2 -- tells 'no topic'
client -b "$url" watch 1 1 'a/#/b'
check '2: no topic filter' all exits 2 -- tells 'no topic filter'

# Back-pressure: more than the list holds, while the reader sleeps.
watcher slow watch 5000 1 flood
kill -STOP "$child"
client -b "$url" --timeout 20s burst flood 5000
check 'a burst that nobody takes is acknowledged' exits 0
kill -CONT "$child"
wait "$child"
check 'and nothing of it is lost' once_each 5000 "$work/slow.seen"

# A shared subscription whose reader is killed with a message that it has not settled.
for version in 5 3.1.1; do
    identity=(--client-id "reader-$version" --mqtt-version "$version")
    work_topic=work/$version
    watcher holder "${identity[@]}" hold "\$share/group/$work_topic"
    mosquitto_pub -p "$port" -t "$work_topic" -m precious -q 1
    wait_for "message $work_topic precious" "$work/holder.seen"
    kill -KILL "$child"
    wait "$child" 2>/dev/null
    client -b "$url" "${identity[@]}" late 1 "\$share/group/$work_topic"
    check "$version: what a killed reader had not settled comes again" all exits 0 -- prints "message $work_topic precious"
    # What was settled does not: the second was taken after the first.
    mosquitto_pub -p "$port" -t "$work_topic" -m first -q 1
    mosquitto_pub -p "$port" -t "$work_topic" -m second -q 1
    client -b "$url" "${identity[@]}" late 2 "\$share/group/$work_topic"
    check "$version: one after the other" all exits 0 -- prints first -- prints second
    client -b "$url" "${identity[@]}" --timeout 1s late 1 "\$share/group/$work_topic"
    check "$version: what it had settled does not" all exits 7 -- not prints message
done

# The broker restarts while 2000 messages are on their way, one after the other from a sender that repeats what is lost.
watcher gap watch 1000000 1 load
reader=$child
"$MQTT_CLIENT" -b "$url" --timeout 30s load load 60000 >"$work/load.out" 2>"$work/load.err" </dev/null &
sender=$!
wait_for 'message load 500 ' "$work/gap.seen"
stop "$main"
check 'the gap is seen by the reader' wait_for 'gap: ' "$work/gap.err"
broker main
main=$pid
check 'and its end' wait_for 'connected again' "$work/gap.err"
wait "$sender"
code=$?
cp "$work/load.out" "$out"
cp "$work/load.err" "$err"
check 'the sender ends with every message acknowledged' all exits 0 -- prints 'acknowledged 60000 ' -- tells 'gap: ' -- \
    tells 'connected again'
mosquitto_pub -p "$port" -t load -m end -q 1
wait_for 'message load end' "$work/gap.seen"
check 'the reader is subscribed again' grep -q 'message load end' "$work/gap.seen"
kill "$reader"
wait "$reader" 2>/dev/null

# The password changes while we are connected: no attempt without end.
printf 'zhang:secret\n' >"$work/passwd"
printf 'secret' >"$work/password"
chmod 600 "$work/password"
mosquitto_passwd -U "$work/passwd"
broker locked 'allow_anonymous false' "password_file $work/passwd"
url=mqtt://127.0.0.1:$port
watcher locked -u zhang --password-file "$work/password" watch 1 1 topic
stop "$pid"
printf 'zhang:other\n' >"$work/passwd"
mosquitto_passwd -U "$work/passwd"
broker locked
wait "$child"
code=$?
cp "$work/locked.err" "$err"
check '5: refused when it comes back' all exits 5 -- tells 'gap: ' -- tells 'wrong user name or password'
plan
