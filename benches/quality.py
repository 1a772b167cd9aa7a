#!/usr/bin/env python3
"""Quality, size and speed by mode and bits, as a Markdown table.

    python3 benches/quality.py DATASET_DIR... [--maxsim target/release/maxsim] [--work DIR] [--bits 1,2,3,4,8]

DATASET_DIR is in BEIR layout (corpus.jsonl, queries.jsonl, qrels.tsv). Texts are encoded once into WORK/vectors and
kept; each collection is built from those vectors. Needs nothing but python3 and a release build of maxsim.
Search times are of searches for 10 hits in mode late and 100 in the others, one thread, without encoding the query.
Peak memory is the largest resident set of the build process, as the kernel counts it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def run(command):
    """Runs a command that prints one JSON object; returns it and the peak memory in MiB."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([str(part) for part in command], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            sys.exit(f"failed: {' '.join(map(str, command))}")
        out.seek(0)
        return json.load(out), usage.ru_maxrss / 1024


def ranking(path):
    """Top 10 of each query of a TREC run."""
    tops = {}
    for line in path.read_text().splitlines():
        query, _, document, rank, *_ = line.split()
        if int(rank) <= 10:
            tops.setdefault(query, set()).add(document)
    return tops


def overlap(one, other):
    """Mean share of the other's top 10 that one finds."""
    return sum(len(one.get(q, set()) & docs) / len(docs) for q, docs in other.items()) / len(other)


def rows(args, dataset):
    vectors = args.work / "vectors" / dataset.name
    if not (vectors / "ids.json").exists():
        run([args.maxsim, "encode", "--input", dataset / "corpus.jsonl", "--no-split", "--out", vectors, "--json"])
    exact = None
    for bits in args.bits:
        data = args.work / "data"
        name = f"{dataset.name.replace('_', '-')}-{bits}"
        collection = ["--data", data, "--collection", name]
        build = [args.maxsim, "build", "--vectors", vectors, *collection, "--bits", bits, "--json"]
        built, peak = run(build + (["--keep-vectors"] if exact is None else []))
        exhaustive = None
        for mode in ["exact"] * (exact is None) + ["exhaustive", "late"]:
            trec = args.work / f"{name}-{mode}.trec"
            evaluate = [args.maxsim, "eval", "--dataset", dataset, *collection, "--mode", mode, "--run", trec, "--json"]
            recall, _ = run(evaluate + ["-k", 100])
            # Scans do not depend on k; what late looks at does.
            result = run(evaluate + ["-k", 10])[0] if mode == "late" else recall
            tops = ranking(trec)
            exact = exact or tops
            exhaustive = tops if mode == "exhaustive" else exhaustive
            search = result["search_ms"]
            yield [
                dataset.name,
                mode,
                "f16" if mode == "exact" else bits,
                f"{result['ndcg_at_10']:.4f}",
                f"{recall['recall_at_100']:.4f}",
                f"{overlap(tops, exact):.3f}",
                f"{overlap(tops, exhaustive):.3f}" if exhaustive else "",
                f"{result['bytes_per_token_vector']:.1f}" if mode != "exact" else "768.0",
                f"{built['collection']['build_seconds']:.1f}",
                f"{peak:.0f}",
                f"{search['p50']:.2f}",
                f"{search['p95']:.2f}",
            ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=pathlib.Path, metavar="DATASET_DIR")
    parser.add_argument("--maxsim", type=pathlib.Path, default=pathlib.Path("target/release/maxsim"))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("target/quality"))
    parser.add_argument("--bits", type=lambda text: [int(n) for n in text.split(",")], default=[2, 1, 3, 4, 8])
    args = parser.parse_args()
    head = ["data set", "mode", "bits", "nDCG@10", "recall@100", "overlap@10 with exact", "of exhaustive's top 10"]
    head += ["index bytes per token vector", "build from vectors, s", "build peak, MiB", "search p50, ms", "p95, ms"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for dataset in args.datasets:
        for row in rows(args, dataset.resolve()):
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
