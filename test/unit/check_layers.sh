#!/bin/sh
# Include arrows point down only. Run from the top of the tree.
set -u

# The rooms whose headers a room may include; its own is always among them.
below() {
    case $1 in
        base) echo ;;
        json | track | crypto) echo base ;;
        catalog) echo base json ;;
        nb | cjt188 | zhenjiang | byd | m4g) echo base json catalog ;;
        hy) echo base json catalog cjt188 ;; # the one protocol that carries another
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

for room in lib/*/; do
    room=$(basename "$room")
    if ! rooms=$(below "$room"); then
        echo "lib/$room: say in $0 which rooms it may include"
        bad=$((bad + 1))
        continue
    fi
    for file in lib/"$room"/*.[ch] lib/"$room"/*.inc; do
        [ -f "$file" ] || continue
        count=$((count + 1))
        for header in $(includes_of "$file"); do
            case $header in
                '<'*)
                    system_header_in "$room" "$header" ||
                        complain "$file" "$header" "not among the system headers of the library"
                    ;;
                zjiot/*) ;;
                */*)
                    case " $room $rooms " in
                        *" ${header%%/*} "*) ;;
                        *) complain "$file" "$header" "lib/$room may include only: $room $rooms" ;;
                    esac
                    ;;
                *) [ -f "lib/$room/$header" ] || complain "$file" "$header" "not in lib/$room" ;;
            esac
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

for file in cli/*.[ch] examples/*.[ch]; do
    [ -f "$file" ] || continue
    count=$((count + 1))
    for header in $(includes_of "$file"); do
        case $header in
            '<'* | zjiot/*) ;;
            *) [ -f "$(dirname "$file")/$header" ] || complain "$file" "$header" "only zjiot/ and its own folder" ;;
        esac
    done
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
