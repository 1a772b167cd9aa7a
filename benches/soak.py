"""Half an hour of searches and uploads at 60 % of what the daemon can do at most: memory, failures, times.

python3 benches/soak.py DATASET_DIR DATA COLLECTION [MINUTES] [--plot FILE.svg]    (needs `cargo build --release`, a pulled model, and for the plot `pip install matplotlib`)

DATASET_DIR has queries.jsonl (BEIR layout), COLLECTION of folder DATA is searched and changed, and is at the end what it was. One request in ten of `maxsim bench --workload mixed` is an upsert of one of a thousand documents; the
others search by text. The daemon's memory is read from /proc every five seconds, its generation and segments over HTTP.
"""

import argparse, json, os, re, subprocess, time, urllib.request

from daemon import BIN, call, served

SHARE = 0.6
EVERY = 5.0


def bench(url, flags, seconds, *pace):
    command = [f"{BIN}/maxsim", "bench", "--url", url, "--collection", flags.collection, "--dataset", flags.dataset, "--workload", "mixed", "--duration", str(seconds), "--json", *pace]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ran(process):
    return json.loads(process.communicate()[0])["runs"][0]


def sample(daemon, url, start):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:
        memory = dict(re.findall(r"^(\w+):\s+(\d+) kB", status.read(), re.M))
    described = call(url, "GET", "/v1/collections/" + flags.collection)
    files = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    with urllib.request.urlopen(url + "/metrics", timeout=60) as metrics:
        unapplied = re.search(r"^maxsimd_collection_unapplied_operations\{.*\} (\d+)", metrics.read().decode(), re.M)
    return {
        "minutes": (time.time() - start) / 60,
        "own_mib": int(memory["RssAnon"]) / 1024,
        "mapped_mib": int(memory["RssFile"]) / 1024,
        "generation": described["generation"],
        "segments": described["segments"],
        "files": files,
        "unapplied": int(unapplied[1]),
    }


def plot(samples, file):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "soak"})
    figure, (memory, segments) = pyplot.subplots(2, 1, sharex=True, figsize=(7, 4), height_ratios=[3, 1])
    minutes = [one["minutes"] for one in samples]
    memory.plot(minutes, [one["own_mib"] for one in samples], label="its own", color="#c2410c")
    memory.plot(minutes, [one["mapped_mib"] for one in samples], label="of mapped files", color="#2563eb")
    memory.set_ylabel("resident, MiB")
    memory.set_ylim(bottom=0)
    memory.legend(frameon=False, loc="lower right")
    segments.plot(minutes, [one["segments"] for one in samples], color="#4b5563", linewidth=0.8)
    segments.set_ylabel("segments")
    segments.set_ylim(bottom=0)
    segments.set_xlabel("minutes")
    for axes in (memory, segments):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def slope(samples, key):
    """MiB an hour by least squares, of the last two thirds: what fills up fills up in the first."""
    late = samples[len(samples) // 3 :]
    x, y = [one["minutes"] / 60 for one in late], [one[key] for one in late]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


if __name__ == "__main__":
    flags = argparse.ArgumentParser()
    flags.add_argument("dataset")
    flags.add_argument("data")
    flags.add_argument("collection")
    flags.add_argument("minutes", nargs="?", type=float, default=30)
    flags.add_argument("--plot")
    flags = flags.parse_args()
    daemon, url = served(flags.data)
    try:
        most = ran(bench(url, flags, 30, "--closed", "16"))["achieved_per_s"]
        rate = round(most * SHARE)
        process, start, samples = bench(url, flags, flags.minutes * 60, "--rate", str(rate), "--warmup", "30"), time.time(), []
        while process.poll() is None:
            samples.append(sample(daemon, url, start))
            time.sleep(EVERY)
        run = ran(process)
    finally:
        daemon.terminate()
        daemon.wait()
    latency, upserts = run["latency_ms"], run["upsert_ms"]
    print(f"at most {most:.0f} requests/s; {SHARE:.0%} of that for {flags.minutes:g} minutes:")
    print(f"{run['requests']} requests, {run['answered']} answered, {sum(run['errors'].values()) + run['lost']} failed; {run['achieved_per_s']:.0f}/s")
    print(f"searches p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms, p99.9 {latency['p99_9']:.1f} ms; upserts p50 {upserts['p50']:.1f} ms, p99 {upserts['p99']:.1f} ms")
    third = len(samples) // 3
    for key, what in [("own_mib", "its own"), ("mapped_mib", "of mapped files")]:
        values = [one[key] for one in samples]
        print(f"resident, {what}: {max(values[:third]):.0f} MiB at most in the first third, {max(values[third:2 * third]):.0f} in the second, {max(values[-third:]):.0f} in the last; {slope(samples, key):+.1f} MiB an hour")
    first, last = samples[0], samples[-1]
    print(f"generations {first['generation']} to {last['generation']}, segments at most {max(one['segments'] for one in samples)}, changes that wait to be applied at most {max(one['unapplied'] for one in samples)}, open files at most {max(one['files'] for one in samples)}")
    if flags.plot:
        plot(samples, flags.plot)
