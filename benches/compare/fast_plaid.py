"""fast-plaid on the CPU for `compare peers`; its settings are its defaults. Needs fast-plaid, with torch and numpy.

versions                           prints them as JSON
build VECTORS INDEX BITS           builds an index from a folder of vectors, prints what that took as JSON
serve INDEX QUERIES NUMBER...      holds an index and these queries of a folder of vectors; answers each line of stdin with one
                                   of JSON: "one AT K" searches for a query by its place, "all K" for all in its own batches

As many threads as OMP_NUM_THREADS says.
"""

import importlib.metadata
import json
import os
import sys
import time

import numpy
import torch
from fast_plaid import search


def texts(folder):
    """The texts' token vectors, in half precision as fast-plaid computes with them."""
    vectors = torch.from_numpy(numpy.load(f"{folder}/vectors.npy", mmap_mode="r").astype(numpy.float16))
    offsets = numpy.load(f"{folder}/offsets.npy")
    return [vectors[start:end] for start, end in zip(offsets[:-1], offsets[1:])]


def peak_mib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def build(folder, path, bits):
    start, processor = time.perf_counter(), time.process_time()
    search.FastPlaid(path, device="cpu").create(texts(folder), nbits=int(bits))
    spent = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - processor}
    print(json.dumps({**spent, "peak_mib": peak_mib()}))


def serve(path, folder, *numbers):
    index = search.FastPlaid(path, device="cpu")
    everything = texts(folder)
    queries = [everything[int(number)] for number in numbers]
    print("ready", flush=True)
    for line in sys.stdin:
        order, *values = line.split()
        asked = [queries[int(values[0])]] if order == "one" else queries
        start, processor = time.perf_counter(), time.process_time()
        found = index.search(asked, top_k=int(values[-1]), show_progress=False)
        spent = {"wall": time.perf_counter() - start, "processor": time.process_time() - processor}
        passages = [passage for passage, _ in found[0]] if order == "one" else []
        print(json.dumps({"spent": spent, "passages": passages}), flush=True)


def versions():
    print(json.dumps({name: importlib.metadata.version(name) for name in ("fast-plaid", "torch")}))


torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
{"versions": versions, "build": build, "serve": serve}[sys.argv[1]](*sys.argv[2:])
