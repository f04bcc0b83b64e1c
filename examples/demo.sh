#!/usr/bin/env bash
# Builds zjiotctl and shows it: on captured frames, then live, with a broker and a simulated lamp of its own on this
# machine. Installs what is missing on Debian 12; stops what it started.
set -eu
cd "$(dirname "$0")/.."
. test/setup.sh

need 'to build the library' gcc libc6-dev meson ninja-build pkg-config
need 'for zjiotctl' libjansson-dev
need 'for MQTT in zjiotctl' libpaho-mqtt-dev libssl-dev libinih-dev libevent-dev
need 'as the broker of the live part' mosquitto
install_needed
build build/demo -Dcli=enabled -Dtests=disabled -Dbench=disabled

tool=./build/demo/cli/zjiotctl

# Prints a command as one would type it, and runs it.
show() {
    local word line="$tool"
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./=-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '\n$ %s\n' "$line"
    "$tool" "$@"
}

title() {
    printf '\n=== %s\n' "$*"
}

title 'A device of the city platform reports that it is there (document 000)'
show decode @examples/heartbeat.txt
show explain @examples/heartbeat.txt

title 'The platform switches a lamp on (document 000)'
show encode zhenjiang ctlOnOff -d 010000002934857620 'switch[0].id=1' 'switch[0].opt=100' -o line

title 'A street lamp reports its state (document 001)'
lamp='ff fe fd fc | 05 | 00 01 | 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 01 00 00 00 00 01 00 00 00 | ff ff'
show decode "$lamp"
show explain "$lamp"

title 'The platform gives a lamp its four periods (document 001)'
periods='ff fe fd fc | 10 | 00 01 | 04 04 1A 04 74 46 04 74 00 00 64 00 00 00 5A 46 01 0E 01 4A 32 | ff ff'
show decode "$periods"
show explain "$periods"

title 'A heat meter with a valve reports through a gateway (document 004)'
meter=685527100583001111813B901F0012235304050000000032785634002A8728009328000000000005000000002C00000000FA00FA000000E803E8030000EA008185CB0123F7407316
show decode "$meter"
show explain "$meter"

title 'A household valve reports (document 004)'
show decode -o json 685323227310001111812D901F011073221201DC00DC0055640A28006F3300006401180119620105063005502000B42300212126052420407216

title 'The platform closes the valve of the heat meter (document 004)'
show explain FEFEFE6855271005830011111605902F0100007916

title 'Live: a broker and a simulated lamp, both only on this machine (127.0.0.1), both stopped at the end'
work=$(mktemp -d)
started=()
stop_all() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap stop_all EXIT

# start NAME COMMAND...: in the background; its talk goes to NAME.log.
start() {
    local name=$1
    shift
    : >"$work/$name.log" # await may look before the process is there
    "$@" >"$work/$name.log" 2>&1 &
    started+=($!)
}

# await NAME TEXT: until NAME has said TEXT.
await() {
    for _ in $(seq 100); do
        ! grep -q "$2" "$work/$1.log" || return 0
        sleep 0.1
    done
    echo "$1 does not start:" >&2
    cat "$work/$1.log" >&2
    exit 1
}

# Above the ports that connections are made from; with the process number two demos do not meet.
port=$((61000 + $$ % 4000))
printf 'listener %s 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n' "$port" >"$work/broker.conf"
[ "$(id -u)" -ne 0 ] || echo 'user root' >>"$work/broker.conf"
export ZJIOT_BROKER=mqtt://127.0.0.1:$port XDG_CONFIG_HOME=$work
printf '\n$ mosquitto -c broker.conf &      # a broker at %s\n' "$ZJIOT_BROKER"
PATH=$PATH:/usr/sbin start broker mosquitto -c "$work/broker.conf"
await broker 'running'

lamp=010000002934857620
printf '$ %s simulate zhenjiang -d %s &      # a lamp controller of Zhenjiang city at that broker\n' "$tool" "$lamp"
start simulate "$tool" simulate zhenjiang -d "$lamp"
await simulate 'ready:'

title 'The platform asks the lamp for its readings, and gets the answer to this request (document 000, 3.4.5)'
show send getRuntime -d "$lamp" -o text
title 'It switches the lamp on'
show send ctlOnOff -d "$lamp" 'switch[0].id=1' 'switch[0].opt=100' -o text
title 'A lamp that is not there: what send says, and exit code 7'
code=0
show send getRuntime -d 010000000000000001 --timeout 1s || code=$?
echo "exit code $code"
