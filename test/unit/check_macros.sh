#!/bin/sh
# check_macros.sh COMPILER...: the public headers leave no macro behind that does not start with ZJIOT_ or ZJ_.
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
