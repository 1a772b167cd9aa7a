#!/usr/bin/env python3
"""Answers of the daemon against those of people, as Markdown.

    python3 benches/answers.py DATASET_DIR [--generator quote|managed|openai]... [--maxsim target/release/maxsim]
                               [--technique 'NAME {KNOBS}']... [--thinking WHO] [--threshold P] [--limit N] [--keep DIR] [--flags "..."]

DATASET_DIR is in BEIR layout; its queries' `metadata` hold `answers` (texts of people), and `answerable`, or `answer` and
`aliases`. Builds a collection, starts `maxsim serve` over it, asks every question and says

* how well confidence and the plain score of the best context tell questions with an answer from those without: the area
  under the ROC curve, with the middle 95 % of 2,000 resamples of questions;
* how many of either kind are answered, at the threshold asked for and at others;
* of those that have an answer: exact match and F1 of words against the nearest of people's answers (an abstention counts
  0 in the second figure), and how many answers contain one of them;
* how many of the sentences are supported, how often a generator's text was an answer, and how fast it wrote;
* whether each citation is what stands in the corpus at its place, and a quote in the answer at its place. Read from the
  corpus here, without the engine. Ends with 1 if one is not.

Needs nothing but python3 and a release build of maxsim; with `--generator managed` also `maxsim models pull generation`,
with openai the address of a model server in MAXSIMD_GENERATOR_URL and MAXSIMD_GENERATOR_MODEL.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import pathlib
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from daemon import served

SEED = 20261125
RESAMPLES = 2000
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5)

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



class Daemon:
    """`maxsim serve` over a folder, until the block ends."""

    def __init__(self, args):
        self.process, self.url = served(args.keep, *shlex.split(args.flags), program=[args.maxsim, "serve"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, question, wishes, threshold):
        body = {"question": question, "collections": ["answers"], "trace": "full", **wishes}
        body |= {"threshold": threshold} if threshold is not None else {}
        body |= {"budget": {"max_ms": 120000}}
        return self.post("/v1/answer", body)

    def post(self, path, body):
        head = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), head)
        with urllib.request.urlopen(request, timeout=180) as reply:
            return json.load(reply)


def wrong(answer, corpus):
    """Citations that are not where they say."""
    said, found = answer["answer"].encode(), []
    quoted = answer["decision"]["path"] == "quoted"
    for citation in answer["citations"]:
        text = corpus[citation["document_id"]].encode()
        quote = citation["quote"].encode()
        stands = text[citation["start"] : citation["end"]] == quote and quote.strip()
        here = said[citation["answer_start"] : citation["answer_end"]]
        if not stands or not here.strip() or (quoted and here != quote):
            found.append(citation)
    return found


def best(measure, pairs):
    scores = [max(measure(answer["answer"], gold) for gold in golds(question["metadata"])) for question, answer in pairs]
    return statistics.fmean(scores) if scores else 0.0


def exact(said, gold):
    return float(bool(said) and words(said) == words(gold))


def contains(said, gold):
    said, gold = words(said), words(gold)
    return float(bool(gold) and any(said[at : at + len(gold)] == gold for at in range(len(said) - len(gold) + 1)))


def steps(answers, name):
    return [step for answer in answers for step in answer["trace"] if step["stage"] == name]


def table(questions, answers, corpus):
    """Rows of a table: name and value."""
    truths = [int(question["metadata"].get("answerable", True)) for question in questions]
    confidence = [answer["decision"]["confidence"] for answer in answers]
    plain = [answer["contexts"][0]["score"] if answer["contexts"] else 0.0 for answer in answers]
    positives = [(question, answer) for question, answer, truth in zip(questions, answers, truths) if truth]
    said = [(question, answer) for question, answer in positives if not answer["abstained"]]
    rows = [("answered, of those with an answer", f"{len(said)} of {len(positives)}")]
    if len(positives) < len(questions):
        falsely = sum(not answer["abstained"] for answer, truth in zip(answers, truths) if not truth)
        rows.append(("answered, of those without", f"{falsely} of {len(questions) - len(positives)}"))
        rows.append(("area under ROC, confidence", interval(confidence, truths)))
        rows.append(("area under ROC, score of the best context", interval(plain, truths)))
        for threshold in THRESHOLDS:
            counts = [sum(c >= threshold and t == truth for c, t in zip(confidence, truths)) for truth in (1, 0)]
            rows.append((f"confidence {threshold} and more, with and without an answer", f"{counts[0]} and {counts[1]}"))
    for name, pairs in (("where answered", said), ("of all that have an answer", positives)):
        figures = [f"{best(measure, pairs):.3f}" for measure in (exact, f1, contains)]
        rows.append((f"exact match / F1 / contains an answer, {name}", " / ".join(figures)))
    citations = [citation for answer in answers for citation in answer["citations"]]
    broken = [citation for answer in answers for citation in wrong(answer, corpus)]
    generated, checks = steps(answers, "generate"), steps(answers, "check")
    shown = [answer for answer in answers if answer["decision"]["path"] == "generated"]
    if generated:
        sentences = [sentence for step in checks for sentence in step.get("sentences", [])]
        supported = sum(bool(sentence["quotes"]) for sentence in sentences)
        rows.append(("texts of the generator that were shown", f"{len(shown)} of {len(generated)}"))
        rows.append(("sentences that it wrote and contexts support", f"{supported} of {len(sentences)}"))
        marked = sum(len(answer["unsupported"]) for answer in shown)
        whole = marked + sum(len({c["answer_start"] for c in answer["citations"]}) for answer in shown)
        rows.append(("sentences that were shown and contexts support", f"{whole - marked} of {whole}"))
        fell = collections.Counter(d["reason"] for answer in answers for d in answer["degraded"])
        rows.append(("quoted instead", ", ".join(f"{reason} {count}" for reason, count in fell.most_common()) or "never"))
        tokens = sum(step.get("completion_tokens", 0) for step in generated)
        prompts = sum(step.get("prompt_tokens", 0) for step in generated)
        seconds = sum(step["ms"] for step in generated) / 1000
        rows.append(("tokens read and written, seconds", f"{prompts} and {tokens} in {seconds:.0f} s"))
    else:
        count = sum(not answer["abstained"] for answer in answers)
        rows.append(("sentences in an answer, all quoted", f"{len(citations) / max(1, count):.2f}"))
    calls = sum(answer["usage"]["llm_calls"] for answer in answers) / max(1, len(answers))
    rows.append(("calls of a language model, contexts, for a question", f"{calls:.2f}, {statistics.fmean(len(a['contexts']) for a in answers):.1f}"))
    times = sorted(answer["usage"]["ms"] for answer in answers)
    rows.append(("milliseconds, median", f"{statistics.median(times):.0f}"))
    rows.append(("citations that are not where they say", f"{len(broken)} of {len(citations)}"))
    for citation in broken[:5]:
        print(citation, file=sys.stderr)
    return rows, bool(broken)


def run(args):
    corpus = {document["_id"]: document["text"] for document in lines(args.dataset / "corpus.jsonl")}
    questions = lines(args.dataset / "queries.jsonl")
    if args.limit:
        questions = random.Random(SEED).sample(questions, min(args.limit, len(questions)))
    build = [args.maxsim, "build", "--input", args.dataset / "corpus.jsonl", "--data", args.keep, "--collection", "answers"]
    subprocess.run([str(part) for part in build], check=True, stdout=subprocess.DEVNULL)
    columns, failed = [], False
    with Daemon(args) as daemon:
        for generator, technique in itertools.product(args.generator or ["quote"], args.technique or ["plain"]):
            name, _, options = technique.partition(" ")
            wishes = {"generator": generator, "technique": name, "thinking": args.thinking}
            wishes["options"] = json.loads(options or "{}")
            # A generator of this machine takes all of it.
            with concurrent.futures.ThreadPoolExecutor(1 if generator == "managed" else 2) as pool:
                asked = lambda question: daemon.ask(question["text"], wishes, args.threshold)
                answers = list(pool.map(asked, questions))
            if args.save:
                args.save.write_text(json.dumps([questions, answers]))
            rows, broken = table(questions, answers, corpus)
            columns.append((f"{technique}, {generator}", dict(rows)))
            failed |= broken
    names = [name for _, rows in columns for name in rows]
    print(f"\n| {args.dataset.name}, {len(questions)} questions | {' | '.join(name for name, _ in columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for name in dict.fromkeys(names):
        print(f"| {name} | {' | '.join(str(rows.get(name, '')) for _, rows in columns)} |")
    return int(failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("--generator", action="append", choices=["quote", "managed", "openai", "auto"])
    parser.add_argument("--technique", action="append", help='a technique, e.g. plain or \'crag {"refine": "none"}\'')
    parser.add_argument("--thinking", default="auto", choices=["rules", "model", "auto"])
    parser.add_argument("--maxsim", type=pathlib.Path, default="target/release/maxsim")
    parser.add_argument("--threshold", type=float)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--save", type=pathlib.Path)
    parser.add_argument("--flags", default="", help="more flags of maxsim serve")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        args.keep = args.keep or pathlib.Path(folder)
        args.keep.mkdir(parents=True, exist_ok=True)
        sys.exit(run(args))


if __name__ == "__main__":
    main()
