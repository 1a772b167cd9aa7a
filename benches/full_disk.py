"""What a daemon does when its disk is full: what it refuses, that it loses nothing, that it heals.

python3 benches/full_disk.py FOLDER              (on a small file system of its own; needs `cargo build --release`)

For example `mount -t tmpfs -o size=24m tmpfs /mnt/small`. Fills the rest of the disk with a file, upserts documents until they are
refused, compares, makes room, upserts again, restarts, compares again.
"""

import base64, json, os, random, struct, subprocess, sys, time, urllib.error, urllib.request

from daemon import BIN, served

WIDTH, ROWS = 64, 32


class Daemon:
    def __init__(self, data):
        self.process, self.address = served(data)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def compare(self, model):
        """How many documents differ from the model, and how many a search over all finds."""
        replies = {name: self.call("GET", f"/v1/collections/live/documents/{name}") for name in model}
        wrong = sum(status != 200 or reply["text"] != model[name] for name, (status, reply) in replies.items())
        found = self.call("POST", "/v1/collections/live/search", {"vectors": matrix(4), "mode": "exhaustive", "k": 1000})
        return wrong, len(found[1]["hits"])

    def kill(self):
        self.process.kill()
        self.process.wait()


def matrix(rows):
    values = [[random.gauss(0, 1) for _ in range(WIDTH)] for _ in range(rows)]
    unit = (value / sum(x * x for x in row) ** 0.5 for row in values for value in row)
    return {"f16": base64.b64encode(struct.pack(f"<{rows * WIDTH}e", *unit)).decode(), "shape": [rows, WIDTH]}


def main():
    folder = sys.argv[1]
    data, filler = os.path.join(folder, "data"), os.path.join(folder, "filler")
    os.makedirs(data)
    daemon, model, refusals, version = Daemon(data), {}, {}, 0

    def upsert(name):
        nonlocal version
        version += 1
        text = f"version {version} of {name}, " + "which says nothing else, " * 40
        body = {"documents": [{"id": name, "text": text, "vectors": matrix(ROWS)}]}
        status, reply = daemon.call("PUT", "/v1/collections/live/documents", body)
        if status == 202:
            model[name] = text
        else:
            refusals[status, reply["code"]] = refusals.get((status, reply["code"]), 0) + 1
        return status

    assert daemon.call("POST", "/v1/collections", {"name": "live", "width": WIDTH})[0] == 201
    for at in range(100):
        upsert(f"d{at}")
    with open(filler, "wb") as file:
        try:
            while os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize > 1 << 20:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            pass
    refused = 0
    for at in range(3000):
        refused += upsert(f"d{random.randrange(500)}") != 202
        if refused == 50:
            break
    time.sleep(2)
    print(f"{len(model)} documents acknowledged when the disk was full; refused: {refusals}")
    print("full: wrong %d, found %d" % daemon.compare(model))
    os.remove(filler)
    start = time.time()
    while upsert("after") != 202:
        time.sleep(0.05)
    print(f"room again: acknowledged after {time.time() - start:.2f} s")
    for at in range(50):
        assert upsert(f"e{at}") == 202
    while daemon.compare(model)[1] != len(model) and time.time() - start < 60:
        time.sleep(0.1)
    print(f"all {len(model)} documents searchable after {time.time() - start:.2f} s; wrong %d, found %d" % daemon.compare(model))
    daemon.kill()
    daemon = Daemon(data)
    print("after kill -9 and a restart: wrong %d, found %d" % daemon.compare(model))
    daemon.kill()
    subprocess.run([f"{BIN}/maxsim", "verify", "--data", data, "--collection", "live"], check=True)


main()
