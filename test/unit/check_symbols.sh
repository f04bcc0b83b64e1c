#!/bin/sh
# check_symbols.sh SHARED STATIC: what the library exports, and what it takes from elsewhere.
set -eu
shared=$1
static=$2
bad=0

# What it may call: memory, strings and text in memory. What is not here is refused: files and streams (open, read,
# write, fopen, printf), sockets, clocks (time, clock_gettime), threads (pthread_*), the environment, exit.
allowed() {
    case $1 in
        mem* | bcmp | snprintf | vsnprintf) ;; # clang turns memcmp() == 0 into bcmp
        strftime | strerror*) return 1 ;; # the locale's
        str*) ;;
        *) return 1 ;;
    esac
}

# malloc and free are the default allocator of a growing pool, and of nobody else; random bytes come from the system
# unless the caller has others.
allowed_in() {
    case $2:$1 in
        base_pool.c:malloc | base_pool.c:free) ;;
        jansson.c:malloc | jansson.c:free | jansson.c:json_*) ;; # allocates, as jansson does
        crypto_secret.c:getrandom | crypto_secret.c:errno_location) ;;
        crypto_*:mbedtls_*) ;;
        *) allowed "$1" ;;
    esac
}

complain() {
    echo "$1"
    bad=$((bad + 1))
}

exports=$(nm -D --defined-only "$shared" | awk '{ print $NF }')
[ -n "$exports" ]
for name in $exports; do
    case $name in
        zjiot_*) ;;
        *) complain "exported without zjiot_: $name" ;;
    esac
done

# One line an undefined name and object, without those that another object of the library defines.
defined=$(nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }')
taken=$(nm -A -u "$static" | awk '{ split($1, where, ":"); print where[2] ":" $NF }')
[ -n "$defined" ] && [ -n "$taken" ]
for pair in $taken; do
    object=${pair%%:*}
    object=${object%.o}
    name=${pair#*:}
    echo "$defined" | grep -qxF "$name" && continue
    case $name in
        _GLOBAL_OFFSET_TABLE_ | __stack_chk_fail | __assert_fail) continue ;; # the compiler's, and assert()
    esac
    plain=${name#__}       # _FORTIFY_SOURCE makes memcpy __memcpy_chk
    plain=${plain#isoc??_} # and the C library strtol __isoc23_strtol
    plain=${plain%_chk}
    allowed_in "$plain" "$object" || complain "$object takes $name from outside"
done

[ "$bad" -eq 0 ]
