#!/usr/bin/env python3
"""Modes bm25, late and hybrid, as Markdown tables: quality of every fusion, and what else could have been fused.

    python3 benches/hybrid.py DATASET_DIR... [--maxsim target/release/maxsim] [--work DIR]

DATASET_DIR is in BEIR layout (corpus.jsonl, queries.jsonl, qrels.tsv). Texts are encoded once into WORK and kept. The
mean vector of a passage's token vectors, as a ranking of its own and as a third leg, is computed here; the daemon has
none. Needs numpy, and a release build of maxsim. Search times are of `maxsim eval -k 10`, without encoding the query.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

import numpy

DEPTH = 100
WEIGHTS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9]


def run(command):
    """Runs a command that prints one JSON object."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    return json.loads(done.stdout) if done.returncode == 0 else sys.exit(f"failed: {' '.join(map(str, command))}")


def trec(path):
    """Rankings of a TREC run: query to [(document, score)]."""
    rankings = {}
    for line in path.read_text().splitlines():
        query, _, document, _, score, _ = line.split()
        rankings.setdefault(query, []).append((document, float(score)))
    return rankings


def judgments(dataset):
    found = {}
    for line in (dataset / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")[:3]
        found.setdefault(query, {})[document] = int(grade)
    return {query: grades for query, grades in found.items() if any(grade > 0 for grade in grades.values())}


def quality(rankings, judged):
    """nDCG@10 and recall@100, as `maxsim eval` computes them."""
    ndcg, recall = [], []
    for query, grades in judged.items():
        ranked = [document for document, _ in rankings.get(query, [])]
        gain = sum(grades.get(d, 0) / math.log2(rank + 2) for rank, d in enumerate(ranked[:10]))
        ideal = sorted((g for g in grades.values() if g > 0), reverse=True)[:10]
        ndcg.append(gain / sum(g / math.log2(rank + 2) for rank, g in enumerate(ideal)))
        relevant = {d for d, g in grades.items() if g > 0}
        recall.append(len(relevant & set(ranked[:100])) / len(relevant))
    return sum(ndcg) / len(ndcg), sum(recall) / len(recall)


def rrf(*legs):
    """Reciprocal rank fusion."""
    return fused(lambda leg, query: [(d, 1 / (60 + rank)) for rank, (d, _) in enumerate(leg.get(query, [])[:DEPTH], 1)], legs)


def weighted(legs, weights):
    """Sums of scores that are brought to 0 to 1."""

    def parts(leg, query):
        ranked = leg[0].get(query, [])[:DEPTH]
        worst, best = (ranked[-1][1], ranked[0][1]) if ranked else (0, 0)
        return [(d, leg[1] * ((s - worst) / (best - worst) if best > worst else 1)) for d, s in ranked]

    return fused(parts, list(zip(legs, weights)))


def fused(parts, legs):
    queries = {query for leg in legs for query in (leg[0] if isinstance(leg, tuple) else leg)}
    rankings = {}
    for query in queries:
        scores = {}
        for leg in legs:
            for document, score in parts(leg, query):
                scores[document] = scores.get(document, 0) + score
        rankings[query] = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:DEPTH]
    return rankings


def means(folder):
    """Ids and unit mean vectors of the texts in a folder that `maxsim encode` wrote."""
    vectors = numpy.load(folder / "vectors.npy", mmap_mode="r")
    offsets = numpy.load(folder / "offsets.npy")
    ids = json.loads((folder / "ids.json").read_text())
    rows = numpy.stack([vectors[a:b].astype(numpy.float32).mean(0) for a, b in zip(offsets[:-1], offsets[1:])])
    return ids, rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def by_mean(passages, queries):
    (ids, rows), (query_ids, query_rows) = means(passages), means(queries)
    scores = query_rows @ rows.T
    best = numpy.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
    return {q: [(ids[at], float(scores[n, at])) for at in best[n]] for n, q in enumerate(query_ids)}


def table(args, dataset):
    data, folder = args.work / "data", args.work / "vectors" / dataset.name
    name = dataset.name.replace("_", "-")
    collection = ["--data", data, "--collection", name]
    for part, flags in [("corpus", ["--no-split"]), ("queries", ["--queries"])]:
        if not (folder / part / "ids.json").exists():
            run([args.maxsim, "encode", "--input", dataset / f"{part}.jsonl", *flags, "--out", folder / part, "--json"])
    if not (data / name / "manifest.json").exists():
        run([args.maxsim, "build", "--vectors", folder / "corpus", *collection, "--json"])
    judged = judgments(dataset)

    def measured(label, *flags):
        out = args.work / f"{name}-{label.replace(' ', '-')}.trec"
        evaluate = [args.maxsim, "eval", "--dataset", dataset, *collection, "--json", *flags]
        report = run([*evaluate, "-k", DEPTH, "--run", out])
        fast = run([*evaluate, "-k", 10])["search_ms"]["p50"]
        row(label, (report["ndcg_at_10"], report["recall_at_100"]), f"{fast:.2f}")
        return trec(out)

    def row(label, values, p50=""):
        print(f"| {dataset.name} | {label} | {values[0]:.4f} | {values[1]:.4f} | {p50} |", flush=True)

    words = measured("bm25", "--mode", "bm25")
    late = measured("late", "--mode", "late")
    for fusion in ["weighted", "rrf", "maxsim"]:
        measured(f"hybrid {fusion}", "--mode", "hybrid", "--fusion", fusion)
    mean = by_mean(folder / "corpus", folder / "queries")
    row("mean vector", quality(mean, judged))
    row("rrf of late, bm25, mean vector", quality(rrf(late, words, mean), judged))
    row("weighted .6, .2, .2 of the same", quality(weighted([late, words, mean], [0.6, 0.2, 0.2]), judged))
    return [f"{quality(weighted([late, words], [w, 1 - w]), judged)[0]:.4f}" for w in WEIGHTS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=pathlib.Path)
    parser.add_argument("--maxsim", type=pathlib.Path, default=pathlib.Path("target/release/maxsim"))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("target/hybrid"))
    args = parser.parse_args()
    print("| data set | ranking | nDCG@10 | recall@100 | p50 ms |\n|---|---|---|---|---|")
    weights = {dataset.name: table(args, dataset) for dataset in args.datasets}
    print("\n| nDCG@10 by weight of late | " + " | ".join(map(str, WEIGHTS)) + " |\n|---" * 1 + "|---" * len(WEIGHTS) + "|")
    for dataset, values in weights.items():
        print(f"| {dataset} | " + " | ".join(values) + " |")


main()
