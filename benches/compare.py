#!/usr/bin/env python3
"""What bricklint costs beside others, on generated plans, in one run on one machine: ratios count, as machines differ.

    benches/compare.py GENERATOR [--sizes 100,1000,...] [--peers 1000,...] [--many N]

Prints two tables in Markdown, those of docs/performance.md:

1. Sizes: all default rules with SARIF written, beside a mere parse of the same files into `serde_json::Value`, and
   whether the cost grows with the bytes. Where valgrind is installed the instructions of one thread are counted
   too, without and with the shipped policies: these repeat exactly, however busy the machine is.
2. Peers: regorus and Conftest (where it is on PATH) with five policies, policies.rego, that are five of bricklint's
   rules, and first have to find in mistakes.json what bricklint finds; Checkov (where it is on PATH) with its own
   checks.

GENERATOR is a Python script that writes plans: `--resources N --seed S -o FILE` one of N resources, `--many M
--outdir DIR` that many small ones. The best of RUNS runs counts, or the first where that took over ten seconds.
Peers can be slow (Checkov took 166 s of CPU time for 10,000 resources), so they get smaller sizes, and what takes longer than
LIMIT is stopped, and not tried on larger plans. The parse of 100,000 resources needs 4 GB of memory. BRICKLINT,
PARSE_VALUE and REGORUS name ready binaries; what is not named is built. On a busy machine CPU times grow as well, so
compare within one run only.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
FIVE = [
    "cmp-autotermination-off",
    "net-sg-open-ingress",
    "sec-secret-in-state",
    "uc-grant-broad",
    "uc-metastore-region-mismatch",
]
POLICIES = str(HERE / "policies.rego")
MISTAKES = str(HERE / "mistakes.json")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class TooSlow(Exception):
    """A run that was stopped."""


def sizes(text):
    return [int(size) for size in text.split(",") if size]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator")
    parser.add_argument("--sizes", type=sizes, default=[100, 1000, 3000, 10000, 30000, 100000])
    parser.add_argument("--many", type=int, default=1000, help="small plans; 0 for none")
    parser.add_argument("--peers", type=sizes, default=[1000, 10000], help="sizes for the peers; '' for none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=180, help="seconds that a peer may take")
    return parser.parse_args()


def binaries(with_peers):
    """bricklint, the parse, regorus: named by the environment, or built; regorus is none where it cannot be."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"), "release")
    own = [os.environ.get("BRICKLINT"), os.environ.get("PARSE_VALUE")]
    if None in own:
        build = ["cargo", "build", "--release", "--quiet", "--bin", "bricklint", "--example", "parse_value"]
        subprocess.run(build, cwd=HERE.parent, check=True)
    bricklint, parse = own[0] or str(target / "bricklint"), own[1] or str(target / "examples/parse_value")
    regorus = os.environ.get("REGORUS")
    if regorus is None and with_peers:
        build = ["cargo", "build", "--release", "--quiet", "--locked"]
        if subprocess.run(build, cwd=HERE / "regorus").returncode == 0:
            target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "regorus/target"), "release")
            regorus = str(target / "bricklint-regorus")
    return bricklint, parse, regorus


# Measuring


def once(command, limit, codes):
    """CPU seconds, wall seconds and peak MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True, **QUIET)
    stopped = threading.Event()

    def stop():
        stopped.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit or 86400, stop)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if stopped.is_set():
        raise TooSlow
    if process.returncode not in codes:
        sys.exit(f"exit {process.returncode}: {' '.join(command[:6])} ...")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


def measure(command, runs, limit=None, codes=(0,)):
    """The best of several runs, or the first that takes over ten seconds."""
    best = once(command, limit, codes)
    for _ in range(runs - 1 if best[1] < 10 else 0):
        best = tuple(map(min, best, once(command, limit, codes)))
    # A child counts what this Python held when it forked: a small helper starts what needs little.
    helper = "/usr/bin/time"
    if best[2] < 64 and os.access(helper, os.X_OK):
        with tempfile.NamedTemporaryFile("r") as log:
            subprocess.run([helper, "-f", "peak %M", "-o", log.name, *command], **QUIET)
            best = *best[:2], int(re.search(r"peak (\d+)", log.read())[1]) / 1024
    return best


def instructions(command):
    """Millions of instructions of a run on one thread; none without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    with tempfile.NamedTemporaryFile() as out:
        counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *command, "--jobs", "1"]
        run = subprocess.run(counted, capture_output=True, text=True)
    found = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    return int(found[1]) / 1e6 if found and run.returncode == 0 else None


def row(*cells):
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def heading(*cells):
    row(*cells)
    row(*["---:"] * len(cells))


# Plans


def generate(generator, scratch, size):
    """A directory with one plan of so many resources."""
    directory = scratch / str(size)
    directory.mkdir(exist_ok=True)
    if not (directory / "plan.json").exists():
        write = [sys.executable, generator, "--resources", str(size), "--seed", "1", "-o", directory / "plan.json"]
        subprocess.run(write, check=True, stdout=subprocess.DEVNULL)
    return directory


def generate_many(generator, scratch, count):
    directory = scratch / "many"
    write = [sys.executable, generator, "--resources", "50", "--seed", "1", "--many", str(count), "--outdir", directory]
    subprocess.run(write, check=True, stdout=subprocess.DEVNULL)
    # What the generator says about its plans is no plan.
    for file in directory.rglob("*expected*.json"):
        file.unlink()
    return directory


def check(bricklint, scratch, path, *flags):
    report = f"sarif={scratch}/out.sarif"
    common = ["--quiet", "--source-root", "none", "--fail-on", "never", "-o", report]
    return [bricklint, "check", *common, *(flags or ["--no-config"]), str(path)]


