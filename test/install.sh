#!/usr/bin/env bash
# Builds the release library without the tool and the tests, installs it below build/ and uses it as an application
# would: found by pkg-config, linked shared and static.
set -eu
cd "$(dirname "$0")/.."
. test/setup.sh

export CC=gcc
build build/install --buildtype=release --werror --prefix=/usr --libdir=lib \
    -Dcli=disabled -Dtests=disabled -Dbench=disabled
root=$PWD/build/install/root
rm -rf "$root"
DESTDIR=$root meson install -C build/install --no-rebuild --quiet

# The system's own files as well: ours names the libraries that it needs.
system=$(pkg-config --variable pc_path pkg-config)
export PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig:$system PKG_CONFIG_SYSROOT_DIR=$root
version=$(pkg-config --modversion libzjiot)
read -r -a cflags < <(pkg-config --cflags libzjiot)
read -r -a libs < <(pkg-config --libs libzjiot)

cat >build/install/use.c <<'END'
#include <stdio.h>
#include <zjiot/zjiot.h>

int main(void) {
    puts(zjiot_version());
    return 0;
}
END
gcc "${cflags[@]}" -o build/install/shared build/install/use.c "${libs[@]}"
gcc "${cflags[@]}" -o build/install/static build/install/use.c "$root/usr/lib/libzjiot.a"
readelf -d build/install/shared | grep -q 'NEEDED.*libzjiot\.so\.'
[ "$(LD_LIBRARY_PATH=$root/usr/lib build/install/shared)" = "$version" ]
[ "$(build/install/static)" = "$version" ]
