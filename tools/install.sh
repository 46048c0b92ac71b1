#!/bin/sh
# install - puts the program, the library with its headers, and the contracts under PREFIX (DESTDIR before it).
#
#   tools/install.sh PREFIX BUILD LIBRARIES        as make install calls it
#
#   PREFIX/bin/scope
#   PREFIX/lib/libscope.a  lib/pkgconfig/scope.pc
#   PREFIX/include/scope/scope.h, and the headers that it includes
#   PREFIX/share/scope/contracts/src
set -eu
cd "$(dirname "$0")/.."
prefix=$1 build=$2 libraries=$3
case $prefix in /*) ;; *) echo "install: PREFIX has to be an absolute path, not \"$prefix\"" >&2; exit 2 ;; esac
root=${DESTDIR:-}$prefix

install -D "$build/bin/scope" "$root/bin/scope"
install -D -m 644 "$build/libscope.a" "$root/lib/libscope.a"
install -D -m 644 include/scope.h "$root/include/scope/scope.h"
${CC:-cc} -std=c17 -D_GNU_SOURCE -Isrc/kernel -Isrc/shell -MM include/scope.h | tr ' \\' '\n\n' | grep '^src/' | while read -r header; do
    install -D -m 644 "$header" "$root/include/scope/${header#src/*/}"
done
find contracts/src -name '*.sol' | while read -r source; do
    install -D -m 644 "$source" "$root/share/scope/$source"
done
mkdir -p "$root/lib/pkgconfig"
cat >"$root/lib/pkgconfig/scope.pc" <<END
prefix=$prefix

Name: scope
Description: synchronous composability between Ethereum and its rollups
Version: 0
Cflags: -I\${prefix}/include/scope -D_GNU_SOURCE
Libs: -L\${prefix}/lib -lscope
Libs.private: $libraries
END
echo "scope is in $root"
