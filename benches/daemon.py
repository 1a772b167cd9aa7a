"""A daemon of its own for a measurement, and what it is asked. Needs `cargo build --release`."""

import json, os, re, subprocess, threading, time, urllib.request

BIN = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release")


def call(url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.loads(reply.read() or b"null")


def served(data, *flags, through=()):
    """A daemon over a folder, started through another command if there is one, and its address; it is ready."""
    daemon = subprocess.Popen([*through, f"{BIN}/maxsimd", "--data", data, "--listen", "127.0.0.1:0", *flags], stderr=subprocess.PIPE, text=True)
    url = "http://" + next(m[1] for m in map(re.compile(r"bound=(\S+)").search, daemon.stderr) if m)
    # Read on, so that the daemon never waits for us.
    threading.Thread(target=lambda: [None for _ in daemon.stderr], daemon=True).start()
    while True:
        try:
            call(url, "GET", "/readyz")
            return daemon, url
        except OSError:
            time.sleep(0.1)
