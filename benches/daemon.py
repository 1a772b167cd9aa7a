"""A daemon of its own for a measurement, and what it is asked. Needs `cargo build --release`."""

import collections, json, os, re, subprocess, sys, threading, time, urllib.error, urllib.request

BIN = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release")


def call(url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.loads(reply.read() or b"null")


def served(data, *flags, program=(f"{BIN}/maxsimd",), through=()):
    """A daemon over a folder, started through another command if there is one, and its address; it is ready, or this process ends."""
    command = [*through, *program, "--data", data, "--listen", "127.0.0.1:0", *flags]
    daemon = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
    said, bound = collections.deque(maxlen=20), None
    for line in daemon.stderr:
        said.append(line)
        if bound := re.search(r"bound=(\S+)", line):
            break
    if not bound:
        sys.exit("the daemon ended:\n" + "".join(said))
    # Read on, so that the daemon never waits for us.
    threading.Thread(target=lambda: said.extend(daemon.stderr), daemon=True).start()
    url = "http://" + bound[1]
    while not ready(url):
        if daemon.poll() is not None:
            sys.exit("the daemon ended:\n" + "".join(said))
        time.sleep(0.1)
    return daemon, url


def ready(url):
    try:
        call(url, "GET", "/readyz")
        return True
    except urllib.error.HTTPError as refused:
        state = json.load(refused)
    if state.get("encoder") in ("absent", "failed") or state.get("collections", {}).get("failing"):
        sys.exit(f"the daemon cannot search: {state}")
    return False
