#!/usr/bin/env bash
# describe, help and completion: what they list is what there is. Catches: a command, option, message or field that one
# of them forgets, a script that its shell cannot read.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash

run describe
check 'describe: the protocols' all exits 0 -- prints 'nb ' -- prints 'cjt188 '
protocols=$("$ZJIOTCTL" describe -o json | python3 -c 'import json, sys
for protocol in json.load(sys.stdin): print(protocol["protocol"])')

# every message of every protocol can be described in every format
bad=0
for protocol in $protocols; do
    "$ZJIOTCTL" describe "$protocol" -o json >"$work/messages"
    while read -r message; do
        for format in text json markdown; do
            run describe "$protocol" "$message" -o "$format"
            exits 0 && prints "$protocol" || bad=$((bad + 1))
        done
    done < <(python3 -c 'import json, sys
for message in json.load(sys.stdin):
    print(message["message"] + ("/" + message["variant"] if "variant" in message else ""))' <"$work/messages")
done
check 'describe: every message in every format' [ "$bad" -eq 0 ]

# What a line says under "meaning" begins in its column, counted as a terminal counts.
cat >"$work/columns.py" <<'PYTHON'
import sys, unicodedata


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


lines = sys.stdin.read().split("\n")
head = next(i for i, line in enumerate(lines) if line.endswith("meaning"))
place = width(lines[head]) - len("meaning")
for line in lines[head + 1 : lines.index("", head)]:
    if not any(width(line[:at]) == place and line[at - 2 : at] == "  " and line[at] != " " for at in range(2, len(line))):
        sys.exit(line)
PYTHON
bad=0
for protocol in $protocols; do
    "$ZJIOTCTL" describe "$protocol" | python3 "$work/columns.py" || bad=$((bad + 1))
done
check 'describe: messages stand below their headings' [ "$bad" -eq 0 ]

run describe nb status
check 'describe: bytes, type, range, unit, meaning' \
    grep -qE '^  frequency +2 +number +40\.0\.\.65\.0 Hz +Mains frequency' "$out"
run describe nb ack
check 'describe: choices' grep -qE '^ +3 bad checksum: ' "$out"
run describe nb status -o json
check 'describe: JSON' holds 'records[0][0]["fields"][4]["name"] == "frequency" and records[0][0]["fields"][4]["unit"] == "Hz"'
run decode -o json fffefdfc0500010100000001000000010000000100000001000000010000000001000000ffff
cp "$out" "$work/record"
run describe nb status -o json
check 'describe lists the keys of the record' \
    holds "[f['name'] for f in records[0][0]['fields']] == list(json.load(open('$work/record'))['data'])"
run describe nb status
check 'describe: of several headers each says what it is' all prints 'Header: In front of the inner frame, of full frames only' -- \
    prints 'Header: Inner header and checksum'
run describe cjt188 read_reply
check 'describe: a bare name is all of its variants' all prints 'read_reply/water' -- prints 'read_reply/heat' -- prints 'read_reply/type55'

for arguments in '' nb cjt188 'nb status' 'cjt188 read_reply' 'cjt188 vendor'; do
    # shellcheck disable=SC2086 # words
    run describe $arguments -o json
    check "describe $arguments: JSON is one list" \
        holds 'len(records) == 1 and isinstance(records[0], list) and all(entry["protocol"] for entry in records[0])'
done
run describe cjt188
for name in vendor vendor_reply unknown unknown_reply write; do
    check "describe lists $name, which records print" grep -q "^$name  " "$out"
done
run describe cjt188 vendor
check 'describe: a name without rows of its own' all exits 0 -- prints 'vendor, to the device, id 20-3f' -- prints '  bytes ' -- prints '  control '
run describe cjt188 vendor_error/short -o json
check 'describe: a form of such a name' all exits 0 -- holds 'records[0][0]["variant"] == "short"'
run describe cjt188 vendr
check 'describe suggests it' tells "did you mean 'vendor'?"

commands=$("$ZJIOTCTL" completion candidates -- '' | cut -f1)
check 'completion knows the commands' [ "$(echo "$commands" | wc -l)" -ge 7 ]
run help
for command in $commands; do
    check "help lists $command" prints "  $command"
done
for command in $commands; do
    run "$command" --help
    cp "$out" "$work/help"
    bad=0
    while read -r option; do
        prints "$option" || bad=$((bad + 1))
    done < <("$ZJIOTCTL" completion candidates -- "$command" -- | cut -f1)
    check "$command --help: exit 0, and every option that completion offers" all exits 0 -- [ "$bad" -eq 0 ] -- [ ! -s "$err" ]
    run help "$command"
    check "help $command is the same" cmp -s "$out" "$work/help"
done

for shell in bash zsh fish; do
    run completion "$shell"
    if command -v "$shell" >/dev/null; then
        check "completion $shell is a script that $shell can read" all exits 0 -- "$shell" -n "$out"
    else
        skip "completion $shell is a script that $shell can read" "no $shell"
    fi
done

# offers TEXT CANDIDATE WORD...: what bash would offer.
offers() {
    local text=$1 candidate=$2
    shift 2
    COMP_WORDS=(zjiotctl "$@")
    COMP_CWORD=$#
    _zjiotctl zjiotctl "${!#}" 2>/dev/null
    check "completion: $text" grep -qxF -e "$candidate" <(printf '%s\n' "${COMPREPLY[@]}")
}
mkdir "$work/bin"
ln -s "$ZJIOTCTL" "$work/bin/zjiotctl"
PATH=$work/bin:$PATH
# shellcheck disable=SC1090
. <("$ZJIOTCTL" completion bash)
offers 'a command' describe desc
offers 'an option' --placeholder-crc encode --pl
offers 'a choice of an option' big-endian decode --layout b
offers 'a format of the command' markdown describe -o ''
offers 'a protocol' cjt188 encode ''
offers 'a message' set_periods encode nb set
offers 'a message with its variant' read_reply/heat describe cjt188 read_reply/
offers 'a key' brightness= encode nb set_lamp switch=1 ''
offers 'a key below a list' 'period[3].off=' encode nb set_periods period
offers 'a name for a value, where bash takes = for a word' off encode nb set_lamp switch = o
offers 'a shell' fish completion ''
offers 'a choice behind the sign, where bash takes = for a word' big-endian decode --layout = b
offers 'a format behind the sign' markdown describe --output = ''
offers 'a key behind a file' switch= encode nb set_lamp --data @ file sw
offers 'a name without rows of its own' vendor_reply describe cjt188 vendor_

# types LINE WANTED: what bash makes of the line when a user types it, the tab key last.
cat >"$work/type.py" <<'PYTHON'
import os, pty, select, sys, time
folder, line, wanted = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.chdir(folder)
    os.environ.update(PS1="$ ", TERM="dumb")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
seen = b""


def wait_for(text):
    global seen
    end = time.time() + 10
    while text not in seen and time.time() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:
                break
    return text in seen


os.write(terminal, b". <(zjiotctl completion bash); echo ready$((1 + 1))\n")
good = wait_for(b"ready2")
os.write(terminal, line.encode() + b"\t")
good = wait_for(wanted.encode()) and good
os.kill(child, 9)
os.waitpid(child, 0)
if not good:
    print("#", seen)
sys.exit(not good)
PYTHON
types() {
    check "typed: $1" python3 "$work/type.py" "$work/typed" "$1" "$2"
}
mkdir -p "$work/typed/folder_one"
touch "$work/typed/file_one.json" "$work/typed/with blank"
types 'zjiotctl decode @fi' 'decode @file_one.json '
types 'zjiotctl encode nb set_lamp --data @fi' '--data @file_one.json '
types 'zjiotctl encode nb set_lamp --data=@fi' '--data=@file_one.json '
types 'zjiotctl decode --file=fi' '--file=file_one.json '
types 'zjiotctl decode --layout=b' '--layout=big-endian '
types 'zjiotctl decode @fo' 'decode @folder_one/'
types 'zjiotctl decode @wi' 'decode @with\ blank '
types 'zjiotctl encode nb set_lamp bri' ' brightness='
plan
