#!/bin/sh
# same_output.sh PROGRAM PROGRAM: both print the same, and something.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$1" >"$work/first" && "$2" >"$work/second" && [ -s "$work/first" ] || exit 1
cmp -s "$work/first" "$work/second" && exit 0
echo "these lines differ:"
diff "$work/first" "$work/second" | head -n 20
exit 1
