#!/bin/sh
# install - puts the program, the library with its headers, man pages, completion and the contracts under PREFIX
# (DESTDIR before it), or removes them: the files that share/scope/files lists, that list, and the folders which the
# installation made and which are empty then.
#
#   tools/install.sh install PREFIX BUILD LIBRARIES | uninstall PREFIX BUILD      as make calls it
#
#   PREFIX/bin/scope
#   PREFIX/lib/libscope.a  lib/pkgconfig/scope.pc
#   PREFIX/include/scope/scope.h  rollup.h  prover.h  devnet.h  derive.h
#   PREFIX/share/man/man1/scope.1  scope-run.1 ..
#   PREFIX/share/bash-completion/completions/scope  share/zsh/site-functions/_scope
#   PREFIX/share/fish/vendor_completions.d/scope.fish
#   PREFIX/share/scope/contracts/src  share/scope/files
set -eu
cd "$(dirname "$0")/.."
what=$1 prefix=$2 build=$3
case $prefix in /*) ;; *) echo "$what: PREFIX must be an absolute path, not \"$prefix\"" >&2; exit 2 ;; esac
root=${DESTDIR:-}$prefix
list=$root/share/scope/files

if [ "$what" = uninstall ]; then
    [ -f "$list" ] || { echo "uninstall: scope is not installed in $root: no $list" >&2; exit 1; }
    while read -r kind path; do
        case $kind in
        file) rm -f "$root/$path" ;;
        folder) echo "$path" ;;
        esac
    done <"$list" | sort -r >"$list.folders"
    while read -r folder; do
        # shellcheck disable=SC2015
        [ "$folder" != share/scope ] && rmdir "$root/$folder" 2>/dev/null || true
    done <"$list.folders"
    folders=$(cat "$list.folders")
    rm -f "$list" "$list.folders"
    # the folder of the list, and those above it, now that it is gone
    for folder in $folders; do
        if [ "$folder" = . ]; then rmdir "$root" 2>/dev/null || true; else rmdir "$root/$folder" 2>/dev/null || true; fi
    done
    echo "scope is removed from $root"
    exit 0
fi

libraries=$4
new=$(mktemp) && trap 'rm -f "$new"' EXIT
[ ! -f "$list" ] || grep '^folder ' "$list" >"$new" || true # an installation over another one
# The folders of a path below root that are not there yet.
folder() {
    [ -d "$root/$1" ] || { [ "$1" = . ] || folder "$(dirname "$1")"; mkdir -p "$root/$1"; echo "folder $1" >>"$new"; }
}
put() { # put MODE SOURCE PATH
    folder "$(dirname "$3")"
    install -m "$1" "$2" "$root/$3"
    echo "file $3" >>"$new"
}
generated=$(mktemp) && trap 'rm -f "$new" "$generated"' EXIT
make_file() { # make_file PATH COMMAND...
    path=$1
    shift
    "$@" >"$generated"
    put 644 "$generated" "$path"
}
pkgconfig() {
    cat <<END
prefix=$prefix

Name: scope
Description: calls between Ethereum and its rollups: builder, devnet and prover
Version: $("$build/bin/scope" --version | cut -d' ' -f2)
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -lscope
Libs.private: $libraries
END
}

folder .
put 755 "$build/bin/scope" bin/scope
put 644 "$build/install/libscope.a" lib/libscope.a
for header in include/scope/*.h; do
    put 644 "$header" "$header"
done
make_file lib/pkgconfig/scope.pc pkgconfig
make_file share/man/man1/scope.1 "$build/bin/scope" man
for command in $("$build/bin/scope" completion bash | sed -n 's/^    \([a-z][a-z0-9]*\))$/\1/p'); do
    make_file "share/man/man1/scope-$command.1" "$build/bin/scope" man "$command"
done
make_file share/bash-completion/completions/scope "$build/bin/scope" completion bash
make_file share/zsh/site-functions/_scope "$build/bin/scope" completion zsh
make_file share/fish/vendor_completions.d/scope.fish "$build/bin/scope" completion fish
find contracts/src -name '*.sol' | sort | while read -r source; do
    put 644 "$source" "share/scope/$source"
done
install -m 644 "$new" "$list"
echo "scope is installed in $root"
