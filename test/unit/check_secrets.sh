#!/bin/sh
# check_secrets.sh MARKED-SECRETS SUPPRESSIONS: the library makes no branch and no address depend on a secret. mbedTLS
# does, behind its masks: what it does itself is not counted, what it hands back is.
set -eu
program=$1
suppressions=$2

command -v valgrind >/dev/null || exit 77

run() {
    valgrind --quiet --error-exitcode=99 --suppressions="$suppressions" "$program" "$@"
}

run
status=0
run leak >/dev/null 2>&1 || status=$?
if [ "$status" -ne 99 ]; then
    echo "A branch on a secret went unseen (exit code $status)."
    exit 1
fi
