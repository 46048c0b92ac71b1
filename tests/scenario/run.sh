#!/bin/bash
# run.sh PROGRAM - every scenario of this folder: its exit status, and the beginning of the first line on standard error.
#
#   # status: 2                 of `scope run FILE`, in the file's first line
#   # says: 9:15: "transfr"..   what follows "FILE:" in the message; a run that is not wrong says nothing
#
# And what is no scenario at all: 10 MB of garbage, a folder, nothing. Nothing may crash, leak (under sanitizers), take
# long, or leave half a document on standard output with --json. The last line counts.

program=$(realpath "$1")
cd "$(dirname "$0")" || exit 3
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# check NAME WANTED_STATUS WANTED_MESSAGE FILE
check() {
    timeout 60 "$program" run "$4" >"$scratch/out" 2>"$scratch/err"
    local status=$? first
    IFS= read -r first <"$scratch/err"
    local why=
    [ "$status" = "$2" ] || why="exit status $status, expected $2"
    [[ "$first" == "$3"* ]] || why="$why; it says: $first"
    if [ "$2" = 2 ]; then
        timeout 60 "$program" run --json "$4" >"$scratch/out" 2>"$scratch/again"
        [ "$?" = 2 ] && cmp -s <(tail -n1 "$scratch/err") <(tail -n1 "$scratch/again") || why="$why; another message with --json"
        [ ! -s "$scratch/out" ] || why="$why; something on standard output with --json"
    fi
    [ "$2" = 2 ] || [ ! -s "$scratch/err" ] || why="$why; something on standard error: $first"
    if [ -z "$why" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: $why"
    fi
}

for file in *.yaml; do
    status=$(sed -n '1s/^# status: //p' "$file")
    says=$(sed -n '2s/^# says: //p' "$file")
    check "$file" "$status" "${says:+$file:$says}" "$file"
done

garbage() { head -c "$2" "$1" >"$scratch/$3"; }
garbage /dev/urandom 10M random
garbage /dev/zero 10M zeros
garbage /dev/urandom 900K random_small
yes -- '[' | tr -d '\n' | head -c 900K >"$scratch/brackets"
yes -- '- ' | tr -d '\n' | head -c 900K >"$scratch/dashes"
yes 'scenario: x' | head -c 10M >"$scratch/lines"
yes '"' | tr -d '\n' | head -c 900K >"$scratch/quotes"
yes 'a:' | head -c 900K >"$scratch/keys"
: >"$scratch/empty"
for file in random zeros lines; do
    check "$file" 2 "$scratch/$file: larger than the limit of 1048576 bytes" "$scratch/$file"
done
for file in random_small brackets dashes quotes keys empty; do
    check "$file" 2 "$scratch/$file:" "$scratch/$file"
done
check "a folder" 2 "$scratch: " "$scratch"
check "nothing" 2 "$scratch/nothing: cannot open: No such file or directory" "$scratch/nothing"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
