#!/usr/bin/env bash
# Installs what building needs (Debian 12 packages, listed in tools/apt-packages*.txt), and builds into build/.
# Costs nothing when all is there already. Sourced by demo.sh and test.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

# installPackages <list>...
installPackages() {
    local missing=() package
    while read -r package; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done < <(cat "$@" | grep -v '^#')
    if [ ${#missing[@]} -eq 0 ]; then
        say "all packages are installed"
        return
    fi
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    say "installing ${missing[*]}"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure <preset of CMakePresets.json>
configure() {
    cmake --preset "$1" >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
    rm -f build-configure.log
}

# build <preset>: into build/
build() {
    say "building into build/ (preset $1)"
    configure "$1"
    cmake --build build
}
