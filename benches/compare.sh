#!/usr/bin/env bash
# CPU seconds and peak memory of the release binary on generated plans, beside a mere parse of the
# same files into serde_json::Value, in one run on one machine: what counts is the ratio.
#
#   benches/compare.sh GENERATOR [RESOURCES]...      (or GENPLAN=GENERATOR benches/compare.sh)
#
# GENERATOR is a Python script that writes plans: `--resources N --seed S -o FILE` one of N
# resources, `--many M --outdir DIR` that many small ones. RUNS (default 5) runs of each are made,
# and the best is shown; MANY (default 1000) is the number of small plans. Needs python3. Where
# valgrind is installed the instructions of one thread are counted too, without and with policies:
# these repeat exactly, however busy the machine is.
set -euo pipefail
cd "$(dirname "$0")/.."

generator=${GENPLAN:-}
if [ -z "$generator" ]; then
    generator=${1:?usage: benches/compare.sh GENERATOR [RESOURCES]...}
    shift
fi
sizes=("$@")
if [ ${#sizes[@]} -eq 0 ]; then sizes=(100 10000); fi

cargo build --release --quiet --bin bricklint --example parse_value
target=${CARGO_TARGET_DIR:-target}/release
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for size in "${sizes[@]}"; do
    mkdir -p "$scratch/$size"
    python3 "$generator" --resources "$size" --seed 1 -o "$scratch/$size/plan.json" > /dev/null
done
mkdir -p "$scratch/many"
python3 "$generator" --resources 50 --seed 1 --many "${MANY:-1000}" --outdir "$scratch/many" > /dev/null
# What the generator says about its plans is no plan.
find "$scratch/many" -name '*expected*.json' -delete

python3 - "$target" "$scratch" "${RUNS:-5}" "${sizes[@]}" many << 'PYTHON'
import glob, os, re, shutil, subprocess, sys, time

target, scratch, runs, *names = sys.argv[1:]
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def peak(command, floor):
    """Peak memory in MiB. A child counts what this Python held when it forked, so a small helper
    starts it; without one, small figures are those of Python."""
    helper = "/usr/bin/time"
    if not os.access(helper, os.X_OK):
        return floor
    log = f"{scratch}/time.txt"
    subprocess.run([helper, "-f", "peak %M", "-o", log, *command], **quiet)
    return int(re.search(r"peak (\d+)", open(log).read())[1]) / 1024

def instructions(command):
    """Instructions of a run on one thread, in millions; none without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/callgrind.out"]
    run = subprocess.run([*counted, *command, "--jobs", "1"], capture_output=True, text=True)
    found = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    return int(found[1]) / 1e6 if found and run.returncode == 0 else None

def measure(command):
    """CPU seconds, wall seconds and peak MiB of the best of several runs."""
    best = None
    for _ in range(int(runs)):
        start = time.perf_counter()
        process = subprocess.Popen(command, **quiet)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if process.returncode != 0:
            sys.exit(f"exit {process.returncode}: {' '.join(command[:6])} ...")
        one = usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024
        best = one if best is None else tuple(map(min, best, one))
    return *best[:2], peak(command, best[2])

print(f"best of {runs} runs; CPU and wall in seconds, memory in MiB")
print(f"{'plans':>8} {'MB':>7} | {'bricklint':^22} | {'with policies':^22} | {'Value, parse only':^22} | {'ratio':^16} | policies")
print(f"{'':8} {'':7} |" + " CPU     wall     mem   |" * 3 + "   CPU      mem   | CPU")
for name in names:
    files = sorted(glob.glob(f"{scratch}/{name}/**/*.json", recursive=True))
    size = sum(map(os.path.getsize, files)) / 1e6
    check = [f"{target}/bricklint", "check", "-q", "--fail-on", "never",
             "-o", f"sarif={scratch}/out.sarif", f"{scratch}/{name}"]
    own = measure([*check, "--no-config"])
    policies = measure([*check, "--config", "benches/policies.toml"])
    value = measure([f"{target}/examples/parse_value", *files])
    cell = lambda it: f"{it[0]:6.3f} {it[1]:7.3f} {it[2]:7.1f}"
    print(f"{name:>8} {size:7.2f} | {cell(own)} | {cell(policies)} | {cell(value)} |"
          f" {own[0] / value[0]:6.2f}  {own[2] / value[2]:7.2f} | {policies[0] / own[0] - 1:+6.0%}")
    counts = [instructions([*check, *which]) for which in (["--no-config"], ["--config", "benches/policies.toml"])]
    if None not in counts:
        own, policies = counts
        print(f"{'':16} | {own:.0f} M instructions, {policies:.0f} M with policies: {policies / own - 1:+.1%}")
PYTHON
