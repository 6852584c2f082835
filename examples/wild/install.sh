#!/usr/bin/env bash
# Installs the C and C++ libraries that examples/wild compares with their ports, on Debian, Ubuntu and
# what is made from them. Needs root, or sudo. What cannot be had is named; the rest is installed.
set -uo pipefail

packages=(zlib1g-dev libbz2-dev libsnappy-dev liblz4-dev libre2-dev)

if ! command -v apt-get >/dev/null; then
    echo "apt-get not found: install what your distribution calls ${packages[*]}" >&2
    exit 1
fi
sudo=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "needs root: run it as root, or install sudo" >&2
        exit 1
    fi
    sudo=(sudo)
fi

is_there() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing=()
for package in "${packages[@]}"; do
    if is_there "$package"; then
        echo "$package is there"
    else
        missing+=("$package")
    fi
done
((${#missing[@]})) || exit 0

echo "apt-get update"
"${sudo[@]}" apt-get update -qq || echo "the lists of packages are not up to date" >&2
failed=()
# One by one: one that is unknown must not keep the others away.
for package in "${missing[@]}"; do
    echo "apt-get install $package"
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
        "$package" >/dev/null || failed+=("$package")
done
if ((${#failed[@]})); then
    echo "cannot be installed: ${failed[*]}; their pairs will be skipped" >&2
    exit 1
fi
