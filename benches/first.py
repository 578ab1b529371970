#!/usr/bin/env python3
"""Writes `.cargo/first`: the functions that checking a spec runs, in the order they are first called, which `.cargo/link.rs`
puts side by side: `python3 benches/first.py`.

Builds the program as it is shipped, has the linker say where everything is, and valgrind what runs for a spec of ten
objectives; the next build has the new order. To be run when starts have become slow (`python3 benches/run.py --part start`).
"""

import bisect
import collections
import os
import re
import subprocess

import specs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "target", "bench", "first")


def pattern(name):
    """A name as a linker's script may have it, with any signs for the hashes by which Rust tells versions and profiles apart."""
    name = re.sub(r"(?<=Cs)[0-9A-Za-z]{8,}(?=_)|(?<=17h)[0-9a-f]{16}(?=E)", lambda found: "?" * len(found.group()), name)
    return re.sub(r"[^A-Za-z0-9_.$*]", "?", re.sub(r"\.(llvm\.)?\d+$", ".*", name))


def functions(file):
    """The functions of a linker's map by their addresses."""
    line = re.compile(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ +.*:\(\.text\.([^()]+)\)$")
    found = [(int(m[1], 16), int(m[2], 16), m[3]) for m in map(line.match, file) if m]
    return sorted(f for f in found if f[1])


def main():
    specs.generate(HERE, 10, "plain", 0)
    where, counts = os.path.join(HERE, "map"), os.path.join(HERE, "counts")
    build = ["cargo", "rustc", "--release", "--bin", "sloc", "--target-dir", os.path.join(ROOT, "target")]
    subprocess.run(build + ["--", "-C", "link-arg=-Wl,-Map=" + where], cwd=ROOT, check=True)
    sloc = os.path.join(ROOT, "target", "release", "sloc")
    spec = os.path.join(HERE, "specs", "svc-000", "svc-00000.slo")
    count = ["valgrind", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no", "--callgrind-out-file=" + counts]
    subprocess.run(count + [sloc, "-C", HERE, "check", spec], check=True, capture_output=True)
    with open(where) as file:
        ours = functions(file)
    with open(counts) as file:
        ran = dict.fromkeys(int(m[1], 16) for m in (re.match(r"(?:calls=\d+ )?(0x[0-9a-f]+)", line) for line in file) if m)
    starts, called = [start for start, _, _ in ours], {}
    for address in ran:
        start, size, name = ours[max(bisect.bisect(starts, address) - 1, 0)]
        if start <= address < start + size:
            called[name] = size
    # Functions of one name for several types differ in nothing but the hash: first those that run, whose hashes hold as long as
    # the compiler and what is built do, then all of that name.
    alike = collections.Counter(pattern(name) for _, _, name in ours)
    exact = [name if alike[pattern(name)] > 1 else pattern(name) for name in called]
    names = dict.fromkeys(exact + [pattern(name) for name in called])
    with open(os.path.join(ROOT, ".cargo", "first"), "w") as file:
        file.write("\n".join(names) + "\n")
    print("%d functions of %d bytes" % (len(called), sum(called.values())))


if __name__ == "__main__":
    main()