# The tables


def table_of_sizes(args, scratch, bricklint, parse):
    print("What bricklint takes as a multiple of the parse into `Value`, and per byte:\n")
    heading(
        "resources", "MB", "CPU, ratio", "memory, ratio", "CPU s per MB", "bricklint: CPU s / wall s / MiB",
        "`Value`, parse only: CPU s / wall s / MiB", "shipped policies add",
    )
    cell = lambda it: f"{it[0]:.3f} / {it[1]:.3f} / {it[2]:,.0f}"
    grown, counted = [], []
    for size in [*args.sizes, *(["many"] if args.many else [])]:
        many = size == "many"
        path = generate_many(args.generator, scratch, args.many) if many else generate(args.generator, scratch, size)
        files = sorted(str(file) for file in path.rglob("*.json"))
        mb = sum(map(os.path.getsize, files)) / 1e6
        policies = ["--config", str(HERE / "policies.toml")]
        own = measure(check(bricklint, scratch, path), args.runs)
        more = measure(check(bricklint, scratch, path, *policies), args.runs)
        value = measure([parse, *files], args.runs)
        row(
            f"{args.many:,} plans of 50" if many else f"{size:,}", f"{mb:.1f}", f"{own[0] / value[0]:.1f}",
            f"{own[2] / value[2]:.2f}", f"{own[0] / mb:.4f}", cell(own), cell(value), f"{more[0] / own[0] - 1:.0%}",
        )
        if not many:
            grown.append((mb, own[0]))
        # Counting takes fifty times as long.
        if not many and size <= 1000:
            without, with_them = (instructions(check(bricklint, scratch, path, *it)) for it in ([], policies))
            if without and with_them:
                counted.append(f"{size}: {without:.0f} million, {with_them / without - 1:+.1%} with policies")
        if size not in args.peers:
            shutil.rmtree(path)
    for (mb, cpu), (more_mb, more_cpu) in zip(grown, grown[1:]):
        grew = f"{more_mb / mb:.1f} times the bytes, {more_cpu / cpu:.1f} times the CPU time"
        print(f"\n{mb:.1f} to {more_mb:.1f} MB: {grew}")
    print()
    if counted:
        print("Instructions:", "; ".join(counted), "\n")


def found(tool, command):
    """(rule, address) that a tool finds in the plan of mistakes."""
    text = subprocess.run(command, capture_output=True, text=True).stdout
    if tool == "bricklint":
        return {(it["rule"], it["address"]) for it in json.loads(text)["findings"]}
    messages = text.splitlines()
    if tool == "Conftest":
        messages = [it["msg"] for file in json.loads(text) for it in file.get("failures", [])]
    return {(message.split(": ")[0], message.split(" ")[1]) for message in messages}


def table_of_peers(args, scratch, bricklint, regorus):
    conftest, checkov = shutil.which("conftest"), shutil.which("checkov")
    five = ["--no-config", "--select", ",".join(FIVE)]
    rego = {}
    if regorus:
        rego["regorus"] = lambda plan: [regorus, POLICIES, plan]
    if conftest:
        flags = ["--no-fail", "--no-color", "-o", "json", "-p", POLICIES]
        rego["Conftest"] = lambda plan: [conftest, "test", *flags, plan]
    wanted = found("bricklint", [bricklint, "check", "-q", "-o", "json", *five, MISTAKES])
    assert {rule for rule, _ in wanted} == set(FIVE), wanted
    for tool, command in rego.items():
        assert found(tool, command(MISTAKES)) == wanted, f"{tool} finds something else in {MISTAKES}"

    tools = {
        "bricklint, default rules": lambda plan: check(bricklint, scratch, plan),
        "bricklint, the five": lambda plan: check(bricklint, scratch, plan, *five),
        **{f"{tool}, the five": command for tool, command in rego.items()},
    }
    if checkov:
        quiet = ["--skip-download", "--quiet", "--compact", "-o", "json", "--soft-fail"]
        tools["Checkov, its own"] = lambda plan: [checkov, "--framework", "terraform_plan", *quiet, "-f", plan]
    print("What others take as a multiple of bricklint with its default rules:\n")
    heading("resources", "MB", "tool", "CPU, ratio", "wall, ratio", "memory, ratio", "CPU s", "wall s", "MiB")
    slow = set()
    for size in args.peers:
        plan = str(generate(args.generator, scratch, size) / "plan.json")
        own = None
        for tool, command in tools.items():
            cells = [f"{size:,}", f"{os.path.getsize(plan) / 1e6:.1f}", tool]
            if tool in slow:
                continue
            try:
                it = measure(command(plan), args.runs, None if own is None else args.limit)
            except TooSlow:
                slow.add(tool)
                row(*cells, "–", f"> {args.limit / own[1]:.0f}", "–", "–", f"> {args.limit:.0f}", "–")
                continue
            own = own or it
            ratios = [f"{a / b:.3g}" for a, b in zip(it, own)]
            row(*cells, *ratios, f"{it[0]:.3f}", f"{it[1]:.3f}", f"{it[2]:,.0f}")
    missing = [tool for tool, it in {"regorus": regorus, "Conftest": conftest, "Checkov": checkov}.items() if not it]
    if missing:
        print("\nNot here:", ", ".join(missing))


def main():
    args = arguments()
    bricklint, parse, regorus = binaries(bool(args.peers))
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        if args.sizes:
            table_of_sizes(args, scratch, bricklint, parse)
        if args.peers:
            table_of_peers(args, scratch, bricklint, regorus)


if __name__ == "__main__":
    main()
