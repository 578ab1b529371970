#!/usr/bin/env python3
"""Writes `.cargo/first`: the functions that checking a spec runs, in the order they are first called, which `.cargo/link.rs`
puts side by side: `python3 benches/first.py`.

Builds the program as it is shipped, but keeps its names, and has valgrind count for a spec of ten objectives. To be run when
starts have become slow (`python3 benches/run.py --part start`).
"""

import os
import re
import subprocess

import specs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "target", "bench", "first")


def pattern(name):
    """A name as a linker's script may have it, with any signs for the hashes by which Rust tells versions and profiles apart."""
    name = re.sub(r"(?<=Cs)[0-9A-Za-z]{8,}(?=_)|(?<=17h)[0-9a-f]{16}(?=E)", lambda found: "?" * len(found.group()), name)
    return re.sub(r"[^A-Za-z0-9_.$*]", "?", re.sub(r"\.llvm\.\d+", ".llvm.*", name))


def main():
    specs.generate(HERE, 10, "plain", 0)
    build = ["cargo", "build", "--release", "--target-dir", os.path.join(HERE, "target")]
    subprocess.run(build, cwd=ROOT, env=dict(os.environ, CARGO_PROFILE_RELEASE_STRIP="none"), check=True)
    sloc = os.path.join(HERE, "target", "release", "sloc")
    spec = os.path.join(HERE, "specs", "svc-000", "svc-00000.slo")
    counts = os.path.join(HERE, "counts")
    count = ["valgrind", "--tool=callgrind", "--demangle=no", "--callgrind-out-file=" + counts]
    subprocess.run(count + [sloc, "-C", HERE, "check", spec], check=True, capture_output=True)
    with open(counts) as file:
        called = re.findall(r"^c?fn=\(\d+\) ([^'\n]+)", file.read(), re.MULTILINE)
    listed = subprocess.run(["nm", sloc], check=True, capture_output=True, text=True).stdout
    ours = {line.split()[2] for line in listed.splitlines() if line.split()[1] in "tT"}
    names = dict.fromkeys(pattern(name) for name in called if name in ours)
    with open(os.path.join(ROOT, ".cargo", "first"), "w") as file:
        file.write("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
