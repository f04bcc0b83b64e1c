#!/usr/bin/env bash
# A printed record goes back whole into encode. Catches: a member that encode does not know or takes for another, a
# quantity that only another unit byte can hold, a record that is written as a message it is not.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

# back TEXT PROTOCOL LEAST VECTORS OPTION...
back() {
    local text=$1 protocol=$2 least=$3 vectors=$4
    shift 4
    decode_vectors "$protocol" "$vectors" "$@"
    check "$text" python3 test/cli/vectors.py back "$ZJIOTCTL" "$out" "$least"
}
back 'NB, observed' nb 11 test/vectors/nb/expect.jsonl
back 'NB, constructed' nb 182 test/vectors/nb/constructed.jsonl
back 'CJ/T 188, observed' cjt188 49 test/vectors/cjt188/expect.jsonl
back 'CJ/T 188, constructed' cjt188 356 test/vectors/cjt188/constructed.jsonl
back 'CJ/T 188, observed, raw' cjt188 53 test/vectors/cjt188/expect.jsonl --layout raw
back 'HY' cjt188 14 test/vectors/hy/expect.jsonl
plan
