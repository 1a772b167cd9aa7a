"""What a daemon does that is asked more than it can do: searches at twice the rate that saturates it, and /livez while every queue is full.

python3 benches/overload.py DATASET_DIR VECTORS_DIR DATA COLLECTION [SECONDS]    (needs `cargo build --release` and a pulled model)

DATASET_DIR has queries.jsonl and corpus.jsonl (BEIR layout); VECTORS_DIR is `maxsim encode --queries` of them; COLLECTION in folder DATA is of the same encoder. The daemon runs on the first processor with one
thread for searches, whoever asks on the second, both pinned; so neither takes the other's time, but for what two threads of a core share.
"""

import json, os, socket, subprocess, sys, threading, time, urllib.error

from daemon import BIN, call, served

DAEMON, CLIENT = ["taskset", "-c", "0"], ["taskset", "-c", "1"]


def bench(url, dataset, seconds, *flags):
    """A report of `maxsim bench`, on the client's processor."""
    command = [*CLIENT, f"{BIN}/maxsim", "bench", "--url", url, "--collection", NAME, "--dataset", dataset, "--duration", str(seconds), "--json", *flags]
    ran = subprocess.run(command, capture_output=True, text=True)
    if not ran.stdout:
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)


def probe(url, seconds, gap=0.005):
    """Milliseconds of GET /livez, each sent at its moment and counted from it, over a connection that is kept."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start, spent = time.perf_counter(), []
        for number in range(int(seconds / gap)):
            due = start + number * gap
            time.sleep(max(0.0, due - time.perf_counter()))
            stream.sendall(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
            reply = stream.recv(4096)
            assert reply.startswith(b"HTTP/1.1 200"), reply
            spent.append((time.perf_counter() - due) * 1e3)
    spent.sort()
    return {"probes": len(spent), "p50_ms": spent[len(spent) // 2], "p99_ms": spent[len(spent) * 99 // 100], "max_ms": spent[-1]}


def overload(url, dataset, vectors, seconds):
    """Searches with vectors at shares of what the daemon can do at most; within 20 ms is good."""
    asked = ["--vectors", vectors, "--api", "maxsimd-compact", "--slo", "p99=20ms"]
    most = bench(url, dataset, seconds, *asked, "--closed", "4")["runs"][0]["achieved_per_s"]
    print(f"at most, with four connections: {most:.0f} searches/s\n")
    print("| of that | asked /s | answered /s | within 20 ms /s | 429 /s | other failures | p50 ms | p99 ms |\n|---|---|---|---|---|---|---|---|")
    good = {}
    for share in [0.5, 0.7, 0.8, 0.9, 1.0, 1.5, 2.0, 3.0]:
        run = bench(url, dataset, seconds, *asked, "--rate", str(round(most * share)), "--connections", "512")["runs"][0]
        errors, good[share] = dict(run["errors"]), run["goodput_per_s"]
        refused, latency = errors.pop("status 429", 0), run["latency_ms"]
        print(
            f"| {share:.1f} | {run['offered_per_s']:.0f} | {run['achieved_per_s']:.0f} | {good[share]:.0f} | {refused / run['seconds']:.0f} "
            f"| {sum(errors.values()) + run['lost']} | {latency['p50']:.1f} | {latency['p99']:.1f} |",
            flush=True,
        )
    print(f"\nwithin 20 ms at twice the rate: {good[2.0] / max(good.values()):.1%} of the best")


def writes(url, documents, until, done):
    """Changes from a hundred connections, as fast as they are taken; counts what is said to them."""
    number = 0
    while time.time() < until:
        number += 1
        some = [{"id": f"{threading.get_ident()}-{number}-{at}", "text": text} for at, text in enumerate(documents)]
        try:
            call(url, "PUT", "/v1/collections/written/documents", {"documents": some})
            done.append(200)
        except urllib.error.HTTPError as error:
            done.append(error.code)


def alive(url, dataset, vectors, seconds):
    """/livez while more searches, answers, texts to encode and changes come than the daemon takes."""
    me = [*CLIENT, sys.executable, os.path.abspath(__file__), "--probe", url, str(seconds)]
    print("\n| GET /livez, 200 a second | p50 ms | p99 ms | at most |\n|---|---|---|---|")

    def told(name):
        found = json.loads(subprocess.run(me, check=True, capture_output=True, text=True).stdout)
        print(f"| {name} | {found['p50_ms']:.2f} | {found['p99_ms']:.2f} | {found['max_ms']:.1f} |", flush=True)

    told("idle")
    with open(os.path.join(dataset, "corpus.jsonl"), encoding="utf-8") as corpus:
        texts = [json.loads(line)["text"] for _, line in zip(range(20), corpus)]
    call(url, "POST", "/v1/collections", {"name": "written"})
    flood = lambda *flags: subprocess.Popen(
        ["nice", *CLIENT, f"{BIN}/maxsim", "bench", "--url", url, "--collection", NAME, "--dataset", dataset, "--duration", str(seconds + 10), "--json", *flags],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    floods = {
        "searches": flood("--vectors", vectors, "--api", "maxsimd-compact", "--rate", "600", "--connections", "256"),
        "answers": flood("--workload", "answer", "--rate", "60", "--connections", "128"),
        "encode": flood("--workload", "encode", "--rate", "60", "--connections", "128"),
    }
    done, until = [], time.time() + seconds + 10
    writers = [threading.Thread(target=writes, args=(url, texts, until, done)) for _ in range(100)]
    [writer.start() for writer in writers]
    time.sleep(8)
    told("all queues full")
    [writer.join() for writer in writers]
    for name, process in floods.items():
        run = json.loads(process.communicate()[0])["runs"][0]
        print(f"{name}: {run['requests']} asked, {run['answered']} answered, " + ", ".join(f"{count} {what}" for what, count in run["errors"].items()))
    print(f"changes: {len(done)} asked, {done.count(200)} taken, {done.count(429)} status 429, {len(done) - done.count(200) - done.count(429)} others")


if __name__ == "__main__":
    if sys.argv[1] == "--probe":
        if os.geteuid() == 0:
            # Whoever probes never waits for those who flood.
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        print(json.dumps(probe(sys.argv[2], float(sys.argv[3]))))
        sys.exit()
    dataset, vectors, data, NAME = sys.argv[1:5]
    seconds = int(sys.argv[5]) if len(sys.argv) > 5 else 15
    os.sched_setaffinity(0, {1})
    daemon, url = served(data, "--threads", "1", through=DAEMON)
    try:
        overload(url, dataset, vectors, seconds)
        alive(url, dataset, vectors, seconds)
        call(url, "DELETE", "/v1/collections/written")
    finally:
        daemon.terminate()
        daemon.wait()
