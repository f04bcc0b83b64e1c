#!/bin/sh
# check_macros.sh COMPILER...: the public headers leave no macro behind that does not start with ZJIOT_ or ZJ_, and an
# application's own macros do not disturb them, nor they those.
# Run from the top of the tree.
set -eu

macros_of() {
    header=$1
    shift
    echo "#include <$header>" | "$@" -std=c11 -Iinclude -E -dM -x c - | awk '{ sub(/\(.*/, "", $2); print $2 }' | sort -u
}

before=$(mktemp)
after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT

for header in stdbool.h stddef.h stdint.h; do
    macros_of "$header" "$@"
done | sort -u >"$before"
macros_of zjiot/zjiot.h "$@" >"$after"

ours=$(comm -13 "$before" "$after")
[ -n "$ours" ]
if echo "$ours" | grep -vE '^(ZJIOT|ZJ)_'; then
    echo "The macros above are left behind by include/zjiot."
    exit 1
fi

# Words that the rows use, as an application may have defined them.
theirs='SET VALUE PART BEGIN END UINT ENUM CONST HEX FLAG COUNT CODE UNIT REST RECORD ARRAY LABEL BITS CLOCK SELF STATUS ON OFF YES NO RAW READ HEAT WATER'
{
    for word in $theirs; do
        echo "#define $word 424242"
    done
    echo '#include <zjiot/zjiot.h>'
} >"$before"
"$@" -std=c11 -Iinclude -E -dM -x c "$before" >"$after"
for word in $theirs; do
    grep -qx "#define $word 424242" "$after" || {
        echo "include/zjiot changes the application's macro $word."
        exit 1
    }
done
"$@" -std=c11 -Iinclude -fsyntax-only -w -x c "$before"
