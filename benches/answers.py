#!/usr/bin/env python3
"""Answers of `maxsim ask` against those of people, as Markdown.

    python3 benches/answers.py DATASET_DIR [--maxsim target/release/maxsim] [--keep DIR] [--limit N]

DATASET_DIR is in BEIR layout; its queries' `metadata` hold `answers` (texts of people, empty if there is no answer), and
`answerable`, or `answer` and `aliases`. Asks every question and says

* how well confidence and the plain score of the best context tell questions with an answer from those without: the area
  under the ROC curve, with the middle 95 % of 2,000 resamples of questions;
* how many of either kind are answered, and F1 of words against the nearest of people's answers, an abstention counting 0;
* whether each citation is what stands in the corpus at its place, and in the answer at its place. Read from the corpus
  here, without the engine. Ends with 1 if one is not.

Needs nothing but python3 and a release build of maxsim.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

SEED = 20261125
RESAMPLES = 2000


def words(text):
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in ("a", "an", "the")]


def f1(said, gold):
    said, gold = words(said), words(gold)
    common = sum((collections.Counter(said) & collections.Counter(gold)).values())
    return 2 * common / (len(said) + len(gold)) if common else 0.0


def area(scores, truths):
    """Share of pairs of a true and a false one in which the true one scores more; ties count half."""
    ranked, rank, total, at = sorted(zip(scores, truths)), 1, 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += sum(truth for _, truth in ranked[at:end]) * (rank + rank + end - at - 1) / 2
        rank, at = rank + end - at, end
    positive = sum(truths)
    negative = len(truths) - positive
    return (total - positive * (positive + 1) / 2) / (positive * negative) if positive and negative else float("nan")


def interval(scores, truths):
    chance, areas = random.Random(SEED), []
    for _ in range(RESAMPLES):
        pick = chance.choices(range(len(truths)), k=len(truths))
        areas.append(area([scores[n] for n in pick], [truths[n] for n in pick]))
    areas.sort()
    tail = RESAMPLES // 40
    return f"{area(scores, truths):.3f} [{areas[tail]:.3f}, {areas[-1 - tail]:.3f}]"


def lines(path):
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def golds(about):
    return about["answers"] if "answers" in about else [about["answer"], *about.get("aliases", [])]


def ask(args, question):
    command = [args.maxsim, "ask", "--data", args.keep, "--collection", "answers", "--json", "--", question]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return json.loads(done.stdout)


def wrong(answer, corpus):
    """Citations that are not where they say."""
    said, found = answer["answer"].encode(), []
    for citation in answer["citations"]:
        text = corpus[citation["document_id"]].encode()
        quote = citation["quote"].encode()
        stands = text[citation["start"] : citation["end"]] == quote
        if not stands or said[citation["answer_start"] : citation["answer_end"]] != quote or not quote.strip():
            found.append(citation)
    return found


def run(args):
    corpus = {document["_id"]: document["text"] for document in lines(args.dataset / "corpus.jsonl")}
    questions = lines(args.dataset / "queries.jsonl")[: args.limit]
    build = [args.maxsim, "build", "--input", args.dataset / "corpus.jsonl", "--data", args.keep, "--collection", "answers"]
    subprocess.run([str(part) for part in build], check=True, stdout=subprocess.DEVNULL)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda question: ask(args, question["text"]), questions))
    truths = [int(question["metadata"].get("answerable", True)) for question in questions]
    confidence = [answer["confidence"] for answer in answers]
    plain = [answer["contexts"][0]["score"] if answer["contexts"] else 0.0 for answer in answers]
    with_answer = [(question, answer) for question, answer, truth in zip(questions, answers, truths) if truth]
    said = [(question, answer) for question, answer in with_answer if not answer["abstained"]]
    falsely = sum(not answer["abstained"] for answer, truth in zip(answers, truths) if not truth)

    def best(pairs):
        scores = [max(f1(answer["answer"], gold) for gold in golds(question["metadata"])) for question, answer in pairs]
        return statistics.fmean(scores) if scores else 0.0

    citations = [citation for answer in answers for citation in answer["citations"]]
    broken = [citation for answer in answers for citation in wrong(answer, corpus)]
    print(f"## {args.dataset.name}\n\n| | |\n|---|---|")
    if len(with_answer) < len(questions):
        print(f"| area under ROC, confidence | {interval(confidence, truths)} |")
        print(f"| area under ROC, score of the best context | {interval(plain, truths)} |")
        print(f"| answered without an answer | {falsely} of {len(questions) - len(with_answer)} |")
    print(f"| answered with an answer | {len(said)} of {len(with_answer)} |")
    print(f"| F1 where answered | {best(said):.3f} |")
    print(f"| F1 of all that have an answer | {best(with_answer):.3f} |")
    print(f"| sentences in an answer | {len(citations) / max(1, sum(not a['abstained'] for a in answers)):.2f} |")
    print(f"| citations that are not where they say | {len(broken)} of {len(citations)} |")
    for citation in broken[:5]:
        print(citation, file=sys.stderr)
    return 1 if broken else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("--maxsim", type=pathlib.Path, default="target/release/maxsim")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        args.keep = args.keep or pathlib.Path(folder)
        sys.exit(run(args))


if __name__ == "__main__":
    main()
