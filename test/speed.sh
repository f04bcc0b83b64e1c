#!/usr/bin/env bash
# Measures the JSON codecs beside jansson and simdjson, and the splitter of streams, in a release build and prints the
# tables with their goals. Installs what is missing on Debian 12. "test/speed.sh TEXT" measures only the lines of the
# codecs whose title has that text.
set -eu
cd "$(dirname "$0")/.."
. test/setup.sh

need 'to build' gcc g++ libc6-dev meson ninja-build pkg-config
need 'to compare with' libjansson-dev libsimdjson-dev
install_needed
CC=gcc CXX=g++ build build/speed --buildtype=release -Dcli=disabled -Dtests=disabled -Dcrypto=disabled
[ $# -gt 0 ] || build/speed/test/bench_split || [ $? -eq 1 ] # a goal is missed, which is told
exec build/speed/test/bench_json "$@"
