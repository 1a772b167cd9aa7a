#!/usr/bin/env bash
# ./run.sh [SECONDS [TARGET...]]: fuzzes one target after the other, adds what they find to `corpus`, and prints the rows of
# the table in README.md. Ends at the first crash, whose input is in `artifacts`.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(checkpoint filter segment manifest json_body compact_body config keys)

# Targets write collections and checkpoints.
export TMPDIR=${TMPDIR:-/dev/shm}

for target in "${targets[@]}"; do
    options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=256 -print_final_stats=1 -max_len=1024)
    case $target in
        checkpoint | segment | manifest) options+=(-max_len=256) ;;
    esac
    [[ -f $target.dict ]] && options+=(-dict="$target.dict")
    mkdir -p "corpus/$target"
    log=$(mktemp)
    if ! cargo +nightly fuzz run "$target" -- "${options[@]}" > "$log" 2>&1; then
        tail -n 80 "$log"
        exit 1
    fi
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | grep -o '[0-9]*')
    echo "| \`$target\` | $(stat number_of_executed_units) | $edges | $seconds | 0 |"
    rm "$log"
done
