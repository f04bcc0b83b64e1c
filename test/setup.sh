# shellcheck shell=bash
# Debian packages and build directories for the scripts. Sourced by test/run.sh and examples/demo.sh, at the top of the
# tree; writes only below build/.

setup_missing=()

# need WHY PACKAGE...: notes the packages that are not installed. On a system without dpkg it takes them as present.
need() {
    local why=$1 package missing=()
    shift
    command -v dpkg-query >/dev/null || return 0
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "Not installed yet: ${missing[*]} ($why)."
        setup_missing+=("${missing[@]}")
    fi
}

# Installs what need() found missing, with apt, as root or through sudo.
install_needed() {
    local sudo=() log=build/setup.log
    [ ${#setup_missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Run this as root, or install sudo, or install by hand: apt-get install ${setup_missing[*]}" >&2
            return 1
        fi
        sudo=(sudo)
    fi
    echo "Installing them with apt-get; this is done once."
    mkdir -p build
    if ! {
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update &&
            "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
                --no-install-recommends install "${setup_missing[@]}"
    } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        echo "apt-get failed; its whole output is in $log." >&2
        return 1
    fi
    setup_missing=()
}

# configure DIRECTORY MESON-OPTION...: once, or anew when the options change. CC and CXX choose the compilers.
configure() {
    local dir=$1 options
    shift
    options="${CC-} ${CXX-} $*"
    if [ "$(cat "$dir/configured-with" 2>/dev/null)" != "$options" ]; then
        rm -rf "$dir"
        meson setup "$dir" "$@" && echo "$options" >"$dir/configured-with"
    fi
}

# build DIRECTORY MESON-OPTION...: configures, and builds what is not up to date; only configures when $only names a part
# that is built when it is needed. Quiet; on failure the end of the log is shown.
build() {
    local dir=$1 log=$1.log
    mkdir -p build
    if ! { configure "$@" && { [ -n "${only-}" ] || ninja -C "$dir"; }; } >"$log" 2>&1 </dev/null; then
        grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n 60 >&2
        echo "Building in $dir failed; the whole log is $log." >&2
        return 1
    fi
}
