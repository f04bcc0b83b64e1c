#!/usr/bin/env bash
# Builds and runs every test, with gcc, clang and the sanitizers, and ends with one line "N passed, N failed".
# Installs what is missing on Debian 12. Everything it makes lies below build/.
set -u
cd "$(dirname "$0")/.." || exit 1
. test/setup.sh

passed=0
failed=0
skipped=()

finish() {
    echo
    [ ${#skipped[@]} -eq 0 ] || printf 'skipped: %s\n' "${skipped[@]}"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# tests NAME MESON-OPTION...: builds in build/NAME and runs all tests there but those of the suite in $without; or builds
# and runs only the suite in $only.
tests() {
    local name=$1 dir=build/$1 status good bad line lines
    shift
    echo
    echo "== $name: build"
    if ! build "$dir" --werror "$@"; then
        failed=$((failed + 1))
        return
    fi
    echo "== $name: test"
    rm -f "$dir/meson-logs/testlog.json"
    meson test -C "$dir" ${only:+--suite "$only"} ${without:+--no-suite "$without"} --quiet --print-errorlogs \
        --timeout-multiplier 2 >"$dir/test.log" 2>&1 </dev/null
    status=$?
    mapfile -t lines < <(python3 test/tally.py "$dir/meson-logs/testlog.json")
    [ ${#lines[@]} -gt 0 ] || lines=('0 1') # there is no log to count
    read -r good bad <<<"${lines[0]}"
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    [ "$bad" -eq 0 ] || cat "$dir/test.log"
    echo "   $good passed, $bad failed"
    for line in "${lines[@]:1}"; do
        skipped+=("$name: $line")
    done
    passed=$((passed + good))
    failed=$((failed + bad))
}

# check NAME COMMAND...: one check that is no test of meson's.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "   ok: $name"
        passed=$((passed + 1))
    else
        printf '%s\n   FAILED: %s\n' "$output" "$name"
        failed=$((failed + 1))
    fi
}

need 'to build with gcc' gcc g++ libc6-dev meson ninja-build pkg-config python3
need 'to build with clang and fuzz' clang libclang-rt-14-dev
need 'for zjiotctl and the tests' libjansson-dev libcmocka-dev
need 'for encrypted bodies, and to compare them and base64 with others' libmbedtls-dev libssl-dev openssl valgrind
need 'for MQTT and TCP' libpaho-mqtt-dev libssl-dev libinih-dev libevent-dev
need 'to test MQTT' mosquitto mosquitto-clients openssl
need 'to check the sources' clang-format-14 shellcheck
if ! install_needed; then
    failed=1
    finish
fi

echo "== sources"
mapfile -t sources < <(find lib include cli examples test -name '*.[ch]')
mapfile -t scripts < <(find .ci/run examples test -name '*.sh' -o -path .ci/run)
check 'clang-format' clang-format-14 --dry-run -Werror "${sources[@]}"
check 'shellcheck' shellcheck -x "${scripts[@]}"
check 'installed library' test/install.sh

CC=gcc CXX=g++ tests gcc
CC=clang CXX=clang++ without=live tests clang -Dfuzz=true
CC=gcc CXX=g++ only=speed tests release --buildtype=release
CC=gcc CXX=g++ tests bare -Dcrypto=disabled -Dcli=disabled -Dbench=disabled
CC=gcc CXX=g++ tests sanitizers -Db_sanitize=address,undefined -Dbench=disabled -Dc_args=-fno-sanitize-recover=all
# Only programs that use no foreign library: it would hand out memory that this sanitizer has not seen written.
CC=clang CXX=clang++ only=fuzz tests memory -Db_sanitize=memory -Db_lundef=false -Dcli=disabled -Dbench=disabled \
    -Dcrypto=disabled

finish
