"""What the daemon counts, as a strict reader of OpenMetrics has it, before and after a search and a path that does not exist."""

import json
import sys
import urllib.error
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

url, question = sys.argv[1:]


def ask(path, body=None):
    request = urllib.request.Request(url + path, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.headers["content-type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.headers["content-type"], error.read().decode()


def families():
    kind, text = ask("/metrics")
    # The reader refuses what the format does not allow: order, suffixes, buckets, timestamps, a missing end.
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8", kind
    assert all(family.documentation and family.type != "unknown" for family in found.values())
    samples = [sample for family in found.values() for sample in family.samples]
    return found, {sample.name + json.dumps(sample.labels, sort_keys=True): sample.value for sample in samples}


_, before = families()
ask("/v1/collections/corpus/search", json.dumps({"query": question, "k": 3}).encode())
ask("/v1/collections/%s/search" % ("x" * 40), b"{}")
ask("/nowhere/at/all")
found, after = families()
grown = {name: value - before.get(name, 0) for name, value in after.items()}
print(json.dumps({"kinds": {name: family.type for name, family in found.items()}, "after": after, "grown": grown}))
