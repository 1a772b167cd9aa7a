"""Whether a collection made by a thousand upserts ranks like one that is built offline.

python3 benches/upserts.py DATASET_DIR [CHANGES]      (BEIR layout; needs `cargo build --release` and a pulled model)

Builds the corpus offline, sends the same documents to a daemon in so many changes, and evaluates both in modes late, bm25 and hybrid.
"""

import json, os, subprocess, sys, tempfile, time

from daemon import BIN, call, served


def documents(dataset):
    with open(os.path.join(dataset, "corpus.jsonl"), encoding="utf-8") as corpus:
        for line in corpus:
            record = json.loads(line)
            yield {"id": record["_id"], "title": record.get("title", ""), "text": record["text"]}


def evaluate(dataset, data, collection, mode):
    command = [f"{BIN}/maxsim", "eval", "--dataset", dataset, "--data", data, "--collection", collection, "--mode", mode, "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    dataset, changes = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as data:
        built = [f"{BIN}/maxsim", "build", "--input", os.path.join(dataset, "corpus.jsonl"), "--no-split", "--data", data, "--collection", "built"]
        subprocess.run(built, check=True, capture_output=True)
        daemon, address = served(data)
        try:
            call(address, "POST", "/v1/collections", {"name": "upserted", "split": False})
            all_documents = list(documents(dataset))
            start = time.time()
            for at in range(changes):
                some = all_documents[at * len(all_documents) // changes : (at + 1) * len(all_documents) // changes]
                call(address, "PUT", "/v1/collections/upserted/documents", {"documents": some})
            acknowledged = time.time() - start
            while call(address, "GET", "/v1/collections/upserted")["documents"] < len(all_documents):
                time.sleep(0.2)
            searchable = time.time() - start
            before = call(address, "GET", "/v1/collections/upserted")
            print(f"{len(all_documents)} documents in {changes} changes: acknowledged in {acknowledged:.1f} s, searchable after {searchable:.1f} s, {before['segments']} segments")
            after = call(address, "POST", "/v1/collections/upserted/compact")
            print(f"generation {after['generation']}, {after['segments']} segments, router {after['router'] is not None}")
        finally:
            daemon.terminate()
            daemon.wait()
        for mode in ["late", "bm25", "hybrid"]:
            scores = [evaluate(dataset, data, name, mode)["ndcg_at_10"] for name in ["built", "upserted"]]
            print(f"{mode:7} nDCG@10 built {scores[0]:.4f} upserted {scores[1]:.4f} difference {scores[1] - scores[0]:+.4f}")


main()
