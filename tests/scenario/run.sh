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

# On standard input one document, and it says what the exit status says.
one_document='const r = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.exit(r.passed === (process.argv[1] === "0") && r.met + r.failed > 0 && (r.failed > 0) !== r.passed && r.steps.length ? 0 : 1)'

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
    else
        timeout 60 "$program" run --json "$4" 2>/dev/null | node -e "$one_document" "$2" || why="$why; not one JSON document that says so"
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

# the example of docs/scenario.md: its first block of YAML
awk '/^```yaml$/ { on = 1; next } /^```$/ && on { exit } on' ../../docs/scenario.md >"$scratch/documented.yaml"
grep -q '^scenario: ' "$scratch/documented.yaml" || echo "docs/scenario.md has no example"
check docs/scenario.md 0 "" "$scratch/documented.yaml"

# colors: on a terminal, unless NO_COLOR is set (https://no-color.org)
colors() { # colors WANTED NAME=VALUE...
    local found=no
    env -u NO_COLOR TERM=xterm "${@:2}" script -qec "'$program' run '$scratch/documented.yaml'" /dev/null </dev/null 2>&1 | grep -q $'\e\[' && found=yes
    if [ "$found" = "$1" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "colors with ${*:2}: $found, expected $1"; fi
}
colors yes NO_COLOR=
colors no NO_COLOR=1
colors no TERM=dumb

# the machine fails: standard output or the exported chain cannot be written
fails() { # fails NAME COMMAND...
    "${@:2}" 2>"$scratch/err"
    if [ $? = 3 ] && grep -q FAULT_IO "$scratch/err"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$1: not exit status 3 and FAULT_IO"; fi
}
fails "a full disk" sh -c "'$program' run '$scratch/documented.yaml' >/dev/full"
fails "a full disk, --json" sh -c "'$program' run --json '$scratch/documented.yaml' >/dev/full"
fails "exported to a full disk" sh -c "'$program' run '$scratch/documented.yaml' --export-l1 /dev/full >/dev/null"

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
