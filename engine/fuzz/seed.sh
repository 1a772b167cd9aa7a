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

mkdir -p corpus/filter
number=0
while IFS= read -r filter; do
    printf '%s' "$filter" > "corpus/filter/seed-$number"
    number=$((number + 1))
done <<'FILTERS'
year >= 2020 and lang in ("en", 'de') and not draft
(score < 1.5 or not exists(body)) && published = "2020-05" || `in` prefix "a\u00e9\"\\"
published > "2020-05-01T12:30:00.25+02:00" and `a``b` not in (1, -2)
{"and":[{"field":"year","op":">=","value":2020},{"not":{"field":"lang","op":"in","value":["en","de"]}}]}
{"or":[{"field":"body","op":"exists"},{"field":"lang","op":"prefix","value":"a"},{"field":"score","op":"<","value":1e3}]}
{"lang":["en",null],"year":2020.5,"author":{"name":"x"},"published":"2020-05-01"}
FILTERS
