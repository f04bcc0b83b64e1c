# For the cases of `zjiotctl simulate`: devices that answer. Sourced.
# shellcheck source=test/live/live.bash
. test/live/live.bash

# simulate NAME ARGUMENT...: starts devices. Sets pid; NAME.devices has their talk, on stdout and stderr.
simulate() {
    local name=$1
    shift
    empty "$name.devices"
    "$ZJIOTCTL" simulate "$@" >"$work/$name.devices" 2>&1 </dev/null &
    pid=$!
    brokers+=("$pid")
    wait_for 'ready:' "$work/$name.devices" && return
    echo "Bail out! the devices do not start: $(tail -n 3 "$work/$name.devices")"
    exit 1
}

# listen FILTER...: from now on "TOPIC PAYLOAD" lines of all messages are in $heard.
heard=$work/heard
listener=
listen() {
    local filters=() filter
    for filter in "$@"; do
        filters+=(-t "$filter")
    done
    [ -z "$listener" ] || kill "$listener"
    : >"$heard"
    mosquitto_sub -p "$port" -q 1 -v "${filters[@]}" >"$heard" 2>"$work/listen.err" &
    listener=$!
    brokers+=("$listener")
    # It hears once a message of its own comes back.
    for _ in $(seq 100); do
        mosquitto_pub -p "$port" -t "${1%%[#+]*}listening" -m .
        sleep 0.05
        [ -s "$heard" ] && break
    done
}

# publish TOPIC PAYLOAD
publish() {
    mosquitto_pub -p "$port" -q 1 -t "$1" -m "$2"
}

# command_line ARGUMENT...: of `zjiotctl encode`; sends what comes of it.
command_line() {
    local topic payload
    read -r topic payload < <("$ZJIOTCTL" encode -o line "$@")
    publish "$topic" "$payload"
}

# told TEXT: somewhere in what was heard, within 10 s.
told() {
    wait_for "$1" "$heard"
}

# times NUMBER TEXT: so many lines of what was heard have it.
times() {
    [ "$(grep -cF -e "$2" "$heard")" -eq "$1" ]
}

# soon NUMBER TEXT: the same, within 10 s.
soon() {
    for _ in $(seq 100); do
        times "$@" && return
        sleep 0.1
    done
    return 1
}

# understood: decodes strictly all that was heard; the records are in $out.
understood() {
    grep -v ' \.$' "$heard" >"$work/strictly"
    [ -s "$work/strictly" ] && "$ZJIOTCTL" decode --strict -o jsonl -f "$work/strictly" >"$out" 2>"$err"
}
