#!/usr/bin/env bash
# Installs each package of the build into a Debian 12 that has nothing else, and makes a frame with it.
# clean_root_test.sh CPACK BUILD SOURCE
# BUILD/clean-root keeps the bare system and the packages that were downloaded. Exit code 77 where there is no way to a
# bare system: not root, no debootstrap, no network.
set -euo pipefail
cpack=$1 build=$2 source=$3
cache=$build/clean-root

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }

[ "$(id -u)" = 0 ] || skip "only root may install into another root"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
# Mounts of this process alone, which go with it.
[ "${CLEAN_ROOT_UNSHARED:-}" ] || unshare --mount true 2>/dev/null || skip "mounts are not allowed"
[ "${CLEAN_ROOT_UNSHARED:-}" ] || CLEAN_ROOT_UNSHARED=1 exec unshare --mount bash "$0" "$@"

if [ ! -d "$cache/system" ]; then
    mkdir -p "$cache/archives/partial"
    rm -rf "$cache/unfinished"
    debootstrap --variant=minbase bookworm "$cache/unfinished" >"$cache/debootstrap.log" 2>&1 ||
        skip "no Debian could be had: $(tail -1 "$cache/debootstrap.log")"
    mv "$cache/unfinished" "$cache/system"
fi
work=$(mktemp -d "$cache/run.XXXXXX")
trap 'umount "$work"/*/proc "$work"/*/var/cache/apt/archives 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT

# newRoot NAME: a copy of the bare system with two keyframes in /keys.
newRoot() {
    root=$work/$1
    cp -a "$cache/system" "$root"
    cp /etc/resolv.conf "$root/etc/"
    mount -t proc proc "$root/proc"
    mkdir "$root/keys"
    cp "$source"/sample_frames/crossing/keys/*{1,3}.exr "$root/keys"
}
inRoot() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

# makesAFrame COMMAND: what `info` and `run` are there for.
makesAFrame() {
    inRoot "$1" info /keys >"$work/info.txt" || fail "$1 info"
    grep -q "keyframes: 2" "$work/info.txt" || fail "$1 info: $(cat "$work/info.txt")"
    inRoot "$1" run /keys -o /out --quiet --threads 2 || fail "$1 run"
    [ "$(find "$root/out" -maxdepth 1 -name '*.exr' | wc -l)" = 1 ] || fail "one frame expected in $(ls "$root/out")"
}

(cd "$build" && "$cpack" -G "DEB;TGZ" -B "$work/packages") >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; fail cpack; }
packages=("$work"/packages/*.deb "$work"/packages/*.tar.gz)
[ ${#packages[@]} = 4 ] || fail "four packages expected, got ${packages[*]}"

newRoot debian
mount --bind "$cache/archives" "$root/var/cache/apt/archives"
cp "$work"/packages/*.deb "$root/tmp"
inRoot apt-get -qq update || skip "no network"
inRoot sh -c 'apt-get install -y --no-install-recommends /tmp/inbetween_*.deb' >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log"; fail "apt-get install"; }
makesAFrame inbetween
# Without the movie writer `preview` says what to install. The other packages can be installed: that is asked, not done,
# since FFmpeg and OpenCV's headers take minutes.
inRoot inbetween preview /out >"$work/preview.txt" 2>&1 && fail "preview without the movie writer"
grep -q "install" "$work/preview.txt" || fail "preview: $(cat "$work/preview.txt")"
inRoot sh -c 'apt-get install --simulate --no-install-recommends /tmp/inbetween-movie_*.deb /tmp/libinbetween-dev_*.deb' \
    >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail "apt-get install --simulate"; }
inRoot apt-get purge -y inbetween >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail "apt-get purge"; }
[ -z "$(find "$root/usr" -name '*inbetween*')" ] || fail "purge left $(find "$root/usr" -name '*inbetween*')"
made=$work/made.exr
cp "$root"/out/*.exr "$made"

newRoot archive
mkdir "$root/opt/anywhere"
tar xzf "$work"/packages/*.tar.gz -C "$root/opt/anywhere" --strip-components 1
makesAFrame /opt/anywhere/bin/inbetween
cmp "$made" "$root"/out/*.exr || fail "the archive's command made another frame than the package's"
echo "the packages can be installed and used"
