#!/usr/bin/env bash
# 100,000 lines. Catches: memory that grows with the input, a record that is lost on the way, a write for every line.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

for _ in $(seq 1000); do
    echo "$lamp"
    echo "$valve"
done >"$work/some"
for _ in $(seq 50); do cat "$work/some"; done >"$work/many"

# peak: the most memory that process $child had, in KiB.
peak() {
    awk '/^VmHWM:/ { print $2 }' "/proc/$child/status"
}

# feed FILE LINES: until so many lines are out; the process then waits for more.
feed() {
    cat "$1" >&9
    for _ in $(seq 600); do
        lines "$2" && return
        sleep 0.05
    done
}

for format in jsonl csv; do
    run decode -o "$format" "$lamp" "$valve"
    header=0
    [ "$format" = csv ] && header=1
    rows=$(($(wc -l <"$out") - header)) # of two frames
    mkfifo "$work/in.$format"
    "$ZJIOTCTL" decode -o "$format" <"$work/in.$format" >"$out" 2>"$err" &
    child=$!
    exec 9>"$work/in.$format"
    feed "$work/some" $((1000 * rows + header))
    before=$(peak)
    feed "$work/many" $((51000 * rows + header))
    after=$(peak)
    check "-o $format: every line is answered" lines $((51000 * rows + header))
    exec 9>&-
    wait "$child"
    code=$?
    check "-o $format: memory does not grow ($before, then $after KiB)" all exits 0 -- [ $((after - before)) -lt 1024 ]
done

if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
    strace -qq -e trace=write -o "$work/writes" "$ZJIOTCTL" decode -o jsonl -f "$work/many" >"$out" 2>"$err"
    check 'a file is no write a line' [ "$(wc -l <"$work/writes")" -lt 5000 ]
else
    skip 'a file is no write a line' 'no strace'
fi
plan
