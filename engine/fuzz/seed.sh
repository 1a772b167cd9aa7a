#!/usr/bin/env bash
# A first corpus: each file of the golden checkpoints behind the byte that names it.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/checkpoint
golden=../../fixtures/golden/encoders
number=0
for file in config.json model.safetensors modules.json config_sentence_transformers.json 1_Dense/config.json \
    1_Dense/model.safetensors artifact.metadata encoder.json; do
    for checkpoint in bert distilbert roberta modernbert stanford; do
        [[ -f $golden/$checkpoint/$file ]] || continue
        { printf "\\x$(printf %02x "$number")"; cat "$golden/$checkpoint/$file"; } \
            > "corpus/checkpoint/$checkpoint-${file//\//-}"
    done
    number=$((number + 1))
done
