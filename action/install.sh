#!/usr/bin/env bash
# Finds or fetches the bricklint that the action runs, and says where it is (output `command`).
#
# In this order: one on PATH of the wanted version; a released one, taken only if its SHA-256 is the
# published one; one built from the action's own source.
set -euo pipefail

: "${ACTION_PATH:?}" "${RUNNER_TEMP:?}" "${GITHUB_OUTPUT:?}"
wanted=${INPUT_VERSION:-}
releases=${INPUT_RELEASES:-https://github.com/bricklint/bricklint/releases/download}
home=$RUNNER_TEMP/bricklint-bin

give_up() {
    printf '::error title=bricklint::%s\n' "$1"
    exit 2
}

found() {
    "$1" --version
    printf 'command=%s\n' "$1" >> "$GITHUB_OUTPUT"
    exit 0
}

# The target that releases are built for on this runner; nothing for others.
target() {
    case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
        Linux-X64) echo x86_64-unknown-linux-musl ;;
        Linux-ARM64) echo aarch64-unknown-linux-musl ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
    esac
}

fetch() {
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
}

check_sum() {
    if command -v sha256sum > /dev/null; then
        sha256sum --check --status "$1"
    else
        shasum --algorithm 256 --check --status "$1"
    fi
}

# Unpacks the release of a version into $home. Fails where there is none for this runner; ends the
# step where there is one but it is not the published file.
download() {
    local name archive
    name=bricklint-v$1-$(target)
    archive=$name.tar.gz
    [[ $name == *-windows-* ]] && archive=$name.zip
    [[ $name == *- ]] && return 1
    mkdir -p "$home" && cd "$home" || return 1
    fetch "$releases/v$1/SHA256SUMS" SHA256SUMS || return 1
    awk -v name="$archive" '$2 == name' SHA256SUMS > wanted
    [ -s wanted ] || return 1
    fetch "$releases/v$1/$archive" "$archive" || return 1
    check_sum wanted || give_up "$archive is not what was released: its SHA-256 differs; run again, and report it if it stays so"
    case $archive in
        *.zip) unzip -q -o "$archive" || return 1 ;;
        *) tar -xzf "$archive" || return 1 ;;
    esac
    rm -rf release && mv "$name" release
}

build() {
    command -v cargo > /dev/null \
        || give_up "no released bricklint $own for this runner, and no cargo to build it; install Rust before this step, or give \`version\` a released one"
    cargo install --locked --quiet --path "$ACTION_PATH" --root "$home/built"
}

own=$(awk -F '"' '/^version = / { print $2; exit }' "$ACTION_PATH/Cargo.toml")
if [[ ! $wanted =~ ^(source|v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?)?$ ]]; then
    give_up "\`version\` is a version such as v$own, or \`source\`, or left out"
fi
version=${wanted#v}
version=${version:-$own}
if [ "$wanted" != source ]; then
    if [ "$(bricklint --version 2> /dev/null || true)" = "bricklint $version" ]; then
        found "$(command -v bricklint)"
    fi
    if (download "$version"); then
        found "$home/release/bricklint"
    elif [ $? -eq 2 ]; then
        exit 2
    elif [ "$version" != "$own" ]; then
        give_up "there is no release $version of bricklint for this runner, or it cannot be reached"
    fi
fi
build
found "$home/built/bin/bricklint"
