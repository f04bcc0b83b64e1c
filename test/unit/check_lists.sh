#!/bin/sh
# No source, test or header lies in the tree without being built, run or installed. Run from the top of the tree.
set -u

bad=0

# listed MESON-FILE LIST NAME FILE: NAME stands in that list.
listed() {
    if ! sed -n "/^$2 = /,/^[])]/p" "$1" | grep -qF "'$3'"; then
        echo "$4 is not in $2 of $1"
        bad=$((bad + 1))
    fi
}

# Every file of a pattern: its list holds the name without folder, prefix and ending.
listed_names() {
    meson_file=$1
    list=$2
    prefix=$3
    shift 3
    for file in "$@"; do
        [ -f "$file" ] || continue # the pattern fits nothing
        name=$(basename "${file%.*}")
        listed "$meson_file" "$list" "${name#"$prefix"}" "$file"
    done
}

for file in lib/*/*.c; do
    room=${file#lib/}
    listed lib/meson.build "${room%%/*}_sources" "$room" "$file"
done
for file in lib/*.c; do
    grep -q "^ *lib_sources += files('${file#lib/}')" lib/meson.build ||
        listed lib/meson.build lib_sources "${file#lib/}" "$file"
done
for file in include/zjiot/*.h; do
    grep -q "^ *public_headers += files('${file#include/}')" include/meson.build ||
        listed include/meson.build public_headers "${file#include/}" "$file"
done
for file in include/zjiot/def/*; do
    listed include/meson.build public_rows "${file#include/}" "$file"
done
for file in cli/*.c cli/*/*.c; do
    listed cli/meson.build '[a-z]*_sources' "${file#cli/}" "$file"
done
listed_names examples/meson.build examples '' examples/*.c
listed_names test/meson.build unit_tests test_ test/unit/test_*.c
listed_names test/meson.build stream_tests test_ test/stream/test_*.c
listed_names test/meson.build fuzz_targets fuzz_ test/fuzz/fuzz_*.c
listed_names test/meson.build benchmarks bench_ test/bench/bench_*.c
listed_names test/meson.build cli_cases '' test/cli/*.sh
listed_names test/meson.build live_cases '' test/live/*.sh

[ "$bad" -eq 0 ]
