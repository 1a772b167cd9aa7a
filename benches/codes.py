#!/usr/bin/env python3
"""What to store for each token vector: quality and bytes of the ways, as Markdown tables.

    python3 -m venv ~/codes-venv && ~/codes-venv/bin/pip install numpy scipy
    maxsim encode --input DATASET/corpus.jsonl --no-split --out VECTORS/NAME
    maxsim encode --input DATASET/queries.jsonl --queries --out VECTORS/NAME-queries
    OMP_NUM_THREADS=1 ~/codes-venv/bin/python benches/codes.py VECTORS/NAME:DATASET/qrels.tsv[:QUERIES] ...
        [--tables 1,2] [--candidates 150] [--work DIR]

QUERIES: at most so many, taken evenly from the judged ones. Exact MaxSim over the raw vectors ranks every passage for
them once (kept in WORK); each code is then decoded to floats and scores exact's best `--candidates` passages of each
query (0: all). So these are the codes of engine/src/codes, less the integer arithmetic: the sums agree to rounding, and
rotations are drawn from other random numbers. Token vectors are read as they lie, a few passages at a time: memory
stays below 1 GiB. What was measured stays in WORK; another run measures what is missing.

nDCG@10 is trec_eval's (linear gains). Differences to exact are paired by query; intervals are 95 % of 4,000 bootstrap
resamples of the queries of each set, then the mean over the sets. Bytes are per token vector before pooling or
dropping; "all included" adds 4 for router ids, postings and starts, as measured on whole collections.
"""

import argparse
import csv
import dataclasses
import functools
import itertools
import json
import pathlib
import time

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

# Bits: levels above zero and boundaries between them, in standard deviations (engine/src/codes/levels.rs; Max 1960).
LLOYD = {
    1: (np.array([1]) * 0.7979, []),
    2: (np.array([3, 10]) * 0.15104, [0.9816]),
    3: (np.array([14, 45, 79, 127]) * 2.1520 / 127, [0.5006, 1.0500, 1.7479]),
    4: (
        np.array([6, 18, 31, 44, 58, 75, 96, 127]) * 2.7326 / 127,
        [0.2582, 0.5224, 0.7996, 1.0993, 1.4371, 1.8435, 2.4008],
    ),
}
# Best uniform steps (Max 1960, table II): each plane of bits is worth twice the one below it.
STEPS = {2: 0.9957, 3: 0.5860, 4: 0.3352}
# Share of a Gaussian's energy that these levels lose.
LOST = [1.0, 0.3634, 0.1175, 0.03454, 0.009497]
BESIDE_THE_CODE = 4
BLOCK = 8


@dataclasses.dataclass(frozen=True)
class Code:
    """One way to store token vectors; bands are (width, bits) along the axes, 32 bits are floats without a scale."""

    bands: tuple | str
    axes: str = "given"
    rotation: str = "three"
    seed: int = 0
    scale: str = "dot"
    levels: str = "lloyd"
    centred: bool = False
    query_bits: int = 8
    tokens: str = "all"

    @property
    def space(self):
        return self.bands, self.axes, self.rotation, self.seed, self.centred


