"""Contexts of every technique against mode hybrid, on a judged set: recall of relevant documents among the first 5 and 10, and
nDCG@10, each with the difference to hybrid, its 95 % interval and p, as `maxsim eval` has them.

    python3 benches/techniques.py DATASET_DIR DATA_DIR COLLECTION [--first N] [--models] [--maxsim PATH]

By rules; with --models by the managed generator (SmolLM2), for which --first 50 is patient enough. Only the standard library.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

RULES = [
    ("late", ["--mode", "hybrid,late"]),
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
FIGURES = {"recall_at_5": "recall@5", "recall_at_10": "recall@10", "ndcg_at_10": "nDCG@10"}


def sample(folder, first, into):
    """The data set, or one of its first judged questions."""
    if not first:
        return folder
    judgments = [line.split("\t") for line in (folder / "qrels.tsv").read_text().splitlines()[1:]]
    judged = {query for query, _, gain in judgments if int(gain) > 0}
    lines = [line for line in (folder / "queries.jsonl").read_text().splitlines() if json.loads(line)["_id"] in judged]
    (into / "queries.jsonl").write_text("\n".join(lines[:first]) + "\n")
    (into / "qrels.tsv").write_text((folder / "qrels.tsv").read_text())
    return into


def measured(args, dataset, flags):
    """Runs of hybrid and of one other way, and how they differ."""
    command = [args.maxsim, "eval", "--dataset", dataset, "--data", args.data, "--collection", args.collection]
    command += ["-k", "10", "--json", *([] if "--mode" in flags else ["--mode", "hybrid"]), *flags]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    return report["runs"], report["differences"][0]["figures"]


def row(name, run, differences=None):
    cells = []
    for key in FIGURES:
        change = ""
        if differences:
            low, high = differences[key]["interval"]
            change = f" ({differences[key]['mean']:+.3f} [{low:+.3f}, {high:+.3f}], p {differences[key]['p']:.3f})"
        cells.append(f"{run[key]:.4f}{change}")
    print(f"| {name} | {' | '.join(cells)} | {run['search_ms']['p50']:.1f} | {run['llm_calls'] or 0} |", flush=True)


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
    model = ["--generator", "managed", "--thinking", "model"]
    rows = [(name, flags + model) for name, flags in MODELS] if args.models else RULES
    rows = [(name, flags) for name, flags in rows if args.only in name]
    with tempfile.TemporaryDirectory() as folder:
        dataset = sample(args.dataset, args.first, Path(folder))
        for number, (name, flags) in enumerate(rows):
            (hybrid, other), differences = measured(args, dataset, flags)
            if number == 0:
                print(f"{args.dataset.name}, {hybrid['queries']} questions{', SmolLM2 thinks' if args.models else ''}\n")
                print("| technique | " + " | ".join(FIGURES.values()) + " | p50 ms | calls |\n|---|---|---|---|---|---|")
                row("hybrid", hybrid)
            row(name, other, differences)


if __name__ == "__main__":
    main()
