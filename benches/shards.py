#!/usr/bin/env python3
"""Splits a corpus into parts, each a random sample of it: shards.py CORPUS.jsonl[.gz] OUT ENDS...

Writes OUT/shard0.jsonl and so on; a shard ends before the given number of documents, the last one at the end. The order is
shuffled with a fixed seed, so that the same corpus gives the same shards."""
import gzip
import random
import sys
from pathlib import Path

corpus, out, ends = sys.argv[1], Path(sys.argv[2]), [int(end) for end in sys.argv[3:]]
read = gzip.open if corpus.endswith(".gz") else open
with read(corpus, "rt", encoding="utf-8") as file:
    lines = file.read().splitlines()
random.Random(0).shuffle(lines)
out.mkdir(parents=True, exist_ok=True)
cuts = [0, *ends, len(lines)]
for number, (start, end) in enumerate(zip(cuts, cuts[1:])):
    path = out / f"shard{number}.jsonl"
    path.write_text("".join(line + "\n" for line in lines[start:end]), encoding="utf-8")
    print(path, end - start)
