#!/usr/bin/env bash
# What the server for 4G modules does not put up with: connections, silence, sizes, garbage, deaf modules and readers.
# Catches: a limit that is none, a loop that spins or waits for nothing, memory that grows with what nobody takes, a
# server that does not end.
# shellcheck source=test/live/serve.bash
. test/live/serve.bash

serve limits --connections 3 --per-address 2 --object-size 300 --idle 2s --offline 500ms
modules exchange 4 "$ping" wait:pong
check 'a connection without a message is closed in the end' prints ended
records limits
check 'after it was told to be offline' holds \
    '[(r["event"], r.get("reason")) for r in records if "event" in r][1:] == [("online", None), ("offline", "silent"), ("disconnected", "idle")]'
modules exchange 4 "$ping" wait:pong sleep:0.7 "$ping" sleep:0.1 end
tail -n +6 "$work/limits.out" | head -n 6 >"$out"
check 'a module that speaks again is online again' holds \
    '[r.get("event", r.get("message")) for r in records] == ["connected", "online", "ping", "offline", "online", "ping"]'
modules exchange 4 "{\"cmd\":\"$(printf '%0400d' 0)\"}$ping" wait:pong end
check 'an object that is too large is passed over' all prints pong -- told limits '"code":"SPACE"'
modules exchange 4 "$(printf '%02000d' 0)" wait:pong
check 'too much garbage ends the connection' all not prints pong -- told limits '"reason":"garbage"'
aside exchange 1.5 "$ping" wait:pong
wait_for pong "$work/aside.out"
first=$child
aside exchange 1.5 '{"cmd":"ping","IMEI":"865501040000001"}' wait:pong
wait_for pong "$work/aside.out"
modules exchange 1
check 'one connection more is refused at once' all prints ended -- told limits 'connections from this address already'
wait "$first" "$child"
ends INT
check 'SIGINT: 130' exits 130
serve few --connections 1
aside exchange 1.5 "$ping" wait:pong
wait_for pong "$work/aside.out"
modules exchange 1
check 'also above the number of connections' all prints ended -- told few 'there are 1 connections already'
ends TERM

# A module that comes again, one that leaves answers unread, and no descriptors.
serve again
aside exchange 5 "$ping" wait:pong
wait_for pong "$work/aside.out"
modules exchange 1 "$ping" wait:pong end
wait "$child"
check 'a module that connects again ends its older connection' told again '"reason":"superseded"'
check 'and was online all the time' [ "$(grep -c '"event":"online"' "$work/again.out")" -eq 1 ]
modules deaf 400000
check 'a module that takes no answers is closed' all not prints 'all sent' -- told again '"reason":"unread"'
if command -v prlimit >/dev/null; then
    prlimit --pid "$pid" --nofile=24:24
    aside hold 30 3
    check 'no descriptors: that is said' wait_for 'cannot accept a connection' "$work/again.err"
    before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    sleep 1
    after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    check 'and nothing spins' [ $((after - before)) -lt 50 ]
    check "and is not said at every try" [ "$(grep -c "cannot accept" "$work/again.err")" -le 4 ]
fi
ends TERM

# Without room on stdout modules wait; without a reader the server ends.
mkfifo "$work/reader.out"
exec 8<>"$work/reader.out"
serve reader
python3 test/live/modules.py load "$port" 20 1000 "$work/answered" 2>"$work/load.err" 8<&- &
loader=$!
brokers+=("$loader")
# stands: soon the modules get no more answers.
stands() {
    local before now=0
    for _ in $(seq 40); do
        before=$now
        sleep 0.5
        now=$(wc -l <"$work/answered")
        [ "$now" -le 20 ] || [ "$now" -ne "$before" ] || return 0
    done
    return 1
}
check "a reader that does not read stops the modules" all stands -- not lines 20000 "$work/answered"
aside deaf 400000
sleep 2
check 'and no more is read than fits into buffers' all [ ! -s "$work/aside.out" ] -- kill "$child"
start=${EPOCHREALTIME/./}
exec 8<&-
wait "$pid"
code=$?
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
check 'a reader that goes ends the server, quietly' all exits 0 -- within 0 2000 -- [ "$(wc -l <"$work/reader.err")" -eq 1 ]
kill "$loader"
exec 8<>"$work/reader.out"
serve reader
exec 8<&-
start=${EPOCHREALTIME/./}
wait "$pid"
code=$?
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
check 'also while there is nothing to write' all exits 0 -- within 0 2000
exec 8<>"$work/reader.out"
serve reader
aside load 20 1000 "$work/answered"
sleep 1
ends TERM
check 'SIGTERM ends it within 2 s while the reader does not read' all exits 143 -- within 0 2500
exec 8<&-
kill "$child"
plan
