#!/usr/bin/env python3
"""Writes `.cargo/first`: the functions that checking a spec runs, in the order they are first called, which `.cargo/link.rs`
puts side by side: `python3 benches/first.py`.

Builds the program with its names, and has valgrind count for a spec of ten objectives. To be run when starts have become slow
(`python3 benches/run.py --part start`): with other versions of Rust or of what is used, functions have other names.
"""

import os
import re
import subprocess

import specs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "target", "bench", "first")


def main():
    with_names = dict(os.environ, CARGO_PROFILE_RELEASE_STRIP="none")
    subprocess.run(["cargo", "build", "--release"], cwd=ROOT, env=with_names, check=True)
    sloc = os.path.join(ROOT, "target", "release", "sloc")
    specs.generate(HERE, 10, "plain", 0)
    spec = os.path.join(HERE, "specs", "svc-000", "svc-00000.slo")
    counts = os.path.join(HERE, "counts")
    count = ["valgrind", "--tool=callgrind", "--demangle=no", "--callgrind-out-file=" + counts]
    subprocess.run(count + [sloc, "-C", HERE, "check", spec], check=True, capture_output=True)
    with open(counts) as file:
        called = re.findall(r"^c?fn=\(\d+\) ([^'\n]+)", file.read(), re.MULTILINE)
    listed = subprocess.run(["nm", sloc], check=True, capture_output=True, text=True).stdout
    ours = {line.split()[2] for line in listed.splitlines() if line.split()[1] in "tT"}
    # Each once; those of Rust's and of C's have their names too. Signs that a linker's script may not have match anything.
    names = [re.sub(r"[^A-Za-z0-9_.$]", "?", name) for name in dict.fromkeys(called) if name in ours]
    with open(os.path.join(ROOT, ".cargo", "first"), "w") as file:
        file.write("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
