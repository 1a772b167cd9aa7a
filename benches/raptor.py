#!/usr/bin/env python3
"""RAPTOR trees against passages only at equal context budgets, as Markdown tables.

    python3 benches/raptor.py DATASET_DIR... [--maxsim target/release/maxsim] [--keep DIR] [--json FILE] [--limit N]
                              [--budgets 1000,2000] [--trees windows+text,gmm+vectors+across,sentence,...]
    python3 benches/raptor.py --check          # the scorers and the bootstrap against slow or known answers

DATASET_DIR is in BEIR layout; its queries' `metadata` hold `doc_id` and either `answers`, texts of people (squality), or
`options` and `gold` (quality_leval). Builds one collection without a tree and one for each tree (or representation of passages), asks every question
for as many hits as fit a budget of tokens, and scores the context: the texts of the hits in their order. No model reads it.

`answers`: ROUGE-L recall (longest common subsequence of words, divided by the answer's length) and the share of the
answer's distinct content words that are in the context, each a mean over the answers. `options`: an option scores the
share of its content words that are in the context, weighted by idf over runs of 100 words of the corpus; a question
counts 1 if gold is strictly best, 1/m if m options tie with it.

Three rows without a search say what a score can tell apart: passages evenly spread over the document, of as many words
as passages only found, the same of the next document in the corpus, and the whole document. All others have the same
budget. A score that another document or a blind guess also reaches says nothing, and what spread passages reach is no
merit of a search.

Differences are to passages only of the collection without a tree, paired by question; intervals are the middle 95 % of
2,000 resamples of documents with all their questions, not corrected for the number of rows. Search times are what the
daemon says of its stages, without waiting, tokenizing and encoding, with as many searches at once as --workers.
Needs nothing but python3 and a release build of maxsim. --keep reuses collections, whichever binary built them.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import functools
import hashlib
import http.client
import json
import math
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

from daemon import served

SEED = 20261123
RESAMPLES = 2000
RUN_WORDS = 100
SPREAD_WORDS = 75
BROAD = "What is the plot of the story?"
TREES = ["windows", "adjacent", "gmm"]
NODES = ["text", "vectors"]
REPRESENT = ["summary", "sentence", "proposition"]
WITHIN, EVERYWHERE = "within the document", "whole collection"
PASSAGES = "passages only"
MODES = {
    PASSAGES: {"scope": "passages"},
    "collapsed": {"scope": "all", "strategy": "collapsed", "fold": "once"},
    "collapsed, not folded": {"scope": "all", "strategy": "collapsed", "fold": "none"},
    "summaries only": {"scope": "summaries", "strategy": "collapsed", "fold": "once"},
    "traversal": {"scope": "all", "strategy": "traversal", "fold": "once"},
}
DEFAULT = ",".join([f"{method}+{nodes}" for nodes in NODES for method in TREES] + REPRESENT)
SMALL = {
    "found by representations": {"scope": "representations", "return": "parent"},
    "representations": {"scope": "representations"},
}
STOP = frozenset(
    """a about after all also an and any are as at be because been before being but by can could d did do does for from
    had has have he her him his how i if in into is it its itself just ll m may might more most no not of on or our out
    own re s she should so some such t than that the their them then there these they this those through to too until up
    us ve very was we were what when where which while who whom why will with would you your""".split()
)


# Scorers


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def content(text):
    """Distinct words that are no stop words."""
    return set(words(text)) - STOP


class Subsequences:
    """Longest common subsequences of a context with several lists of words, by one integer whose bits are their words
    (Hyyrö 2004). The bit between two lists stays 0 and takes the carry of the first."""

    def __init__(self, lists):
        self.places, self.blocks, at = {}, [], 0
        for one in lists:
            for n, word in enumerate(one):
                self.places[word] = self.places.get(word, 0) | 1 << (at + n)
            self.blocks.append(((1 << len(one)) - 1) << at)
            at += len(one) + 1
        self.all = sum(self.blocks)

    def lengths(self, context):
        unmatched = self.all
        for word in context:
            places = self.places.get(word)
            if places:
                hit = unmatched & places
                unmatched = ((unmatched + hit) | (unmatched - hit)) & self.all
        return [bin(block & ~unmatched).count("1") for block in self.blocks]


class Answers:
    """Scores a context by texts that answer the question."""

    metrics = ["ROUGE-L recall", "words found"]

    def __init__(self, answers):
        lists = [one for one in map(words, answers) if set(one) - STOP]
        self.lengths = [len(one) for one in lists]
        self.content = [set(one) - STOP for one in lists]
        self.subsequences = Subsequences(lists)

    def usable(self):
        return bool(self.lengths)

    def score(self, context):
        common = self.subsequences.lengths(context)
        present = set(context)
        found = [len(one & present) / len(one) for one in self.content]
        return [statistics.fmean(c / n for c, n in zip(common, self.lengths)), statistics.fmean(found)]


class Options:
    """Scores a context by whether it speaks for the gold option."""

    metrics = ["gold is best"]

    def __init__(self, options, gold, idf):
        self.options, self.gold, self.idf = [sorted(content(option)) for option in options], gold, idf

    def usable(self):
        return 0 <= self.gold < len(self.options)

    def blind(self):
        return 1 / len(self.options)

    def score(self, context):
        present = set(context)

        def share(option):
            whole = sum(map(self.idf, option))
            return sum(self.idf(word) for word in option if word in present) / whole if whole else 0.0

        shares = [share(option) for option in self.options]
        best = [n for n, value in enumerate(shares) if value > max(shares) - 1e-9]
        return [1 / len(best) if self.gold in best else 0.0]


def inverse_frequency(texts):
    """Word to idf, over runs of RUN_WORDS words, so that it is the same for every way to split."""
    runs = [one[at : at + RUN_WORDS] for one in map(words, texts) for at in range(0, len(one), RUN_WORDS)]
    frequency = collections.Counter(word for run in runs for word in set(run))
    return lambda word: math.log((len(runs) + 1) / (frequency[word] + 0.5))


# Bootstrap


@functools.lru_cache(maxsize=None)
def picks(blocks):
    """Which blocks each resample takes: the same for every row of a table."""
    chance = random.Random(SEED)
    return [chance.choices(range(blocks), k=blocks) for _ in range(RESAMPLES)]


def interval(differences, blocks):
    """Mean difference, and the middle 95 % of its resamples; `blocks` names each question's document."""
    sums = {}
    for difference, block in zip(differences, blocks):
        total, count = sums.get(block, (0.0, 0))
        sums[block] = (total + difference, count + 1)
    totals, counts = zip(*sums.values())
    means = sorted(sum(totals[n] for n in pick) / sum(counts[n] for n in pick) for pick in picks(len(totals)))
    tail = RESAMPLES // 40
    return statistics.fmean(differences), means[tail], means[-1 - tail]


