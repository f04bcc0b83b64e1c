# For the cases of the tool: each runs zjiotctl and says what it saw, as TAP. Sourced.
# ZJIOTCTL is the program; the working directory is the top of the tree.
set -u
: "${ZJIOTCTL:?names the program to test}"
unset NO_COLOR
export LC_ALL=C.UTF-8

count=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
out=$work/out err=$work/err

# Frames that many cases need.
lamp=fffefdfc110001010164ac44                      # NB: lamp on, 100 %
lamp_placeholder=fffefdfc110001010164ffff          # the same with the document's placeholder
valve=6853232273100011118404a01900644a16           # CJ/T 188: an HY valve answers
valve_bad_sum=6853232273100011118404a01900644b16   # the same with a wrong checksum
valve_other=6855271005830011119603902f01f716       # another valve answers
damaged=FEFEFE685527100583001111605902F0100007916  # document 004: a digit is lost

topic_down=\$s2d/nb/youren/push
topic_up=\$d2s/u3/p3/nb

# run ARGUMENT...: output in $out, talk in $err, exit code in $code.
run() {
    "$ZJIOTCTL" "$@" >"$out" 2>"$err" </dev/null
    code=$?
}

# decode_vectors PROTOCOL VECTORS OPTION...: the frames of a file of vectors, a record each.
decode_vectors() {
    python3 test/cli/vectors.py hex "$2" >"$work/frames"
    run decode -p "$1" --show-secrets -o jsonl "${@:3}" -f "$work/frames"
}

# check TEXT CONDITION...: one case.
check() {
    local text=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $text"
    else
        echo "not ok $count - $text"
        {
            echo "failed: $*"
            head -c 600 "$out"
            head -c 600 "$err"
        } | sed 's/^/# /'
    fi
}

# skip TEXT REASON
skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

plan() {
    echo "1..$count"
}

# exits CODE: of the last run.
exits() {
    [ "$code" -eq "$1" ]
}

# prints TEXT, tells TEXT: somewhere on stdout, on stderr.
prints() {
    grep -qF -e "$1" "$out"
}

tells() {
    grep -qF -e "$1" "$err"
}

# lines NUMBER [FILE]
lines() {
    [ "$(wc -l <"${2:-$out}")" -eq "$1" ]
}

# silent: nothing on stdout.
silent() {
    [ ! -s "$out" ]
}

# all CONDITION -- CONDITION ...: every one holds.
all() {
    local words=()
    while [ $# -gt 0 ]; do
        if [ "$1" = -- ]; then
            "${words[@]}" || return 1
            words=()
        else
            words+=("$1")
        fi
        shift
    done
    "${words[@]}"
}

not() {
    ! "$@"
}

# misused TEXT: the last run ended with exit code 2, said so on stderr, and printed nothing.
misused() {
    all exits 2 -- silent -- tells "$1"
}

# misuse CASE TEXT COMMAND...: one case, whose command is wrong.
misuse() {
    "${@:3}"
    check "$1" misused "$2"
}

# holds EXPRESSION: a Python expression over `records`, the JSON values on stdout.
holds() {
    python3 - "$out" "$1" <<'PYTHON'
import json
import sys

text = open(sys.argv[1], encoding="utf-8").read()
decoder = json.JSONDecoder()
records = []
at = 0
while text[at:].strip():
    at += len(text[at:]) - len(text[at:].lstrip())
    record, at = decoder.raw_decode(text, at)
    records.append(record)
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}
