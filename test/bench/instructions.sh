#!/bin/sh
# instructions.sh PROGRAM KEPT: counts the instructions of a call of each main message and compares them with the file
# KEPT; "instructions.sh PROGRAM" prints them in its form. The difference between some calls and twice as many is what
# the calls cost. Exit 77: there is no valgrind.
set -u

program=$1
kept=${2-}
calls=8
slack=100 # where texts and buffers begin decides how many steps copying them takes; of a small message that is 3 %
command -v valgrind >/dev/null || exit 77

# The C library chooses its functions by the processor: let it be the same everywhere.
GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM,-BMI2,-LZCNT,-MOVBE,-AVX_Fast_Unaligned_Load
export GLIBC_TUNABLES
unset MALLOC_PERTURB_ # meson's; it makes malloc dearer

# instructions ARGUMENT...: of one run of the program
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 | sed -n 's/.*Collected : //p'
}

# cost MESSAGE decode|encode VARIANT: of one call
cost() {
    once=$(instructions "$@" "$calls")
    twice=$(instructions "$@" "$((2 * calls))")
    if [ -z "$once" ] || [ -z "$twice" ]; then
        echo "$program $* gave no count" >&2
        exit 1
    fi
    echo $(((twice - once) / calls))
}

bad=0
for message in heartbeat postLux getRuntime setTimetable/100 'HY report' push_msg push_online 'BYD 50'; do
    for way in decode encode; do
        now=$(cost "$message" "$way" libzjiot) || exit 1
        line="$way $message"
        if [ -z "$kept" ]; then
            echo "$line $now"
            continue
        fi
        before=$(sed -n "s|^$line ||p" "$kept")
        if [ -z "$before" ]; then
            echo "$line: not in $kept"
            bad=$((bad + 1))
        elif [ $((now * 100)) -gt $((before * 102)) ] && [ $((now - before)) -gt "$slack" ]; then
            echo "$line: $now instructions, more than 2 % above the $before of $kept"
            bad=$((bad + 1))
        elif [ $((now * 100)) -lt $((before * 98)) ]; then
            echo "$line: $now instructions, less than the $before of $kept: keep the new number"
        else
            echo "$line: $now instructions, kept are $before"
        fi
        [ "$line" != "decode getRuntime" ] || ours=$now
    done
done
if [ -n "$kept" ]; then
    jansson=$(cost getRuntime decode jansson) || exit 1
    echo "decode getRuntime: jansson takes $jansson, $((jansson / ours)) times as many"
    if [ $((ours * 16)) -gt "$jansson" ]; then
        echo "that is less than 16 times"
        bad=$((bad + 1))
    fi
fi
[ "$bad" -eq 0 ]