class Collection:
    """Token vectors, judged queries, exact ranking and what training gives of one data set."""

    def __init__(self, folder, judgments, work, candidates, queries):
        self.name = folder.name
        self.vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        self.offsets = np.load(folder / "offsets.npy")
        self.width = self.vectors.shape[1]
        ids = {id: at for at, id in enumerate(json.loads((folder / "ids.json").read_text()))}
        with open(judgments) as file:
            rows = [(r["query-id"], r["corpus-id"], float(r["score"])) for r in csv.DictReader(file, delimiter="\t")]
        self.gains = {}
        for query, passage, gain in rows:
            self.gains.setdefault(query, {})[ids.get(passage, -1)] = gain
        self.read_queries(folder.with_name(folder.name + "-queries"), queries)
        self.work = work / self.name
        self.work.mkdir(parents=True, exist_ok=True)
        self.exact = self.kept(f"exact-{len(self.gains)}", self.score_exactly)
        moment = self.kept("moment", self.second_moment)
        self.mean = moment[-1]
        energies, axes = np.linalg.eigh(moment[:-1].astype(np.float64))
        self.energies, self.axes = energies[::-1], axes[:, ::-1].astype(np.float32)
        self.best = np.argsort(-self.exact, axis=1, kind="stable")
        self.choose(candidates or len(ids))

    def read_queries(self, folder, most):
        rows, offsets = np.load(folder / "vectors.npy").astype(np.float32), np.load(folder / "offsets.npy")
        ids = json.loads((folder / "ids.json").read_text())
        judged = [at for at, id in enumerate(ids) if id in self.gains]
        judged = judged[:: -(-len(judged) // most)]
        self.gains = [self.gains[ids[at]] for at in judged]
        self.queries = np.concatenate([rows[offsets[at] : offsets[at + 1]] for at in judged])
        self.query_starts = np.cumsum([0] + [offsets[at + 1] - offsets[at] for at in judged])

    def kept(self, name, measure):
        path = self.work / f"{name}.npy"
        if not path.exists():
            np.save(path, measure())
        return np.load(path)

    def blocks(self):
        """Some passages at a time: the first one's number, their starts, their rows."""
        for first in range(0, len(self.offsets) - 1, BLOCK):
            starts = self.offsets[first : first + BLOCK + 1]
            yield first, starts - starts[0], self.vectors[starts[0] : starts[-1]].astype(np.float32)

    def score_exactly(self):
        scores = np.empty((len(self.gains), len(self.offsets) - 1), np.float32)
        for first, starts, rows in self.blocks():
            for at, (start, end) in enumerate(itertools.pairwise(starts)):
                best = (rows[start:end] @ self.queries.T).max(axis=0)
                scores[:, first + at] = np.add.reduceat(best, self.query_starts[:-1])
        return scores

    def second_moment(self):
        moment, total = np.zeros((self.width, self.width)), np.zeros(self.width)
        for _, _, rows in self.blocks():
            moment += rows.T @ rows
            total += rows.sum(axis=0)
        return np.vstack([moment, total]) / len(self.vectors)

    def choose(self, count):
        """Which queries a passage is scored for, with the rows of their token vectors."""
        self.candidates = self.best[:, :count]
        pairs = [[] for _ in range(len(self.offsets) - 1)]
        for query, passages in enumerate(self.candidates):
            for slot, passage in enumerate(passages):
                pairs[passage].append((query, slot))
        self.wanted = []
        for passage in pairs:
            tokens = [np.arange(*self.query_starts[query : query + 2]) for query, _ in passage]
            starts = np.cumsum([0] + [len(t) for t in tokens])[:-1]
            self.wanted.append((np.array(passage).T, np.concatenate(tokens), starts) if passage else None)

    def sample(self):
        """Rows of about 150 passages, for thresholds."""
        starts = self.offsets
        chosen = range(0, len(starts) - 1, max(1, len(starts) // 150))
        return [self.vectors[starts[at] : starts[at + 1]].astype(np.float32) for at in chosen]


def rotation(width, kind, seed):
    """An orthogonal matrix, applied from the right."""
    random = np.random.default_rng(seed)
    matrix = np.eye(width, dtype=np.float32)
    if kind == "dense":
        return np.linalg.qr(random.standard_normal((width, width)))[0].astype(np.float32)
    block = width & -width
    hadamard = np.ones((1, 1), np.float32)
    while len(hadamard) < block:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]]) / np.sqrt(np.float32(2))
    for _ in range({"none": 0, "one": 1, "three": 3}[kind]):
        matrix = matrix[:, random.permutation(width)] * random.choice(np.float32([-1, 1]), width)
        matrix = (matrix.reshape(width, -1, block) @ hadamard).reshape(width, width)
    return matrix


def filled(energies, bits, power):
    """Bands of 0 to 4 bits for a mean of `bits`: each bit goes where it saves most of the energy to that power."""
    eights = (np.maximum(energies, 0) ** power).reshape(-1, 8).sum(axis=1)
    given = np.zeros(len(eights), int)
    for _ in range(int(bits * len(eights))):
        saved = [e * (LOST[b] - LOST[b + 1]) if b < 4 else 0 for e, b in zip(eights, given)]
        given[np.argmax(saved)] += 1
    return tuple((8 * int((given == b).sum()), b) for b in (4, 3, 2, 1) if (given == b).any())


class Space:
    """Where a code's coordinates lie: axes, bands along them, a rotation within each."""

    def __init__(self, collection, bands, axes, turn, seed, centred):
        if isinstance(bands, str):
            power, bits = bands.split()
            bands = filled(collection.energies, float(bits), {"energy": 1, "energy2": 2}[power])
        basis = collection.axes if axes == "principal" else np.eye(collection.width, dtype=np.float32)
        self.bands, ends = bands, np.cumsum([0] + [width for width, _ in bands])
        if turn == "cut":
            self.matrix = np.ascontiguousarray(rotation(collection.width, "three", seed)[:, : ends[-1]])
        else:
            parts = [basis[:, a:b] @ rotation(b - a, turn, (seed, a)) for a, b in itertools.pairwise(ends)]
            self.matrix = np.ascontiguousarray(np.hstack(parts))
        # Where each band is, its bits, and the deviation of its coordinates over the collection.
        self.parts = [
            (slice(a, b), bits, np.float32(np.sqrt(collection.energies[a:b].mean())))
            for (a, b), (_, bits) in zip(itertools.pairwise(ends), bands)
        ]
        self.shift = collection.mean @ self.matrix if centred else None

    def turn(self, rows):
        turned = rows @ self.matrix
        return turned if self.shift is None else turned - self.shift.astype(np.float32)


def nearest(values, bits, kind):
    """Each value, in standard deviations, at its level."""
    if bits == 8:
        return np.clip(np.rint(values * 32), -127, 127) / 32
    if kind == "uniform":
        top = 2 ** (bits - 1) - 0.5
        return np.clip(np.floor(values / STEPS[bits]) + 0.5, -top, top) * np.float32(STEPS[bits])
    positive, boundaries = LLOYD[bits]
    size = np.abs(values)
    out = np.full_like(values, positive[0])
    for step, boundary in zip(np.diff(positive), boundaries):
        out += (size > boundary) * np.float32(step)
    return np.copysign(out, values)


def scaled(levels, rows, kind):
    """Levels times a scale for each row."""
    if kind == "none":
        return levels
    energy, product = np.einsum("ij,ij->i", rows, rows), np.einsum("ij,ij->i", levels, rows)
    own = np.einsum("ij,ij->i", levels, levels)
    scale = {"length": np.sqrt(energy / own), "least": product / own}.get(kind, energy / product)
    if kind == "byte":
        # 256 steps of 1/2 % around what a Gaussian vector of length 1 would have.
        usual = np.sqrt(1 / rows.shape[1])
        scale = usual * 1.0055 ** np.clip(np.rint(np.log(scale / usual) / np.log(1.0055)), -128, 127)
    return levels * scale.astype(np.float16).astype(np.float32)[:, None]


def decoded(code, space, rows):
    """Rows of a space as their codes are decoded."""
    if space.parts[0][1] == 32:
        return rows
    if code.scale == "bands":
        return np.hstack([one_scale(rows[:, part], bits, code, "dot") for part, bits, _ in space.parts])
    if len(space.parts) == 1:
        return one_scale(rows, space.parts[0][1], code, code.scale)
    levels = [nearest(rows[:, part] / usual, bits, code.levels) * usual for part, bits, usual in space.parts]
    return scaled(np.hstack(levels), rows, code.scale)


def one_scale(rows, bits, code, scale):
    unit = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1])[:, None] + np.float32(1e-12)
    levels = nearest(rows / unit, bits, code.levels)
    out = scaled(levels, rows, scale)
    # The sign plane of a code of more bits, with that code's scale.
    return np.copysign(out[:, :1] / levels[:, :1], levels) if code.levels == "lloyd sign" else out


