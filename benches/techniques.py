"""Contexts of every technique against mode hybrid, on a judged set: recall of relevant documents among the first 5 and 10, and
nDCG@10, each with the difference to hybrid and its 95 % interval (10,000 bootstrap samples of questions, paired).

    python3 benches/techniques.py DATASET_DIR DATA_DIR COLLECTION [--first N] [--models] [--maxsim PATH]

By rules; with --models by the managed generator (SmolLM2), for which --first 50 is patient enough. Only the standard library.
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

RULES = [
    ("late", ["--mode", "late"]),
    ("plain", ["--technique", "plain"]),
    ("multi_query", ["--technique", "multi_query"]),
    ("rag_fusion", ["--technique", "rag_fusion"]),
    ("decomposition ircot", ["--technique", "decomposition"]),
    ("decomposition recursive", ["--technique", "decomposition", "--set", "how=recursive"]),
    ("decomposition individual", ["--technique", "decomposition", "--set", "how=individual"]),
    ("step_back", ["--technique", "step_back"]),
    ("hyde (feedback)", ["--technique", "hyde"]),
    ("rerank", ["--technique", "rerank"]),
    ("crag", ["--technique", "crag", "--set", "refine=none"]),
    ("self_rag", ["--technique", "self_rag"]),
    ("auto (adaptive)", ["--technique", "auto"]),
]
MODELS = [
    ("multi_query", ["--technique", "multi_query"]),
    ("rag_fusion", ["--technique", "rag_fusion"]),
    ("decomposition ircot", ["--technique", "decomposition"]),
    ("decomposition recursive", ["--technique", "decomposition", "--set", "how=recursive"]),
    ("decomposition individual", ["--technique", "decomposition", "--set", "how=individual"]),
    ("step_back", ["--technique", "step_back"]),
    ("hyde", ["--technique", "hyde"]),
    ("auto (adaptive)", ["--technique", "auto"]),
]
FIGURES = ["recall@5", "recall@10", "nDCG@10"]


def judged(folder):
    gains = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, gain = line.split("\t")
        if int(gain) > 0:
            gains.setdefault(query, {})[document] = int(gain)
    return gains


def sample(folder, first, into):
    """The data set, or one of its first judged questions."""
    if not first:
        return folder
    gains = judged(folder)
    lines = [line for line in (folder / "queries.jsonl").read_text().splitlines() if json.loads(line)["_id"] in gains]
    (into / "queries.jsonl").write_text("\n".join(lines[:first]) + "\n")
    (into / "qrels.tsv").write_text((folder / "qrels.tsv").read_text())
    return into


def ranked(args, dataset, flags):
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [args.maxsim, "eval", "--dataset", dataset, "--data", args.data, "--collection", args.collection]
        command += ["-k", "10", "--json", "--run", run, *flags]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        report, ranking = json.loads(done.stdout), {}
        for line in run.read_text().splitlines():
            query, _, document, *_ = line.split()
            ranking.setdefault(query, []).append(document)
        return report, ranking


def figures(ranking, gains):
    dcg = lambda values: sum(gain / math.log2(rank + 2) for rank, gain in enumerate(values[:10]))
    found = [gains.get(document, 0) for document in ranking]
    relevant = lambda k: sum(gain > 0 for gain in found[:k]) / len(gains)
    return [relevant(5), relevant(10), dcg(found) / dcg(sorted(gains.values(), reverse=True))]


def interval(differences):
    chosen = random.Random(7)
    means = sorted(
        sum(chosen.choices(differences, k=len(differences))) / len(differences) for _ in range(10_000)
    )
    return means[249], means[9_749]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("collection")
    parser.add_argument("--first", type=int)
    parser.add_argument("--models", action="store_true")
    parser.add_argument("--maxsim", default="maxsim")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    gains = judged(args.dataset)
    with tempfile.TemporaryDirectory() as folder:
        dataset = sample(args.dataset, args.first, Path(folder))
        wanted = [json.loads(line)["_id"] for line in (dataset / "queries.jsonl").read_text().splitlines() if line]
        wanted = [query for query in wanted if query in gains]
        base = None
        model = ["--generator", "managed", "--thinking", "model"]
        rows = [(name, flags + model) for name, flags in MODELS] if args.models else RULES
        rows = [row for row in rows if args.only in row[0]]
        print(f"{args.dataset.name}, {len(wanted)} questions{', SmolLM2 thinks' if args.models else ''}\n")
        print("| technique | " + " | ".join(FIGURES) + " | p50 ms | calls |")
        print("|---|---|---|---|---|---|")
        for name, flags in [("hybrid", ["--mode", "hybrid"]), *rows]:
            report, ranking = ranked(args, dataset, flags)
            own = [figures(ranking.get(query, []), gains[query]) for query in wanted]
            base = base or own
            cells = []
            for at in range(3):
                mean = sum(values[at] for values in own) / len(own)
                differences = [values[at] - before[at] for values, before in zip(own, base)]
                low, high = interval(differences)
                change = f" ({sum(differences) / len(own):+.3f} [{low:+.3f}, {high:+.3f}])" if own is not base else ""
                cells.append(f"{mean:.4f}{change}")
            calls = report["llm_calls"]
            print(f"| {name} | {' | '.join(cells)} | {report['search_ms']['p50']:.1f} | {calls or 0} |", flush=True)


if __name__ == "__main__":
    main()
