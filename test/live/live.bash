# For the live cases: brokers of our own on free ports of 127.0.0.1, stopped at the end. Sourced.
# MQTT_CLIENT is test/live/mqtt_client.c as a program.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash
: "${MQTT_CLIENT:?names the program to test}"
unset "${!ZJIOT_@}"
export XDG_CONFIG_HOME=$work/config

PATH=$PATH:/usr/sbin # where Debian has mosquitto
if ! command -v mosquitto >/dev/null; then
    echo "1..0 # SKIP mosquitto is not installed"
    exit 0
fi

brokers=()
stop_all() {
    [ ${#brokers[@]} -eq 0 ] || kill "${brokers[@]}" 2>/dev/null
    rm -rf "$work"
}
trap stop_all EXIT

# free_port: prints one.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# answers PORT: something listens there.
answers() {
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# broker NAME LINE...: starts mosquitto with these lines in its configuration. Sets port, and pid to stop it with; NAME.log
# is its log.
broker() {
    local name=$1 line
    shift
    if [ ! -f "$work/$name.port" ]; then
        free_port >"$work/$name.port"
        {
            echo "listener $(cat "$work/$name.port") 127.0.0.1"
            echo "set_tcp_nodelay true"
            echo "max_queued_messages 0"
            [ "$(id -u)" -ne 0 ] || echo "user root"
            for line in "$@"; do
                echo "$line"
            done
        } >"$work/$name.conf"
    fi
    port=$(cat "$work/$name.port")
    mosquitto -c "$work/$name.conf" >>"$work/$name.log" 2>&1 &
    pid=$!
    brokers+=("$pid")
    for _ in $(seq 100); do
        answers "$port" && return
        sleep 0.05
    done
    echo "Bail out! mosquitto does not start: $(tail -n 3 "$work/$name.log")"
    exit 1
}

# fake WORD...: starts fake_broker.py. Sets port and pid.
fake() {
    empty fake.port
    python3 test/live/fake_broker.py "$@" >"$work/fake.port" 2>"$work/fake.err" &
    pid=$!
    brokers+=("$pid")
    for _ in $(seq 100); do
        [ -s "$work/fake.port" ] && break
        sleep 0.05
    done
    port=$(cat "$work/fake.port")
}

stop() {
    kill "$1"
    wait "$1" 2>/dev/null
}

# client ARGUMENT...: output in $out, talk in $err, exit code in $code, time in $ms.
client() {
    local start=${EPOCHREALTIME/./}
    "$MQTT_CLIENT" "$@" >"$out" 2>"$err" </dev/null
    code=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# within LEAST MOST: of the last client, in ms.
within() {
    [ "$ms" -ge "$1" ] && [ "$ms" -le "$2" ]
}

# empty NAME...: of files in $work that a process in the background is about to write. It does so when it comes to run; who
# waits for a text meanwhile would find that of the process before.
empty() {
    local name
    for name in "$@"; do
        : >"$work/$name"
    done
}

# wait_for TEXT FILE: up to 10 s.
wait_for() {
    for _ in $(seq 200); do
        grep -qF -e "$1" "$2" 2>/dev/null && return
        sleep 0.05
    done
    return 1
}
