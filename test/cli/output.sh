#!/usr/bin/env bash
# stdout is data, stderr is talk. Catches: colour in a pipe, records that wait in a buffer, noise when a reader leaves.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

for _ in $(seq 20000); do echo "$lamp"; done >"$work/many"
"$ZJIOTCTL" decode -o jsonl -f "$work/many" 2>"$err" | head -1 >"$out"
codes=("${PIPESTATUS[@]}")
code=${codes[0]}
check 'a reader that goes away ends it quietly' all exits 0 -- lines 1 -- [ ! -s "$err" ]
"$ZJIOTCTL" explain -f "$work/many" 2>"$err" | head -1 >"$out"
check 'explain, too' all lines 1 -- [ ! -s "$err" ]

mkfifo "$work/in"
"$ZJIOTCTL" decode -o jsonl <"$work/in" >"$out" 2>"$err" &
child=$!
exec 9>"$work/in"
printf '%s\n%s\n%s' "$lamp" "$valve" "${lamp:0:8}" >&9
for _ in $(seq 100); do
    lines 2 && break
    sleep 0.05
done
check 'records come out while the input is still open' lines 2
printf '%s\n' "${lamp:8}" >&9
exec 9>&-
wait "$child"
code=$?
check 'a line that came in two parts is one message' all exits 0 -- lines 3

escape=$'\033'
# on_terminal ARGUMENT...: stdout and stderr are one terminal.
on_terminal() {
    local words
    words=$(printf '%q ' "$ZJIOTCTL" "$@")
    TERM=xterm script -qec "$words" /dev/null >"$out" 2>"$err" </dev/null
}
run decode "$lamp_placeholder"
check 'no colour in a pipe' not prints "$escape"
run decode --force "$valve_bad_sum"
check 'no colour in talk that is no terminal' not tells "$escape"
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    on_terminal decode "$lamp_placeholder"
    check 'colour on a terminal' prints "$escape"
    NO_COLOR=1 on_terminal decode "$lamp_placeholder"
    check 'NO_COLOR is honoured' all prints CRC_PLACEHOLDER -- not prints "$escape"
    NO_COLOR='' on_terminal decode "$lamp_placeholder"
    check 'an empty NO_COLOR is none' prints "$escape"
    on_terminal decode -o jsonl "$lamp_placeholder"
    check 'no colour in JSON' all prints CRC_PLACEHOLDER -- not prints "$escape"
else
    for text in 'colour on a terminal' 'NO_COLOR is honoured' 'an empty NO_COLOR is none' 'no colour in JSON'; do
        skip "$text" 'no script(1)'
    done
fi

# A key is in no output, whatever is asked for, unless it is asked for by name.
key=0123456789abcdef
set_key=681078563412000733040ca01405020123456789abcdef5116
no_key() {
    local format
    for format in text json jsonl csv; do
        run decode -o "$format" "$@"
        ! grep -qi "$key" "$out" "$err" || return 1
    done
    for format in text json jsonl; do
        run identify -o "$format" "${@: -1}"
        ! grep -qi "$key" "$out" || return 1
    done
    for format in json jsonl csv; do
        run explain -o "$format" "$@"
        ! grep -qi "$key" "$out" || return 1
    done
    run explain "$@"
    ! cut -c9-32 "$out" | tr -d ' \n' | grep -qi "$key"
}
check 'no key in a record' no_key "$set_key"
check 'no key without a layout' no_key --layout raw "$set_key"
check 'no key when the sum is wrong' no_key "${set_key%5116}5216"
check 'no key when forced' no_key --force "${set_key%5116}5216"
run decode -o jsonl --show-secrets "$set_key"
check '--show-secrets shows it' prints "$key"

run --version
check '--version' all exits 0 -- lines 1 -- grep -qE '^zjiotctl [0-9]+\.[0-9]+\.[0-9]+$' "$out"
run decode "$valve" "$lamp"
check 'text: a record says which input it is' all prints 'input 1: cjt188' -- prints 'input 2: nb'
plan
