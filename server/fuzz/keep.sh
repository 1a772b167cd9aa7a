#!/usr/bin/env bash
# ./keep.sh [TARGET...]: leaves the least number of inputs in `corpus` that reach every edge that is reached. `cargo fuzz cmin` also keeps
# what reaches one more often than others, which is ten times as much.
set -euo pipefail
cd "$(dirname "$0")"
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(ls corpus)
export TMPDIR=${TMPDIR:-/dev/shm}

for target in "${targets[@]}"; do
    least=$(mktemp -d)
    cargo +nightly fuzz run "$target" "$least" "corpus/$target" -- -set_cover_merge=1 -use_counters=0 > "$least.log" 2>&1
    rm -r "corpus/$target" "$least.log"
    cp -r "$least" "corpus/$target"
    rm -r "$least"
    chmod 755 "corpus/$target"
    echo "$target: $(find "corpus/$target" -type f | wc -l) inputs"
done
