#!/usr/bin/env python3
"""Times whole processes side by side and prints the tables of `docs/performance.md`: `python3 benches/run.py`.

Every line of a table is measured in turns with the others of its table, so that a machine whose speed drifts is fair to
all; what counts are medians and their ratios. Time is wall-clock time from start to end, memory the largest resident set
that the system accounts to the process. Files go below `target/bench`, which may be deleted; below `/dev/shm`, if asked, so that no
disk is waited for.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import specs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "target", "bench")
TOP = HERE


class Job:
    """A command to time. `before` puts things in order first and is not timed."""

    def __init__(self, name, command, before=lambda: None):
        self.name, self.command, self.before = name, command, before
        self.seconds, self.memory = [], []

    def run(self):
        self.before()
        start = time.perf_counter()
        child = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        self.seconds.append(time.perf_counter() - start)
        self.memory.append(usage.ru_maxrss)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit("%s: exit status %s: %s" % (self.name, child.returncode, " ".join(self.command)))

    def time(self):
        return statistics.median(self.seconds)


def shown(seconds):
    return "%.1f ms" % (seconds * 1000) if seconds < 1 else "%.2f s" % seconds


def table(title, jobs, runs):
    """Runs the jobs in turns and prints a row for each; ratios are to the first."""
    for job in jobs:
        job.run()
        job.seconds.clear()
    for _ in range(runs):
        for job in jobs:
            job.run()
    print("\n### %s\n\n| | time | peak memory | ratio |\n|---|---|---|---|" % title)
    for job in jobs:
        memory = "%.0f MiB" % (statistics.median(job.memory) / 1024)
        ratio = job.time() / jobs[0].time()
        print("| %s | %s | %s | %s |" % (job.name, shown(job.time()), memory, "%.2f" % ratio))
    sys.stdout.flush()


def fresh(path):
    """Takes away what a run has left. On a disk it is put aside until all is measured: some file systems look at every file that
    was deleted lately before they make a new one, which would then be most of the time."""

    def away():
        if TOP.startswith("/dev/shm"):
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.exists(path):
            os.rename(path, tempfile.mkdtemp(dir=os.path.join(TOP, "aside")) + "/old")

    return away


def size(path):
    found = 0
    for folder, _, names in os.walk(path):
        found += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
    return found


def project(name, slos, shape, metrics=0):
    top = os.path.join(TOP, name)
    shutil.rmtree(top, ignore_errors=True)
    specs.generate(top, slos, shape, metrics)
    return top


def quiet(*command, **more):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def programs(given):
    """The programs to time: ours, an empty one, and those of others that are here or can be had."""
    os.makedirs(HERE, exist_ok=True)
    empty = os.path.join(HERE, "empty")
    with open(empty + ".rs", "w") as source:
        source.write("fn main() {}\n")
    quiet("rustc", "-O", "-o", empty, empty + ".rs")
    if not given.sloc:
        quiet("cargo", "build", "--release", cwd=ROOT)
    slokit = shutil.which("slokit") or os.path.join(HERE, "slokit", "bin", "slokit")
    if not os.path.exists(slokit) and not given.no_install:
        subprocess.run(["cargo", "install", "slokit", "--root", os.path.join(HERE, "slokit")], check=False)
    sloc = os.path.abspath(given.sloc or os.path.join(ROOT, "target", "release", "sloc"))
    found = {"sloc": sloc, "empty": empty, "promtool": shutil.which("promtool")}
    found["slokit"] = slokit if os.path.exists(slokit) else None
    return found


def start(found, runs):
    top = project("start", 10, "plain")
    one = os.path.join(top, "specs", "svc-000", "svc-00000.slo")
    jobs = [
        Job("an empty Rust program", [found["empty"]]),
        Job("`sloc --version`", [found["sloc"], "--version"]),
        Job("`sloc check` of one spec", [found["sloc"], "-C", top, "check", one]),
    ]
    if found["promtool"]:
        jobs.append(Job("`promtool --version`", [found["promtool"], "--version"]))
    table("Start", jobs, runs * 4)
    print("\nThe program has %.1f MB." % (os.path.getsize(found["sloc"]) / 1e6))


def rules(found, slos, runs):
    """Rules only, beside those who make or read the same."""
    top = project("rules-%d" % slos, slos, "plain")
    out, copy = os.path.join(top, "out"), os.path.join(top, "copy")
    build = [found["sloc"], "-C", top, "build", "--only", "prometheus"]
    quiet(*build)
    jobs = [
        Job("`sloc build --only prometheus`", build, fresh(out)),
        Job("nothing has changed", build),
        Job("one of its files has changed", build, edits(top)),
        Job("nothing has changed, `--no-cache`", build + ["--no-cache"]),
    ]
    jobs.append(Job("`cp -r` of its files", ["cp", "-r", os.path.join(top, "keep"), copy], fresh(copy)))
    shutil.copytree(out, os.path.join(top, "keep"))
    files = [os.path.join(top, "keep", "prometheus", n) for n in os.listdir(os.path.join(top, "keep", "prometheus"))]
    if found["slokit"]:
        specs.sloth(top, slos)
        theirs = os.path.join(top, "theirs.yml")
        generate = [found["slokit"], "generate", "-i", os.path.join(top, "sloth"), "-o", theirs]
        jobs.append(Job("`slokit generate`", generate, lambda: None))
    table("Rules of %d objectives" % slos, jobs, runs)
    if found["promtool"]:
        read = Job("`promtool check rules`", [found["promtool"], "check", "rules"] + files)
        read.run()
        print("| %s, once | %s | %.0f MiB | %.1f |" % (
            read.name, shown(read.time()), read.memory[0] / 1024, read.time() / jobs[0].time()))
    print("\n%.0f bytes of rules per objective." % (sum(map(os.path.getsize, files)) / slos))


def edits(top):
    """Changes an objective, there and back."""
    changed = os.path.join(top, "specs", "svc-000", "svc-00000.slo")
    with open(changed) as file:
        text = file.read()
    versions = [text, text.replace("99.9%", "99.5%")]

    def edit():
        versions.reverse()
        with open(changed, "w") as file:
            file.write(versions[0])

    return edit


def everything(found, slos, runs, shape):
    """All targets, from nothing, with nothing changed and with one file changed."""
    top = project("all-%s-%d" % (shape, slos), slos, shape)
    out, copy, keep = (os.path.join(top, name) for name in ("out", "copy", "keep"))
    build = [found["sloc"], "-C", top, "build"]
    quiet(*build)
    shutil.copytree(out, keep)
    jobs = [
        Job("everything is new", build, fresh(out)),
        Job("nothing has changed", build),
        Job("one of its files has changed", build, edits(top)),
        Job("everything is new, on one thread", build + ["--threads", "1"], fresh(out)),
        Job("`cp -r` of the files", ["cp", "-r", keep, copy], fresh(copy)),
    ]
    table("All targets, %d objectives (%s)" % (slos, shape), jobs, runs)
    print("\n%.1f MB in %d files." % (size(keep) / 1e6, sum(len(names) for _, _, names in os.walk(keep))))
    for path in (out, copy, keep):
        shutil.rmtree(path)


def corners(found, slos, runs):
    """Shapes in which something quadratic would show."""
    jobs = []
    for name, count, shape, metrics in [
        ("services of ten objectives, a file each", slos, "plain", 0),
        ("the same in ten times the number", slos * 10, "plain", 0),
        ("all in one file", slos * 10, "one", 0),
        ("a file for each objective", slos, "single", 0),
        ("a catalog of 100,000 metrics beside them", slos, "plain", 100_000),
    ]:
        top = project("corner-%d-%s-%d" % (count, shape, metrics), count, shape, metrics)
        jobs.append(Job("%d: %s" % (count, name), [found["sloc"], "-C", top, "check"]))
    top = project("corner-query", 10, "plain")
    with open(os.path.join(top, "specs", "long.slo"), "w") as file:
        terms = ["sum(rate(a%d_total[$window]))" % n for n in range(2048)]
        while len(terms) > 1:
            terms = ["(%s + %s)" % pair for pair in zip(terms[::2], terms[1::2])]
        file.write("service long {\n  slo a 99%% over 30d {\n    errors  %s\n    total  %s\n  }\n}\n" % (terms[0], terms[0]))
    jobs.append(Job("two queries of 10,000 nodes", [found["sloc"], "-C", top, "check"]))
    table("`sloc check` of odd shapes", jobs, runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sloc", help="the program to time; built when not given")
    parser.add_argument("--slos", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-install", action="store_true", help="do not install what is compared with")
    parser.add_argument("--top", default=HERE, help="where the projects go: /dev/shm/sloc-bench for memory; deleted before and after")
    parser.add_argument("--part", choices=["start", "few", "rules", "all", "mixed", "corners"], action="append")
    given = parser.parse_args()
    global TOP
    TOP = os.path.abspath(given.top)
    # Records of builds are not to be mixed with those of whoever measures.
    os.environ["XDG_CACHE_HOME"] = os.path.join(TOP, "cache")
    aside = os.path.join(TOP, "aside")
    os.makedirs(aside, exist_ok=True)
    found = programs(given)
    parts = {
        "start": lambda: start(found, given.runs),
        "few": lambda: rules(found, 10, given.runs),
        "rules": lambda: rules(found, given.slos, given.runs),
        "all": lambda: everything(found, given.slos, given.runs, "plain"),
        "mixed": lambda: everything(found, given.slos, given.runs, "mixed"),
        "corners": lambda: corners(found, given.slos // 2, given.runs),
    }
    for name in given.part or parts:
        parts[name]()
    shutil.rmtree(aside)


if __name__ == "__main__":
    main()
