#!/usr/bin/env python3
"""What filters cost and what mode late finds under them, on 50,000 passages with 50 fields, as a Markdown table.

    python3 benches/filters.py VECTORS_DIR [--maxsim target/release/maxsim] [--work DIR] [--passages 50000]

VECTORS_DIR is a folder that `maxsim encode` wrote. Where it has fewer passages than are wanted, the first ones are cut
in halves, each with its half of the token vectors. Fields f00 to f48 are integers, floats, keywords, dates and booleans
that have nothing to do with the text; `place` is where in the folder a passage stands, so that a range of it is a few
neighbouring documents. Queries are titles. Needs numpy, and a release build of maxsim.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

import numpy

K = 10
QUERIES = 100
FILTERS = [
    ("f00 < 500", "50 %, anywhere"),
    ("place < 500", "50 %, neighbours"),
    ("f00 < 100", "10 %, anywhere"),
    ("place < 100", "10 %, neighbours"),
    ("f00 < 10", "1 %, anywhere"),
    ("place < 10", "1 %, neighbours"),
    ("f00 = 7", "0.1 %, anywhere"),
    ("place = 7", "0.1 %, neighbours"),
    ('f01 < 0.5 and not (f02 prefix "k1" or f03 >= "2015") and f04', "6 conditions of 5 fields"),
]


def run(command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    return json.loads(done.stdout) if done.returncode == 0 else sys.exit(f"failed: {' '.join(map(str, command))}")


def metadata(chance, place):
    """50 fields: five kinds of f00 to f48, and the place."""
    kinds = [
        lambda: chance.randrange(1000),
        chance.random,
        lambda: f"k{chance.randrange(100):02}",
        lambda: f"{chance.randrange(2000, 2026)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        lambda: chance.random() < 0.5,
    ]
    return {"place": place, **{f"f{n:02}": kinds[n % 5]() for n in range(49)}}


def prepare(source, folder, passages):
    """A folder like the source with halves and metadata, and a data set of titles as queries."""
    folder.mkdir(parents=True)
    (folder / "vectors.npy").symlink_to((source / "vectors.npy").resolve())
    (folder / "encoder.json").symlink_to((source / "encoder.json").resolve())
    offsets = numpy.load(source / "offsets.npy")
    documents = [json.loads(line) for line in (source / "documents.jsonl").open()]
    halves = max(0, min(passages, 2 * len(documents)) - len(documents))
    chance, ends, ids, texts = random.Random(0), [0], [], []
    for number, document in enumerate(documents[: passages - halves]):
        first, last = int(offsets[number]), int(offsets[number + 1])
        cuts = [(first + last) // 2, last] if number < halves else [last]
        words = document["text"].split()
        for part, cut in enumerate(cuts):
            place = len(ids) * 1000 // passages
            ids.append(f"{document['_id']}/{part}")
            ends.append(cut)
            text = " ".join(words[part * len(words) // len(cuts) : (part + 1) * len(words) // len(cuts)])
            texts.append({**document, "_id": ids[-1], "text": text, "metadata": metadata(chance, place)})
    numpy.save(folder / "offsets.npy", numpy.array(ends, dtype=numpy.int64))
    (folder / "ids.json").write_text(json.dumps(ids))
    with (folder / "documents.jsonl").open("w") as out:
        out.writelines(json.dumps(text, ensure_ascii=False) + "\n" for text in texts)
    titles = sorted({document["title"] for document in documents if len(document["title"].split()) > 2})
    titles = random.Random(1).sample(titles, QUERIES)
    with (folder / "queries.jsonl").open("w") as out:
        out.writelines(json.dumps({"_id": str(n), "text": title}) + "\n" for n, title in enumerate(titles))
    qrels = [f"{n}\t{ids[0]}\t1\n" for n in range(QUERIES)]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(qrels))


def ranking(path):
    found = {}
    for line in path.read_text().splitlines():
        query, _, document, *_ = line.split()
        found.setdefault(query, set()).add(document)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=pathlib.Path)
    parser.add_argument("--maxsim", type=pathlib.Path, default=pathlib.Path("target/release/maxsim"))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("target/filters"))
    parser.add_argument("--passages", type=int, default=50_000)
    args = parser.parse_args()
    folder, collection = args.work / "vectors", ["--data", args.work / "data", "--collection", "filtered"]
    if not folder.exists():
        prepare(args.vectors, folder, args.passages)
    if not (args.work / "data/filtered/manifest.json").exists():
        built = run([args.maxsim, "build", "--vectors", folder, *collection, "--json"])["collection"]
        print(f"{built['passages']} passages, {built['token_vectors']} token vectors, {len(built['fields'])} fields\n")

    def measured(mode, *flags):
        out = args.work / f"{mode}.trec"
        evaluate = [args.maxsim, "eval", "--dataset", folder, *collection, "--json", "-k", K, "--mode", mode]
        return run([*evaluate, "--run", out, *flags]), ranking(out)

    head = ["filter", "passes", "recall of late", "filter p50 ms", "late p50 ms", "exhaustive p50 ms", "bm25 p50 ms"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for text, passes in [(None, "all"), *FILTERS]:
        flags = ["--filter", text] if text else []
        (late, found), (exhaustive, truth) = measured("late", *flags), measured("exhaustive", *flags)
        words, _ = measured("bm25", *flags)
        recall = sum(len(found.get(q, set()) & docs) for q, docs in truth.items()) / sum(map(len, truth.values()))
        times = [f"{report['search_ms']['p50']:.2f}" for report in (late, exhaustive, words)]
        filtering = f"{late['filter_ms']['p50']:.3f}" if text else ""
        print("| " + " | ".join([f"`{text}`" if text else "none", passes, f"{recall:.3f}", filtering, *times]) + " |", flush=True)


main()
