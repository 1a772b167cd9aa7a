#!/usr/bin/env python3
"""Which of three collections a question is for, or none: 60 questions of fixtures/routing, by words, by token vectors (with and
without the examples of routes.json), and by a generator's label. As Markdown; every second question apart, since the least
scores were chosen on the others.

    python3 benches/routing.py [--maxsim target/release/maxsim] [--generator managed]
"""

import argparse
import collections
import json
import pathlib
import subprocess
import tempfile

from answers import Daemon, lines

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures/routing"
NAMES = ["bakery", "observatory", "railway"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--maxsim", type=pathlib.Path, default="target/release/maxsim")
    parser.add_argument("--generator", help="also by labels of this generator")
    parser.add_argument("--flags", default="")
    parser.add_argument("--wrong", action="store_true", help="print what was routed wrongly")
    args = parser.parse_args()
    questions = lines(FIXTURES / "questions.jsonl")
    routes = json.loads((FIXTURES / "routes.json").read_text())
    ways = [("rules", {"how": "rules"}), ("semantic", {"how": "semantic"})]
    ways += [("semantic with examples", {"how": "semantic", "routes": routes})]
    if args.generator:
        ways += [("logical", {"how": "logical"}), ("logical with examples", {"how": "logical", "routes": routes})]
    with tempfile.TemporaryDirectory() as folder:
        args.keep = pathlib.Path(folder)
        for name in NAMES:
            build = [args.maxsim, "build", "--input", FIXTURES / name, "--data", args.keep, "--collection", name]
            subprocess.run([str(part) for part in build], check=True, stdout=subprocess.DEVNULL)
        with Daemon(args) as daemon:
            print("| | right | of one of three | none of them | every second question |\n|---|---|---|---|---|")
            for name, options in ways:
                thinking = "model" if options["how"] == "logical" else "rules"
                body = {"collections": NAMES, "options": options, "thinking": thinking}
                body |= {"generator": args.generator} if args.generator else {}
                right = collections.defaultdict(list)
                for at, question in enumerate(questions):
                    routed = daemon.post("/v1/route", body | {"question": question["question"]})
                    wanted = [question["collection"]] if question["collection"] else []
                    hit = routed["collections"] == wanted
                    for part in ["all", "one" if wanted else "none", "odd" if at % 2 else "even"]:
                        right[part].append(hit)
                    if args.wrong and not hit:
                        scores = [f"{score['score']:.2f}" for score in routed["scores"]]
                        print(name, question["id"], wanted, routed["collections"], *scores, question["question"], sep="  ")
                cells = [f"{sum(right[part])}/{len(right[part])}" for part in ["all", "one", "none", "odd"]]
                print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