# Data sets


class Question:
    def __init__(self, record, idf):
        self.id, self.text, about = record["_id"], record["text"], record["metadata"]
        self.document = about["doc_id"]
        self.broad = "answers" in about and self.text.strip() == BROAD
        self.scorer = Answers(about["answers"]) if "answers" in about else Options(about["options"], about["gold"], idf)


def lines(path):
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Dataset:
    def __init__(self, folder, limit):
        self.name = folder.name
        self.documents = lines(folder / "corpus.jsonl")[:limit]
        self.limited = f"-first-{limit}" if limit else ""
        idf = inverse_frequency(document["text"] for document in self.documents)
        known = {document["_id"] for document in self.documents}
        records = [record for record in lines(folder / "queries.jsonl") if record["metadata"]["doc_id"] in known]
        self.questions = [question for question in (Question(record, idf) for record in records) if question.scorer.usable()]
        if not self.questions:
            sys.exit(f"{folder}: no question about its first {len(known)} documents")
        self.answered = isinstance(self.questions[0].scorer, Answers)
        self.metrics = self.questions[0].scorer.metrics

    def corpus(self):
        """The documents as JSONL, each with its id as a field that filters may name."""
        keep = ("_id", "title", "text")
        records = ({**{k: d[k] for k in keep if k in d}, "metadata": {"doc_id": d["_id"]}} for d in self.documents)
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

    def groups(self, everywhere):
        """Names of groups of questions, each with the questions' numbers."""
        if not self.answered:
            return {} if everywhere else {"all": list(range(len(self.questions)))}
        broad = [n for n, question in enumerate(self.questions) if question.broad]
        others = [n for n, question in enumerate(self.questions) if not question.broad]
        if not everywhere:
            found = {"the plot": broad, "others": others}
        else:
            asked = collections.Counter(tuple(words(question.text)) for question in self.questions)
            once = [n for n in others if asked[tuple(words(self.questions[n].text))] == 1]
            found = {"others": others, "others, asked once": once}
        return {name: members for name, members in found.items() if members}


