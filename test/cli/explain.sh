#!/usr/bin/env bash
# explain covers every byte of every vector once. Catches: a gap, an overlap, a span in the wrong place or order.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# covers TEXT PROTOCOL VECTORS OPTION...
covers() {
    local text=$1 protocol=$2 vectors=$3
    shift 3
    python3 test/cli/vectors.py hex "$vectors" >"$work/frames"
    "$ZJIOTCTL" explain -o json -p "$protocol" --show-secrets "$@" -f "$work/frames" >"$out" 2>"$err"
    check "$text" python3 test/cli/vectors.py spans "$work/frames" "$out"
}

covers 'NB, observed' nb test/vectors/nb/expect.jsonl
covers 'NB, constructed' nb test/vectors/nb/constructed.jsonl
covers 'CJ/T 188, observed' cjt188 test/vectors/cjt188/expect.jsonl
covers 'CJ/T 188, observed, by force' cjt188 test/vectors/cjt188/expect.jsonl --force
covers 'CJ/T 188, constructed' cjt188 test/vectors/cjt188/constructed.jsonl
covers 'CJ/T 188, glued and with noise' cjt188 test/vectors/cjt188/resync.jsonl
covers 'HY' cjt188 test/vectors/hy/expect.jsonl
for layout in 2004 2018 unit-first big-endian raw; do
    covers "CJ/T 188, constructed, layout $layout" cjt188 test/vectors/cjt188/constructed.jsonl --layout "$layout"
done

run explain "$lamp"
check 'text: offset, bytes, field, value with unit, meaning' \
    grep -qE '^ +9  64 +brightness +100 % +Dimming level' "$out"
check 'text: the name of a choice and its meaning' grep -qE '^ +8  01 +switch +1 \(on\) +.*: On\.' "$out"
check 'text: derived values stand under their bytes, without an offset' \
    grep -qE '^ {20,}crc_ok +true' "$out"
run explain 68
check 'text: one byte that is nothing' all exits 3 -- prints '68'
run explain "{\"a\":1}"
check 'JSON of no known protocol is shown as bytes' all exits 3 -- prints '7b 22 61'
plan
