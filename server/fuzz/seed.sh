#!/usr/bin/env bash
# First inputs, for a corpus that is begun anew: each file without an edit, each kind of body, some texts.
set -euo pipefail
cd "$(dirname "$0")"

# One file of a corpus: TARGET NAME, and the content as printf takes it.
put() {
    mkdir -p "corpus/$1"
    # shellcheck disable=SC2059
    printf "$3" > "corpus/$1/seed-$2"
}

# One for each line of the input.
texts() {
    local number=0 line
    mkdir -p "corpus/$1"
    while IFS= read -r line; do
        printf %s "$line" > "corpus/$1/seed-$number"
        number=$((number + 1))
    done
}

# The same, where a line begins with the number of its kind.
bodies() {
    local number=0 kind line
    mkdir -p "corpus/$1"
    while read -r kind line; do
        { printf "\\x$(printf %02x "$kind")"; printf %s "$line"; } > "corpus/$1/seed-$number"
        number=$((number + 1))
    done
}

for which in $(seq 0 40); do
    put checkpoint "$which" "\\x$(printf %02x "$which")"
done
# Files of collections: read; also written on; edited with nothing put right.
for which in $(seq 0 15); do
    for how in 0 64 128; do
        put segment "$how-$which" "\\x$(printf %02x $((how + which)))"
        put manifest "$how-$which" "\\x$(printf %02x $((how + which)))"
    done
done

texts filter <<'TEXTS'
year >= 2020 and lang in ("en", 'de') and not draft
(score < 1.5 or not exists(body)) && published = "2020-05" || `in` prefix "a\u00e9\"\\"
published > "2020-05-01T12:30:00.25+02:00" and `a``b` not in (1, -2)
{"and":[{"field":"year","op":">=","value":2020},{"not":{"field":"lang","op":"in","value":["en","de"]}}]}
{"or":[{"field":"body","op":"exists"},{"field":"lang","op":"prefix","value":"a"},{"field":"score","op":"<","value":1e3}]}
{"lang":["en",null],"year":2020.5,"author":{"name":"x"},"published":"2020-05-01"}
TEXTS

bodies json_body <<'BODIES'
0 {"queries":["a","\u00e9"],"k":3,"mode":"hybrid","scope":"all","min_score":-1.5,"explain":true,"deadline_ms":500,"include":["text","metadata"],"recall":0.5,"certified":true,"fusion":"rrf","fold":"none","max_tokens":9,"return":"parent","strategy":"traversal","per_layer":4,"filter":{"year":{"lt":2000}}}
0 {"vectors":[[0.6,0.8],[0,-1]]}
0 {"vectors":{"f16":"ADwAAAAAALw=","shape":[2,2]},"filter":"year > 3"}
1 {"name":"notes","encoder":"e","width":128,"bits":4,"fields":{"year":"integer"},"language":"german","keep_vectors":true,"split":false,"raptor":{"clustering":"gmm","nodes":"vectors","tokens":64,"across":true},"represent":"sentence"}
1 {"name":"n","raptor":"windows"}
2 {"documents":[{"id":"a","title":"t","text":"x","format":"markdown","metadata":{"year":[1,2.5,null]}},{"vectors":[[1]]}]}
3 {"ids":["a","b"]}
3 {"filter":{"field":"year","op":">=","value":2020}}
4 {"input":["a","b"],"input_type":"query","encoding":"f16","deadline_ms":9}
4 {"input":"a"}
5 {"question":"why?","history":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"collections":["a","b"],"technique":"rag_fusion","options":{"queries":3},"thinking":"rules","generator":"none","k":5,"filter":"a = 1","budget":{"max_llm_calls":1,"max_iterations":2,"max_context_tokens":300},"scope":"all","threshold":0.5,"deadline_ms":1000,"stream":true,"trace":"full"}
6 {"question":"why?","collections":["a","b"],"options":{"how":"rules"},"generator":"none","thinking":"rules","deadline_ms":1}
7 {"filter":"year = 1","fields":{"year":"integer"}}
7 {"filter":{"lang":"en"},"collection":"c"}
8 {"collection":"c"}
9 {"model":"maxsimd/auto@docs","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"why?"}]}],"stream":true,"stream_options":{"include_usage":true}}
10 {"input":["a","b"],"model":"m","encoding_format":"base64","dimensions":384,"input_type":"query"}
11 {"query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true,"rank_fields":["text"]}
11 {"query":"q","texts":["a"],"raw_scores":true,"return_text":true}
BODIES

# Every field absent, as many as there may be; a search of its own.
for which in $(seq 0 22); do
    put compact_body "$which" "\\x$(printf %02x "$which")\\x01$(printf '\\x00%.0s' $(seq 20))"
done
put compact_body search '\x00\x01\x01\x04text\x00\x00\x01\x05\x01\x04late\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
put compact_body vectors '\x00\x01\x00\x00\x01\x01\x02\x02\x08\x00\x3c\x00\x00\x00\x00\x00\xbc\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'

put config all 'data = "d"\nlisten = "[::1]:80"\nthreads = 2\nqueue = 0\nshadow = 0.5\npreload = true\nallow-host = ["a", "b"]\nlog = "info"\n'
put config wrong 'thread = 1\n[listen]\nport = 80\n'
put keys two "k1 read * blake3:$(printf '0f%.0s' $(seq 32))\n# more\nbackup admin a,b-2 blake3:$(printf 'f0%.0s' $(seq 32))\n"
