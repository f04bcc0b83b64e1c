#!/bin/sh
# Include arrows point down only. Run from the top of the tree.
set -u

# The rooms whose headers a room may include; its own is always among them.
below() {
    case $1 in
        lib/base) echo ;;
        lib/json | lib/track | lib/crypto) echo base ;;
        lib/catalog) echo base json ;;
        lib/nb | lib/cjt188 | lib/zhenjiang | lib/byd | lib/m4g) echo base json catalog ;;
        lib/hy) echo base json catalog cjt188 ;; # the one protocol that carries another
        cli) echo simulate ;;                    # of which help and completion name the kinds
        cli/mqtt | examples) echo ;;
        cli/send | cli/serve | cli/simulate | cli/watch) echo mqtt ;;
        *) return 1 ;;
    esac
}

# What the library takes from the C library. Nothing of the system: no sockets, files, clock or threads.
system_header() {
    case $1 in
        '<assert.h>' | '<emmintrin.h>' | '<float.h>' | '<inttypes.h>' | '<limits.h>' | '<math.h>') ;;
        '<stdalign.h>' | '<stdarg.h>' | '<stdbool.h>' | '<stddef.h>' | '<stdint.h>') ;;
        '<stdio.h>' | '<stdlib.h>' | '<string.h>') ;; # which of their functions: check_symbols.sh
        *) return 1 ;;
    esac
}

# Encrypted bodies stand on mbedTLS, take random bytes from the system, and tell valgrind in a test what is a secret.
system_header_in() {
    case $1:$2 in
        crypto:'<mbedtls/'*'.h>' | crypto:'<errno.h>' | crypto:'<sys/random.h>' | crypto:'<valgrind/memcheck.h>') ;;
        *) system_header "$2" ;;
    esac
}

includes_of() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$1" | tr -d '"'
}

count=0
bad=0
complain() {
    echo "$1 includes $2: $3"
    bad=$((bad + 1))
}

# The library's rooms take the system's headers from a list, and find a header without a folder only among their own.
judge() {
    local_room=${2#*/}
    case $3 in
        '<'*)
            [ "${2%%/*}" != lib ] || system_header_in "$local_room" "$3" ||
                complain "$1" "$3" "not among the system headers of the library"
            ;;
        zjiot/*) ;;
        */*)
            case " $local_room $4 " in
                *" ${3%%/*} "*) ;;
                *) complain "$1" "$3" "$2 may include only: $local_room $4" ;;
            esac
            ;;
        *)
            [ -f "$2/$3" ] || { [ "${2%%/*}" = cli ] && [ -f "cli/$3" ]; } ||
                complain "$1" "$3" "there is none in $2"
            ;;
    esac
}

for room in lib/*/ cli/ cli/*/ examples/; do
    room=${room%/}
    if ! rooms=$(below "$room"); then
        echo "$room: say in $0 which rooms it may include"
        bad=$((bad + 1))
        continue
    fi
    for file in "$room"/*.[ch] "$room"/*.inc "$room"/*.def; do
        [ -f "$file" ] || continue
        count=$((count + 1))
        for header in $(includes_of "$file"); do
            judge "$file" "$room" "$header" "$rooms"
        done
    done
done

# The registry lists the protocols, jansson.c makes trees; they stand above the rooms.
for file in lib/*.[ch]; do
    if [ "$file" != lib/registry.c ] && [ "$file" != lib/jansson.c ]; then
        echo "$file: belongs into a room"
        bad=$((bad + 1))
    fi
done

for file in include/zjiot/*.h; do
    count=$((count + 1))
    for header in $(includes_of "$file"); do
        case $header in
            zjiot/* | '<stdbool.h>' | '<stddef.h>' | '<stdint.h>') ;;
            '<jansson.h>') [ "$file" = include/zjiot/jansson.h ] || complain "$file" "$header" "only in jansson.h" ;;
            *) complain "$file" "$header" "a public header needs only zjiot/ and stdbool, stddef, stdint" ;;
        esac
    done
done

echo "$count files, $bad wrong includes"
[ "$count" -gt 0 ] && [ "$bad" -eq 0 ]