def as_query(rows, bits):
    if bits == 32:
        return rows
    steps = np.float32(2 ** (bits - 1) - 1)
    unit = np.abs(rows).max(axis=1, keepdims=True) / steps
    return np.rint(rows / unit) * unit


def unlike(rows, limit):
    """Rows that are not within a cosine of an earlier kept one."""
    near = rows @ rows.T > limit
    dropped = np.zeros(len(rows), bool)
    for at in range(len(rows)):
        if not dropped[at]:
            dropped[at + 1 :] |= near[at, at + 1 :]
    return ~dropped


def pooled(rows, factor, kind="ward"):
    """The first row, and means of clusters of the others: Ward's, or runs of neighbours."""
    count = int(-(-(len(rows) - 1) // factor))
    if len(rows) < 4:
        return rows
    labels = np.arange(len(rows) - 1) // int(factor)
    if kind == "ward":
        labels = fcluster(tree(rows.tobytes(), rows.shape[1]), count, "maxclust") - 1
    means = np.zeros((labels.max() + 1, rows.shape[1]), np.float32)
    np.add.at(means, labels, rows[1:])
    return np.vstack([rows[:1], means / np.linalg.norm(means, axis=1, keepdims=True)])


@functools.lru_cache(maxsize=2 * BLOCK)
def tree(rows, width):
    return linkage(np.frombuffer(rows, np.float32).reshape(-1, width)[1:], "ward")


def crowds(collection, count=256):
    """Spherical k-means of a sample: centroids, and their shares of it from the largest down."""
    rows = np.concatenate(collection.sample())
    centroids = rows[np.random.default_rng(0).choice(len(rows), count, replace=False)]
    for _ in range(8):
        nearest_one = (rows @ centroids.T).argmax(axis=1)
        sums = np.zeros_like(centroids)
        np.add.at(sums, nearest_one, rows)
        centroids = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return centroids, np.bincount((rows @ centroids.T).argmax(axis=1), minlength=count) / len(rows)


def chooser(collection, tokens):
    """The function from a passage's rows to those that are stored."""
    kind, _, amount = tokens.partition(" ")
    if kind in ("ward", "neighbours"):
        return functools.partial(pooled, factor=float(amount), kind=kind)
    share = int(amount) / 100
    if kind == "unlike":
        sample, low, high = collection.sample(), 0.0, 1.0
        for _ in range(12):
            middle = (low + high) / 2
            dropped = 1 - np.concatenate([unlike(rows, middle) for rows in sample]).mean()
            low, high = (middle, high) if dropped > share else (low, middle)
        return lambda rows: rows[unlike(rows, high)]
    if kind == "mean":
        limit = np.quantile(np.concatenate(collection.sample()) @ collection.mean.astype(np.float32), 1 - share)
        return lambda rows: rows[first_or(rows @ collection.mean.astype(np.float32) <= limit)]
    centroids, shares = crowds(collection)
    largest = np.argsort(-shares)
    gone = np.zeros(len(shares), bool)
    gone[largest[np.cumsum(shares[largest]) <= share]] = True
    return lambda rows: rows[first_or(~gone[(rows @ centroids.T).argmax(axis=1)])]


def first_or(kept):
    """No passage loses its first token."""
    kept[0] = True
    return kept


def measure(collection, codes):
    """nDCG@10, overlap@10 and recall@100 by query, and the share of token vectors kept, of each code."""
    spaces = {code.space: Space(collection, *code.space) for code in codes}
    queries = {c: as_query(collection.queries @ spaces[c.space].matrix, c.query_bits) for c in codes}
    choosers = {code.tokens: chooser(collection, code.tokens) for code in codes if code.tokens != "all"}
    scores = {code: np.full(collection.candidates.shape, -np.inf, np.float32) for code in codes}
    kept, seconds = dict.fromkeys([code.tokens for code in codes], 0), time.monotonic()
    for first, starts, rows in collection.blocks():
        for tokens in kept:
            now, bounds = rows, starts
            if tokens != "all":
                parts = [choosers[tokens](rows[a:b]) for a, b in itertools.pairwise(starts)]
                now, bounds = np.concatenate(parts), np.cumsum([0] + [len(part) for part in parts])
            kept[tokens] += len(now)
            for space in dict.fromkeys(code.space for code in codes if code.tokens == tokens):
                turned = spaces[space].turn(now)
                for code in codes:
                    if (code.tokens, code.space) == (tokens, space):
                        back = decoded(code, spaces[space], turned)
                        score(collection, first, bounds, back, queries[code], scores[code])
    print(f"{collection.name}: {len(codes)} codes in {time.monotonic() - seconds:.0f} s", flush=True)
    shares = {tokens: count / len(collection.vectors) for tokens, count in kept.items()}
    return {
        code: judged(collection, row) | {"kept": shares[code.tokens], "bands": spaces[code.space].bands}
        for code, row in scores.items()
    }


def score(collection, first, bounds, rows, queries, scores):
    for at, (start, end) in enumerate(itertools.pairwise(bounds)):
        if collection.wanted[first + at] is not None:
            (query, slot), tokens, starts = collection.wanted[first + at]
            best = (rows[start:end] @ queries[tokens].T).max(axis=0)
            scores[query, slot] = np.add.reduceat(best, starts)


def judged(collection, scores):
    ndcg, overlap, recall = [], [], []
    for gains, passages, best, row in zip(collection.gains, collection.candidates, collection.best, scores):
        order = passages[np.argsort(-row, kind="stable")]
        discounts = 1 / np.log2(np.arange(2, 12))
        ideal = np.sort([gain for gain in gains.values() if gain > 0])[::-1][:10]
        found = np.array([max(gains.get(passage, 0), 0) for passage in order[:10]])
        ndcg.append((found * discounts[: len(found)]).sum() / max((ideal * discounts[: len(ideal)]).sum(), 1e-9))
        overlap.append(len(set(order[:10]) & set(best[:10])) / 10)
        relevant = {passage for passage, gain in gains.items() if gain > 0}
        recall.append(len(relevant & set(order[:100])) / max(len(relevant), 1))
    return {"ndcg": ndcg, "overlap": overlap, "recall": recall}


SEEDS = (0, 1, 2)


def whole(bits, **more):
    return Code(((384, bits),), **more)


def narrow(width, bits, **more):
    return Code(((width, bits),), axes="principal", **more)


def seeds(code):
    return [dataclasses.replace(code, seed=seed) for seed in SEEDS]


def along(*bands, **more):
    return Code(tuple(bands), axes="principal", **more)


def tables():
    """Number: title, then rows of a name and the codes whose mean it is."""
    base = [(f"384 x {bits}", seeds(whole(bits))) for bits in (1, 2)]
    mixed = {
        "128 x 3, 128 x 2, 128 x 1": along((128, 3), (128, 2), (128, 1)),
        "96 x 4, 96 x 2, 192 x 1": along((96, 4), (96, 2), (192, 1)),
        "128 x 4, 256 x 1": along((128, 4), (256, 1)),
        "filled by energy, mean 2": Code("energy 2", axes="principal"),
        "filled by energy squared, mean 2": Code("energy2 2", axes="principal"),
        "filled by energy, mean 1.5": Code("energy 1.5", axes="principal"),
        "filled by energy, mean 1": Code("energy 1", axes="principal"),
        "64 x 2, 256 x 1": along((64, 2), (256, 1)),
    }
    scales = {"f16, code . vector = vector . vector": "dot", "none": "none", "f16, length kept": "length"}
    scales |= {"f16, least squares": "least", "one byte": "byte"}
    drops = {"unlike": "within a cosine of a kept one", "mean": "nearest to the mean"}
    drops |= {"crowd": "in the largest clusters"}
    turns = {"none": "none", "one": "one round", "three": "three rounds", "dense": "dense"}
    return {
        1: (
            "Width and bits",
            base
            + [(f"384 x {bits}", seeds(whole(bits))) for bits in (3, 4)]
            + [("384 x 8", [whole(8)])]
            + [(f"{width} x {bits}", [narrow(width, bits)]) for width in (256, 192, 128) for bits in (1, 2, 3, 4, 32)]
            + [("192 x 2, first of the rotated ones", [Code(((192, 2),), rotation="cut")])],
        ),
        2: (
            "Mixed bits along principal axes",
            base
            + [(name, [code]) for name, code in mixed.items()]
            + [("128 x 3, 128 x 2, 128 x 1, a scale per band", [along((128, 3), (128, 2), (128, 1), scale="bands")])],
        ),
        3: (
            "Rotations",
            [
                (f"384 x {bits}, {name}", [whole(bits, rotation=kind)])
                for bits in (1, 2)
                for kind, name in turns.items()
            ],
        ),
        4: (
            "Pooling",
            base
            + [
                (f"Ward by {factor}, 384 x {bits}", [whole(bits, tokens=f"ward {factor}")])
                for factor in (2, 3)
                for bits in (1, 2, 3, 4, 32)
            ]
            + [(f"Ward by 1.5, 384 x {bits}", [whole(bits, tokens="ward 1.5")]) for bits in (2, 3)]
            + [
                (
                    f"Ward by 2, filled by energy, mean {bits}",
                    [Code(f"energy {bits}", axes="principal", tokens="ward 2")],
                )
                for bits in (1, 2)
            ]
            + [("neighbours by 2, 384 x 2", [whole(2, tokens="neighbours 2")])],
        ),
        5: (
            "Dropping",
            base
            + [
                (f"{share} % {name}, 384 x {bits}", [whole(bits, tokens=f"{kind} {share}")])
                for kind, name in drops.items()
                for share in ((10, 25, 50) if kind == "unlike" else (10, 25))
                for bits in ((2, 4) if share == 50 else (2,))
            ],
        ),
        6: (
            "Query",
            [
                (f"384 x {bits}, query {name}", [whole(bits, query_bits=query)])
                for bits in (1, 2)
                for query, name in {32: "f32", 8: "int8", 4: "int4"}.items()
            ],
        ),
        7: (
            "Scale",
            [(f"384 x {bits}, {name}", [whole(bits, scale=kind)]) for bits in (1, 2) for name, kind in scales.items()],
        ),
        8: (
            "Levels and the mean",
            [
                (f"384 x {bits}{name}", [whole(bits, centred=bool(name))])
                for bits in (1, 2)
                for name in ("", ", mean removed")
            ]
            + [
                (f"384 x {bits}, {name}", [whole(bits, levels=kind)])
                for bits, kind, name in (
                    (2, "uniform", "uniform steps"),
                    (3, "lloyd", "Lloyd-Max"),
                    (3, "uniform", "uniform steps"),
                    (4, "lloyd", "Lloyd-Max"),
                    (4, "uniform", "uniform steps"),
                    (2, "lloyd sign", "signs alone with its scale"),
                )
            ],
        ),
    }


def size(code, result):
    """Bytes per token vector before pooling or dropping: as stored, and all included."""
    scale = {"none": 0, "byte": 1, "bands": 2 * len(result["bands"])}.get(code.scale, 2)
    bits = sum(width * (1 if code.levels == "lloyd sign" else bits) for width, bits in result["bands"])
    stored = bits / 8 + (scale if result["bands"][0][1] != 32 else 0)
    return stored * result["kept"], (stored + BESIDE_THE_CODE) * result["kept"]


def mean(results, field):
    return np.mean([result[field] for result in results], axis=0)


def resampled(values, random):
    """Means of 4,000 bootstrap resamples."""
    return values[random.integers(0, len(values), (4000, len(values)))].mean(axis=1)


def row(name, codes, collections, known):
    """One line of a table."""
    random, points, changes, overlaps, cells, sizes, by_seed = np.random.default_rng(0), [], [], [], [], [], []
    for collection in collections:
        results = [known[collection.name][repr(code)] for code in codes]
        difference = mean(results, "ndcg") - collection.reference["ndcg"]
        points.append(difference.mean())
        changes.append(resampled(difference, random))
        overlaps.append(resampled(mean(results, "overlap"), random))
        by_seed.append([np.mean(result["ndcg"]) for result in results])
        cells.append([mean(results, field).mean() for field in ("ndcg", "overlap", "recall")])
        sizes.append(size(codes[0], results[0]))
    low, high = np.quantile(np.mean(changes, axis=0), [0.025, 0.975])
    ndcg, overlap, recall = np.array(cells).T
    stored, included = np.mean(sizes, axis=0)
    return [
        name,
        f"{stored:.0f}",
        f"{included:.0f}",
        " / ".join(f"{value:.4f}" for value in ndcg),
        f"{np.mean(points):+.4f}",
        f"{low:+.4f} to {high:+.4f}",
        f"{np.std(np.mean(by_seed, axis=0), ddof=1):.4f}" if len(codes) > 1 else "",
        " / ".join(f"{value:.3f}" for value in overlap),
        f"{overlap.mean():.3f} ± {1.96 * np.mean(overlaps, axis=0).std():.3f}",
        " / ".join(f"{value:.3f}" for value in recall),
    ]


def print_table(title, rows, collections, known):
    names = " / ".join(collection.name for collection in collections)
    head = ["code", "bytes", "all included", f"nDCG@10 {names}", "mean - exact", "95 %", "sd over seeds"]
    head += ["overlap@10", "mean", "recall@100"]
    print(f"\n### {title}\n\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    exact = [[np.mean(c.reference[field]) for field in ("ndcg", "recall")] for c in collections]
    first = ["exact, f32", "1536", "", " / ".join(f"{e[0]:.4f}" for e in exact), "", "", "", "", ""]
    print("| " + " | ".join(first + [" / ".join(f"{e[1]:.3f}" for e in exact)]) + " |")
    for name, codes in rows:
        print("| " + " | ".join(row(name, codes, collections, known)) + " |", flush=True)


def print_rivals(collections, known):
    """Paired differences of codes of about one size."""
    one, two, ward, filled = seeds(whole(1)), seeds(whole(2)), "ward 2", {"axes": "principal"}
    rivals = [
        ("Ward by 1.5, 384 x 3", [whole(3, tokens="ward 1.5")], "384 x 2", two),
        ("filled by energy, mean 2", [Code("energy 2", **filled)], "384 x 2", two),
        ("Ward by 1.5, 384 x 2", [whole(2, tokens="ward 1.5")], "384 x 2", two),
        ("Ward by 2, 384 x 2", [whole(2, tokens=ward)], "384 x 1", one),
        ("filled by energy, mean 1", [Code("energy 1", **filled)], "384 x 1", one),
        ("Ward by 2, filled by energy, mean 2", [Code("energy 2", tokens=ward, **filled)], "384 x 1", one),
        (
            "Ward by 2, filled by energy, mean 2",
            [Code("energy 2", tokens=ward, **filled)],
            "Ward by 2, 384 x 2",
            [whole(2, tokens=ward)],
        ),
    ]
    print("\n### Rivals\n\n| code | against | nDCG@10 | 95 % | overlap@10 | 95 % |\n|---|---|---|---|---|---|")
    for name, codes, other, others in rivals:
        cells, random = [], np.random.default_rng(0)
        for field in ("ndcg", "overlap"):
            pairs = [
                [mean([known[c.name][repr(code)] for code in some], field) for some in (codes, others)]
                for c in collections
            ]
            differences = [ours - theirs for ours, theirs in pairs]
            low, high = np.quantile(np.mean([resampled(d, random) for d in differences], axis=0), [0.025, 0.975])
            cells += [f"{np.mean([d.mean() for d in differences]):+.4f}", f"{low:+.4f} to {high:+.4f}"]
        print("| " + " | ".join([name, other] + cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="VECTORS:QRELS[:QUERIES]")
    parser.add_argument("--tables", type=lambda text: [int(n) for n in text.split(",")], default=list(range(1, 9)))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("target/codes"))
    parser.add_argument("--candidates", type=int, default=150)
    args = parser.parse_args()
    wanted = [tables()[number] for number in args.tables]
    collections, known = [], {}
    for text in args.sets:
        folder, judgments, *most = text.split(":")
        collection = Collection(pathlib.Path(folder), judgments, args.work, args.candidates, int(*most or [10**9]))
        path = collection.work / f"results-{len(collection.gains)}-{args.candidates}.json"
        known[collection.name] = results = json.loads(path.read_text()) if path.exists() else {}
        for _, rows in wanted:
            codes = [code for _, some in rows for code in some if repr(code) not in results]
            if codes:
                found = measure(collection, list(dict.fromkeys(codes)))
                results |= {repr(code): result for code, result in found.items()}
                path.write_text(json.dumps(results))
        collection.reference = judged(collection, np.take_along_axis(collection.exact, collection.candidates, axis=1))
        collections.append(collection)
    for title, rows in wanted:
        print_table(title, rows, collections, known)
    if {2, 4} <= set(args.tables):
        print_rivals(collections, known)


if __name__ == "__main__":
    main()
