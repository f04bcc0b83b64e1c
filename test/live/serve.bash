# For the cases of serve. Sourced.
# shellcheck source=test/live/live.bash
. test/live/live.bash

imei=865501040000000
ping='{"cmd":"ping","IMEI":"865501040000000"}'

# serve NAME ARGUMENT...: starts the server on a free port, or on that in $port_wanted. Sets port and pid; NAME.out and
# NAME.err are its output, NAME.in its stdin, when there is such a pipe. Descriptor 8 stays with the caller.
serve() {
    local name=$1 input=/dev/null
    shift
    [ ! -p "$work/$name.in" ] || input=$work/$name.in
    empty "$name.err"
    "$ZJIOTCTL" serve m4g --listen "127.0.0.1:${port_wanted:-0}" "$@" >>"$work/$name.out" 2>"$work/$name.err" <"$input" 8<&- &
    pid=$!
    brokers+=("$pid")
    if ! wait_for 'listening on' "$work/$name.err"; then
        echo "Bail out! serve does not start: $(tail -n 3 "$work/$name.err")"
        exit 1
    fi
    port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$work/$name.err")
}

# modules COMMAND ARGUMENT...: of modules.py, on $port. Output in $out.
modules() {
    local command=$1
    shift
    python3 test/live/modules.py "$command" "$port" "$@" >"$out" 2>"$err"
    code=$?
}

# aside COMMAND ARGUMENT...: the same beside what follows. Output in aside.out. Sets child.
aside() {
    local command=$1
    shift
    empty aside.out
    python3 test/live/modules.py "$command" "$port" "$@" >"$work/aside.out" 2>&1 8<&- &
    child=$!
    brokers+=("$child")
}

# ends SIGNAL: the server in $pid. Sets code and ms.
ends() {
    local start=${EPOCHREALTIME/./}
    kill "-$1" "$pid"
    wait "$pid" 2>/dev/null
    code=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# told NAME TEXT: a record of the server holds it, now or soon.
told() {
    wait_for "$2" "$work/$1.out"
}

# records NAME: what holds() looks at.
records() {
    cp "$work/$1.out" "$out"
}
