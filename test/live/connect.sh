#!/usr/bin/env bash
# Versions, passwords, authorisation, dead brokers: each cause has its exit code and its sentence, the same in both
# versions. Catches: a password on the command line or in any output, a cause that changes its code with the version.
# shellcheck source=test/live/live.bash
. test/live/live.bash

sentinel='Sesam-öffne-7491'
printf '%s\n' "$sentinel" >"$work/password"
printf 'wrong\n' >"$work/wrong"
chmod 600 "$work/password" "$work/wrong"
printf 'zhang:%s\n' "$sentinel" >"$work/passwd"
mosquitto_passwd -U "$work/passwd"
cat >"$work/acl" <<'END'
user zhang
topic readwrite open/#
END

broker plain 'allow_anonymous true'
url=mqtt://127.0.0.1:$port
client -b "$url" connect
check 'MQTT 5 first' all exits 0 -- prints 'connected 5'
client -b "$url" --mqtt-version 3.1.1 connect
check 'MQTT 3.1.1 when asked for' all exits 0 -- prints 'connected 3.1.1'
for _ in 1 2 3 4 5; do
    client -b "$url" connect
    tail -n 1 "$out" >>"$work/times"
done
check 'a connection takes less than 40 ms, by the median of five' \
    [ "$(sort -n "$work/times" | sed -n '3s/\..*//p')" -lt 40 ]
client -b "mqtt://localhost:$port" connect
check 'by name' exits 0
http_proxy=http://127.0.0.1:9 client -b "$url" connect
check 'a proxy for the web is not for MQTT' exits 0
client -b "mqtts://127.0.0.1:$port" --insecure --timeout 2s connect
check '10 or 6: TLS to a port without it' all not exits 0 -- tells 'TLS'

fake old
client -b "mqtt://127.0.0.1:$port" connect
check 'falls back to 3.1.1 for an old broker' all exits 0 -- prints 'connected 3.1.1'
client -b "mqtt://127.0.0.1:$port" --mqtt-version 5 connect
check '6: not when 5 is asked for' all exits 6 -- tells 'does not know this version'
fake close
client -b "mqtt://127.0.0.1:$port" connect
check '6: it closes the connection' all exits 6 -- tells 'closed the connection without an answer'
for bytes in 2000 200100; do
    for version in 5 3.1.1; do
        fake bytes $bytes
        client -b "mqtt://127.0.0.1:$port" --mqtt-version $version connect
        check "10: $version: a CONNACK that is too short: $bytes" all exits 10 -- tells 'less than a CONNACK'
    done
done

dead=$(free_port)
client -b "mqtt://127.0.0.1:$dead" connect
check '6: nothing listens' all exits 6 -- silent -- tells "127.0.0.1:$dead: connection refused" -- within 0 500
client -b mqtt://no-such-host.invalid connect
check '6: no such host' all exits 6 -- tells 'no-such-host.invalid is not found'

broker secret 'allow_anonymous false' "password_file $work/passwd" "acl_file $work/acl" 'log_type all'
url=mqtt://127.0.0.1:$port
for version in 5 3.1.1; do
    connection=(-b "$url" --mqtt-version "$version" -u zhang)
    client "${connection[@]}" --password-file "$work/password" connect
    check "$version: the right password" exits 0
    client "${connection[@]}" --password-file "$work/wrong" connect
    check "5: $version: a wrong password" all exits 5 -- silent -- tells 'wrong user name or password'
    client -b "$url" --mqtt-version "$version" connect
    check "5: $version: no user name" all exits 5 -- tells 'wrong user name or password'
    exec 7<"$work/password"
    client "${connection[@]}" --password-fd 7 connect
    exec 7<&-
    check "$version: the password from a descriptor" exits 0
    client "${connection[@]}" --password-file "$work/password" --timeout 2s publish open/door x 1
    check "$version: an allowed topic" all exits 0 -- prints published
done
connection=(-b "$url" -u zhang --password-file "$work/password")
client "${connection[@]}" publish closed/door x 1
check '5: a topic that is not allowed' all exits 5 -- tells 'refuses the message to closed/door'
client "${connection[@]}" --mqtt-version 3.1.1 publish closed/door x 1
check '3.1.1 cannot tell that' exits 0

client "${connection[@]}" --password-file "$work/none" connect
check '2: an option given twice' exits 2
client -b "$url" -u zhang --password-file "$work/none" connect
check '9: no password file' all exits 9 -- tells "$work/none: No such file"
client -b "$url" -u zhang --password-fd 99 connect
check '9: no such descriptor' all exits 9 -- tells 'Bad file descriptor'
client -b "$url" --password-file "$work/password" connect
check '2: a password without a user name' all exits 2 -- tells '--user'
chmod 644 "$work/password"
client "${connection[@]}" connect
check 'a password file that others may read is told' all exits 0 -- tells 'others may read'

# Where might it turn up? Everything that was written, and the command line and environment of a client at work.
"$MQTT_CLIENT" "${connection[@]}" --timeout 3s watch 1 0 open/never >"$work/watch.out" 2>"$work/watch.err" &
watcher=$!
wait_for subscribed "$work/watch.out"
tr '\0' '\n' <"/proc/$watcher/cmdline" >"$work/cmdline.seen"
tr '\0' '\n' <"/proc/$watcher/environ" >"$work/environ.seen"
core=$(awk '/Max core file size/ {print $5}' "/proc/$watcher/limits")
check 'no core is written of a process with a password' [ "$core" = 0 ]
kill "$watcher"
wait "$watcher" 2>/dev/null
client -b "mqtt://zhang:$sentinel@127.0.0.1:$port" connect
check '2: a URL with a password is refused' all exits 2 -- tells 'password in a URL' -- not tells "$sentinel"
cp "$err" "$work/refused.err"
client -b "mqtt://zhang@127.0.0.1:$port" connect
check '2: and one with a user name' all exits 2 -- tells '--user'
ZJIOT_BROKER=mqtt://zhang:$sentinel@127.0.0.1 client connect
check '9: the same in the environment' all exits 9 -- not tells "$sentinel"
MQTT_C_CLIENT_TRACE=$work/paho.trace client "${connection[@]}" connect
check 'the password is in no output, log or argument' \
    not grep -rqF --exclude=password -e "$sentinel" "$work"
plan
