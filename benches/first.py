#!/usr/bin/env python3
"""Writes `.cargo/first`: the functions that checking a spec runs, in the order they are first called, which `.cargo/link.rs`
puts side by side: `python3 benches/first.py`.

Builds the program as it is shipped, but keeps its names, and has valgrind count for a spec of ten objectives. To be run when
starts have become slow (`python3 benches/run.py --part start`): with other versions of Rust or of what is used, and with any
other setting of the profile, functions have other names.
"""

import os
import re
import subprocess

import specs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "target", "bench", "first")


# Another profile would be other names: Rust is told to keep them behind Cargo's back.
KEEP = """#!/bin/sh
for word in "$@"; do
  shift
  if [ "$word" = strip=symbols ]; then word=strip=none; fi
  set -- "$@" "$word"
done
exec "$@"
"""


def main():
    specs.generate(HERE, 10, "plain", 0)
    keep = os.path.join(HERE, "keep")
    with open(keep, "w") as file:
        file.write(KEEP)
    os.chmod(keep, 0o755)
    build = ["cargo", "build", "--release", "--target-dir", os.path.join(HERE, "target")]
    subprocess.run(build, cwd=ROOT, env=dict(os.environ, RUSTC_WRAPPER=keep), check=True)
    sloc = os.path.join(HERE, "target", "release", "sloc")
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