# Collections


def build(args, dataset, tree):
    """Builds a collection, or takes the one that is kept; its name, the report of the build and the time it took."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{dataset.name}-{tree}{dataset.limited}".lower()).strip("-")
    method, *kinds = tree.split("+")
    flags = ["--passage-tokens", str(args.passage_tokens), "--overlap", "0", "--field", "doc_id=keyword"]
    flags += ["--raptor", method] if kinds else ["--represent", method] if method in REPRESENT else []
    flags += ["--nodes", "vectors"] if "vectors" in kinds else []
    flags += ["--across"] if "across" in kinds else []
    text = dataset.corpus().encode()
    plan = {"flags": flags, "corpus": hashlib.sha256(text).hexdigest()}
    binary = hashlib.sha256(args.maxsim.read_bytes()).hexdigest()
    kept = args.work / f"{name}.build.json"
    if kept.exists() and (args.data / name / "manifest.json").exists():
        built = json.loads(kept.read_text())
        if built["plan"] == plan:
            same = "" if built["binary"] == binary else ", which another binary built"
            print(f"{name}: taking the collection that is there{same}", file=sys.stderr)
            return built
    corpus = args.work / f"{dataset.name}{dataset.limited}.jsonl"
    corpus.write_bytes(text)
    command = [args.maxsim, "build", "--input", corpus, "--data", args.data, "--collection", name, *flags, "--json"]
    print(f"{name}: building", file=sys.stderr)
    start = time.monotonic()
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    built = {"name": name, "dataset": dataset.name, "tree": tree, "plan": plan, "binary": binary}
    built |= {"wall_seconds": time.monotonic() - start, "report": json.loads(done.stdout)}
    kept.write_text(json.dumps(built))
    return built


def builds_table(builds):
    """Build times and bytes, with ratios to the collection without a tree."""
    print(f"\n### {builds[0]['dataset']}: what trees cost\n")
    print("| tree | passages | nodes | token vectors | build s | x | index bytes | x | text bytes | x |")
    print("|---" * 10 + "|")
    first = builds[0]["report"]["collection"]
    for built in builds:
        found = built["report"]["collection"]
        cells = [built["tree"], found["passages"], found.get("nodes", ""), found["token_vectors"]]
        for key, digits in [("build_seconds", 1), ("index_bytes", 0), ("text_bytes", 0)]:
            value, base = found.get(key), first.get(key)
            cells += ["" if value is None else f"{value:.{digits}f}", f"{value / base:.2f}" if value and base else ""]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


@contextlib.contextmanager
def daemon(args):
    """The address of a daemon over the collections, which ends with the block."""
    child, url = served(args.data, "--shadow", "0", program=[args.maxsim, "serve"])
    try:
        yield url.removeprefix("http://")
    finally:
        child.terminate()
        child.wait()


# Searching


class Refused(Exception):
    """What the daemon says of a search that it does not answer."""


def ask(address, path, bodies):
    """What one worker does: searches one after the other over one connection."""
    connection, found = http.client.HTTPConnection(address, timeout=120), []
    with contextlib.closing(connection):
        for body in bodies:
            connection.request("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})
            reply = connection.getresponse()
            answer = json.loads(reply.read())
            if reply.status != 200:
                raise Refused(f"{reply.status} {answer.get('code')}: {answer.get('detail')}")
            found.append(taken(answer))
    return found


def taken(answer):
    """What the tables need of a reply."""
    hits = answer["hits"]
    texts = [hit.get("text") or "" for hit in hits]
    stages = {stage: us for stage, us in answer["timings"].items() if stage.endswith("_us")}
    return {
        "context": words("\n".join(texts)),
        "ms": sum(us for stage, us in stages.items() if stage not in ("queue_us", "tokenize_us", "encode_us")) / 1000,
        "hits": len(hits),
        "summaries": sum(hit["kind"] == "summary" for hit in hits),
        "without_text": sum(not text for text in texts),
        "incomplete": bool(answer.get("partial") or answer.get("degraded")),
    }


def searched(args, address, collection, questions, fields, everywhere):
    """Asks all questions; what each reply gave."""

    def body(question):
        asked = {"query": question.text, "k": args.k, "mode": "late", "include": ["text"], **fields}
        within = {"field": "doc_id", "op": "=", "value": question.document}
        return asked if everywhere else {**asked, "filter": within}

    bodies, workers = [body(question) for question in questions], args.workers
    path = f"/v1/collections/{collection}/search"
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        slices = list(pool.map(lambda n: ask(address, path, bodies[n::workers]), range(workers)))
    return [slices[n % workers][n // workers] for n in range(len(bodies))]


# Tables


def measured(args, replies, questions):
    """Scores and means of one way to search. Scored when all replies are there, so that it does not slow the daemon."""
    row = {"p50_ms": statistics.median(reply["ms"] for reply in replies)}
    for key in ["hits", "summaries"]:
        row[key] = statistics.fmean(reply[key] for reply in replies)
    row["words"] = statistics.fmean(len(reply["context"]) for reply in replies)
    row["at_k"] = sum(reply["hits"] >= args.k for reply in replies)
    row["incomplete"] = sum(reply["incomplete"] for reply in replies)
    row["without_text"] = sum(reply["without_text"] for reply in replies)
    row["scores"] = [question.scorer.score(reply["context"]) for question, reply in zip(questions, replies)]
    return row


def summarised(row, base, dataset, groups, members):
    """Adds means by group and metric, and differences to the baseline if there is one yet."""
    place = {number: at for at, number in enumerate(members)}
    row["values"] = {}
    for group, numbers in groups.items():
        blocks = [dataset.questions[n].document for n in numbers]
        row["values"][group] = {}
        for m, metric in enumerate(dataset.metrics):
            mine = [row["scores"][place[n]][m] for n in numbers]
            value = {"mean": statistics.fmean(mine)}
            if base is not None:
                theirs = [base["scores"][place[n]][m] for n in numbers]
                difference, low, high = interval([a - b for a, b in zip(mine, theirs)], blocks)
                value |= {"difference": difference, "low": low, "high": high}
            row["values"][group][metric] = value
    return row


def cell(value):
    text = f"{value['mean']:.4f}"
    if "difference" in value:
        text += f" ({value['difference']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}])"
    return text


def show(row):
    cells = [row["tree"], row["mode"], *(cell(value) for group in row["values"].values() for value in group.values())]
    if "p50_ms" in row:
        cells += [f"{row['p50_ms']:.2f}", f"{row['hits']:.1f}", f"{row['summaries']:.1f}", f"{row['words']:.0f}"]
    else:
        cells += ["", "", "", f"{row['words']:.0f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def warn(row, args):
    """Says on stderr what makes a row less than it seems."""
    what = {"at_k": f"replies have k = {args.k} hits", "incomplete": "replies were degraded or partial"}
    for key, text in {**what, "without_text": "hits had no text"}.items():
        if row[key]:
            print(f"{row['tree']}, {row['mode']}: {row[key]} {text}", file=sys.stderr)


def spread(text, size):
    """About so many words of a text, in passages that are evenly spread over it."""
    runs = [text[at : at + SPREAD_WORDS] for at in range(0, len(text), SPREAD_WORDS)]
    wanted = min(len(runs), max(1, round(size / SPREAD_WORDS)))
    return [word for n in range(wanted) for word in runs[(2 * n + 1) * len(runs) // (2 * wanted)]]


def references(dataset, questions, sizes):
    """Contexts without a search, by name; `sizes` are the words that passages only found."""
    texts = [words(document["text"]) for document in dataset.documents]
    at = {document["_id"]: n for n, document in enumerate(dataset.documents)}
    own = [at[question.document] for question in questions]
    yield "no search, evenly spread", [spread(texts[n], size) for n, size in zip(own, sizes)]
    if len(texts) > 1:
        yield "no search, another document", [spread(texts[(n + 1) % len(texts)], size) for n, size in zip(own, sizes)]
    yield "no search, the whole document", [texts[n] for n in own]


def head(dataset, groups, where, budget):
    print(f"\n### {dataset.name}, {where}, {budget} tokens\n")
    if where == EVERYWHERE:
        print("Without the question for the plot, which is the same for all stories and does not say which one is meant.")
        print("*Asked once*: without those others that are asked of a second story in the same words.\n")
    columns = [f"{group} ({len(members)}): {metric}" for group, members in groups.items() for metric in dataset.metrics]
    names = ["tree", "search", *columns, "p50 ms", "hits", "summaries", "words"]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|", flush=True)


def table(args, address, dataset, builds, budget, where):
    """All ways to search one data set with one budget; None if it has no questions for that."""
    groups = dataset.groups(where == EVERYWHERE)
    if not groups:
        return None
    members = sorted({number for group in groups.values() for number in group})
    questions = [dataset.questions[number] for number in members]
    head(dataset, groups, where, budget)
    rows, base, contexts, same = [], None, [], []

    def add(row):
        rows.append(summarised(row, base, dataset, groups, members))
        return row

    for built in builds:
        modes = {PASSAGES: MODES[PASSAGES]} if built["tree"] == "none" else MODES
        for mode, fields in (SMALL if built["tree"] in REPRESENT else modes).items():
            told = {"tree": built["tree"], "mode": mode}
            try:
                asked = {**fields, "max_tokens": budget}
                replies = searched(args, address, built["name"], questions, asked, where == EVERYWHERE)
            except Refused as refused:
                if base is None:
                    raise
                print(f"{told['tree']}, {mode}: refused, {refused}", file=sys.stderr)
                rows.append({**told, "refused": str(refused)})
                continue
            row = add({**told, **measured(args, replies, questions)})
            warn(row, args)
            if base is None:
                base, contexts = row, [reply["context"] for reply in replies]
            elif mode == PASSAGES:
                equal = sum(reply["context"] == context for reply, context in zip(replies, contexts))
                same.append(f"{built['tree']} {equal} of {len(questions)}")
                continue
            show(row)
    if where != EVERYWHERE:
        for mode, found in references(dataset, questions, [len(context) for context in contexts]):
            row = {"tree": "", "mode": mode, "words": statistics.fmean(map(len, found))}
            row["scores"] = [question.scorer.score(context) for question, context in zip(questions, found)]
            show(add(row))
    if not dataset.answered:
        print(f"\nBlind guessing: {statistics.fmean(question.scorer.blind() for question in questions):.4f}.")
    if same:
        print(f"\nPassages only, with and without a tree, gave equal contexts for: {', '.join(same)}.", flush=True)
    about = {"dataset": dataset.name, "where": where, "budget": budget, "metrics": dataset.metrics}
    ids = {group: [dataset.questions[n].id for n in numbers] for group, numbers in groups.items()}
    return {**about, "questions": {question.id: question.document for question in questions}, "groups": ids, "rows": rows}


# Checks


def naive_lcs(one, other):
    row = [0] * (len(other) + 1)
    for a in one:
        before = row
        row = [0]
        for n, b in enumerate(other):
            row.append(before[n] + 1 if a == b else max(before[n + 1], row[n]))
    return row[-1]


def check(seed=SEED):
    """The scorers and the bootstrap against slow or known answers."""
    chance, cases = random.Random(seed), 0
    for _ in range(1500):
        letters = "abcdefghij"[: chance.randint(1, 10)]
        some = lambda most: chance.choices(letters, k=chance.randint(0, most))
        lists, context = [some(chance.choice([3, 40, 90])) for _ in range(chance.randint(1, 5))], some(120)
        expected = [naive_lcs(one, context) for one in lists]
        assert Subsequences(lists).lengths(context) == expected, (seed, lists, context)
        cases += len(lists)
    print(f"longest common subsequences: {cases} of {cases} like the naive ones")

    answer = Answers(["The Cat sat on the mat.", "A dog ran"])
    rouge, found = answer.score(words("on the mat the CAT ran; a mat"))
    assert math.isclose(rouge, (3 / 6 + 1 / 3) / 2) and math.isclose(found, (2 / 3 + 1 / 2) / 2), (rouge, found)
    assert Answers(["Every word of it."]).score(words("Every word of it.")) == [1, 1] and not Answers(["of the"]).usable()
    weight = lambda word: 2 if word == "fox" else 1
    options = lambda gold: Options(["red fox", "blue fox", "green hen", "of the"], gold, weight)
    for context, credits in [("fox", [0.5, 0.5, 0, 0]), ("red fox", [1, 0, 0, 0]), ("", [0.25] * 4), ("hen", [0, 0, 1, 0])]:
        assert [options(gold).score(words(context))[0] for gold in range(4)] == credits, context
    idf = inverse_frequency(["common rare", "common", "common"])
    assert idf("absent") > idf("rare") > idf("common") > 0
    print("ROUGE-L recall, words found, options and idf: as computed by hand")

    assert spread(list(range(300)), 150) == [*range(75, 150), *range(225, 300)] and spread([1, 2], 75) == [1, 2]
    assert interval([0.25] * 40, [n // 4 for n in range(40)]) == (0.25, 0.25, 0.25)
    sample = [chance.gauss(0.1, 1) for _ in range(400)]
    mean, low, high = interval(sample, range(400))
    width, theory = high - low, 2 * 1.96 * statistics.stdev(sample) / 20
    assert low < mean < high and abs(width / theory - 1) < 0.1, (width, theory)
    blocky = [value for value in sample[:100] for _ in range(4)]
    _, low4, high4 = interval(blocky, [n // 4 for n in range(400)])
    _, low1, high1 = interval(blocky, range(400))
    assert 1.7 < (high4 - low4) / (high1 - low1) < 2.3
    print(f"bootstrap: width {width:.4f} where a normal mean has {theory:.4f}")
    print(f"bootstrap: blocks of four equal values widen it {(high4 - low4) / (high1 - low1):.2f} times (2 expected)")
    covered = 0
    for _ in range(200):
        effects = [chance.gauss(0.1, 0.3) for _ in range(60)]
        drawn = [(effect + chance.gauss(0, 0.3), n) for n, effect in enumerate(effects) for _ in range(chance.randint(1, 5))]
        _, low, high = interval(*zip(*drawn))
        covered += low <= 0.1 <= high
    assert covered > 176, covered
    print(f"bootstrap: {covered} of 200 intervals over 60 unequal documents hold the true mean (190 expected)")


# Command


def budget_list(text):
    return [int(part) for part in text.split(",")]


def tree_list(text):
    trees = [part for part in text.split(",") if part not in ("", "none")]
    for tree in trees:
        method, *kinds = tree.split("+")
        known_kinds = kinds and kinds[0] in NODES and kinds[1:] in ([], ["across"])
        if tree not in REPRESENT and (method not in TREES or not known_kinds):
            known = f"{', '.join(TREES)}, then + and one of {', '.join(NODES)}, then nothing or +across, nor of {', '.join(REPRESENT)}"
            raise argparse.ArgumentTypeError(f"{tree!r} is none of {known}")
    return trees


def run(args):
    datasets = [Dataset(folder, args.limit) for folder in args.datasets]
    args.data = args.work / "data"
    args.data.mkdir(parents=True, exist_ok=True)
    settings = {"limit": args.limit, "k": args.k, "passage_tokens": args.passage_tokens, "workers": args.workers}
    result = {**settings, "seed": SEED, "resamples": RESAMPLES, "builds": [], "tables": []}
    built = {dataset.name: [build(args, dataset, tree) for tree in ["none", *args.trees]] for dataset in datasets}
    for builds in built.values():
        builds_table(builds)
        result["builds"] += builds
    with daemon(args) as address:
        for dataset in datasets:
            for where in [WITHIN, EVERYWHERE]:
                for budget in args.budgets:
                    found = table(args, address, dataset, built[dataset.name], budget, where)
                    result["tables"] += [found] if found else []
                    if args.json:
                        args.json.write_text(json.dumps(result) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", type=pathlib.Path)
    parser.add_argument("--maxsim", type=pathlib.Path, default=pathlib.Path("target/release/maxsim"))
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="build here and reuse what is here")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all numbers, those of single questions too")
    parser.add_argument("--limit", type=int, metavar="N", help="first N documents of each data set")
    parser.add_argument("--budgets", type=budget_list, default=[1000, 2000])
    parser.add_argument("--trees", type=tree_list, default=tree_list(DEFAULT))
    parser.add_argument("--k", type=int, default=100, help="most hits; large, so that budgets decide")
    parser.add_argument("--passage-tokens", type=int, default=100)
    parser.add_argument("--workers", type=int, choices=[1, 2], default=2, help="searches at once")
    parser.add_argument("--check", action="store_true", help="check the scorers and the bootstrap, and do nothing else")
    args = parser.parse_args()
    if args.check:
        return check()
    if not args.datasets:
        parser.error("no DATASET_DIR")
    with tempfile.TemporaryDirectory() as folder:
        args.work = args.keep or pathlib.Path(folder)
        try:
            run(args)
        except Refused as refused:
            sys.exit(f"passages only is refused: {refused}")


if __name__ == "__main__":
    main()
