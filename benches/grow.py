#!/usr/bin/env python3
"""Whether the cost of each rule's mistakes grows with their number: rules that compare everything with everything.

    benches/grow.py [PLAN ...] [--small 50] [--large 200] [--times 2.0]

Multiplies the resources of a plan, each copy with names, ids and references of its own, and prints the plans whose
large multiple takes more than TIMES as long for each byte as the small one. PLAN is a file, a directory with a
plan.json, or a fixture as the table names it; without any the plans of all fixtures that hold a mistake are taken,
which takes a quarter of an hour. Every rule runs, on one thread and without source. BRICKLINT names a ready binary,
which is built otherwise.

The copies are no plans that Terraform would write: what a fixture says once (an account, a region, a metastore that
is found by its name), all copies say. A growing number of findings, which is printed too, explains a growing cost.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
# Arguments whose text identifies something, and values that many things share.
IDENTIFYING = re.compile(r"(^|_)(name|bucket|id|ids|url|email|label|alias|key|storage_root)$")
SHARED = re.compile(r"account_id|region|availability_zone|zone_id|service_name|databricks|^(true|false)$")
FIXED_LENGTH = re.compile(r"\d+|[0-9a-f-]{36}|(vpc|subnet|sg|vpce|rtb)-[0-9a-f]+")
# Numbers above this are ids.
LARGEST_SETTING = 10**10


def modules(module):
    yield module
    for child in module.get("child_modules", []):
        yield from modules(child)
    for call in module.get("module_calls", {}).values():
        yield from modules(call.get("module", {}))


def worlds(plan):
    for root in (plan.get("planned_values"), plan.get("prior_state", {}).get("values"), plan.get("configuration")):
        if root and root.get("root_module"):
            yield from modules(root["root_module"])


def identifying(value, key=""):
    """Texts that identify something, below a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from identifying(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from identifying(inner, key)
    elif isinstance(value, str) and len(value) >= 5 and not value.startswith("arn:") and " " not in value:
        if IDENTIFYING.search(key) and not SHARED.search(key) and not SHARED.search(value):
            yield value


def one_of(words):
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class Copies:
    """Makes copies of the resources of a plan that have nothing to do with one another."""

    def __init__(self, plan):
        changes = plan.get("resource_changes", []) + plan.get("resource_drift", [])
        resources = changes + [it for module in worlds(plan) for it in module.get("resources", [])]
        addresses = {f"{it['type']}.{it['name']}" for it in resources}
        self.addresses = re.compile(rf"(?<![\w-])({one_of(addresses)})(?![\w-])")
        states = [it["change"].get(side) for it in changes for side in ("before", "after")]
        names = {name for state in states for name in identifying(state)}
        self.names = re.compile(one_of(names)) if names else None

    def text(self, text, number):
        renamed = self.addresses.sub(lambda it: f"{it[1]}_{number}", text)
        if renamed != text or not self.names:
            return renamed

        def other(match):
            name = match[0]
            return name[:-5] + f"{number:05d}"[-5:] if FIXED_LENGTH.fullmatch(name) else f"{name}{number}"

        return self.names.sub(other, text)

    def value(self, value, number):
        if isinstance(value, dict):
            return {name: self.value(inner, number) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, number) for inner in value]
        if isinstance(value, str):
            return self.text(value, number)
        if isinstance(value, int) and value > LARGEST_SETTING:
            return value + number
        return value

    def of(self, resources, times):
        for number in range(times):
            for resource in resources:
                yield {**self.value(resource, number), "name": f"{resource['name']}_{number}"}


def multiplied(plan, times):
    copies = Copies(plan)
    for module in worlds(plan):
        if "resources" in module:
            module["resources"] = list(copies.of(module["resources"], times))
    for changes in ("resource_changes", "resource_drift"):
        if changes in plan:
            plan[changes] = list(copies.of(plan[changes], times))
    return plan


def judged(binary, plan, limit):
    """CPU seconds, and how many findings; no figures of what takes longer than the limit."""
    command = [binary, "check", plan, "-o", "json", "--jobs", "1", "--profile", "all", "--possible", "--no-config"]
    before = os.times()
    try:
        run = subprocess.run(command + ["--source-root", "none"], capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return float(limit), None
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    try:
        return seconds, len(json.loads(run.stdout)["findings"])
    except ValueError:
        sys.exit(f"{plan} was not judged: {run.stderr.decode(errors='replace')}")


def found(name):
    """The file that an argument names."""
    for path in (pathlib.Path(name), pathlib.Path(name) / "plan.json", FIXTURES / name / "plan.json"):
        if path.is_file():
            return path.resolve()
    sys.exit(f"{name} is no plan, no directory with a plan.json and no fixture")


def built():
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return str(ROOT / "target/release/bricklint")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", nargs="*", metavar="PLAN")
    parser.add_argument("--small", type=int, default=50)
    parser.add_argument("--large", type=int, default=200)
    parser.add_argument("--times", type=float, default=2.0)
    parser.add_argument("--limit", type=int, default=60, help="seconds after which a run is stopped")
    given = parser.parse_args()
    plans = [found(name) for name in given.plans] or sorted(FIXTURES.glob("*/bad*/plan.json"))
    binary = os.environ.get("BRICKLINT") or built()
    print("| plan | MB | CPU s | findings | CPU s for a byte, ratio |\n| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        for path in plans:
            figures = []
            for times in (given.small, given.large):
                text = json.dumps(multiplied(json.loads(path.read_text()), times), separators=(",", ":"))
                copy = pathlib.Path(scratch) / "plan.json"
                copy.write_text(text)
                figures.append((*judged(binary, str(copy), given.limit), len(text) / 1e6))
            (small, few, less), (large, many, more) = figures
            ratio = (large / more) / (max(small, 0.01) / less)
            if ratio > given.times:
                stopped = "> " if many is None else ""
                findings = "" if many is None else f"{few} → {many}"
                name = path.parent.relative_to(FIXTURES) if path.is_relative_to(FIXTURES) else path
                row = [str(name), f"{more:.1f}", f"{small:.2f} → {stopped}{large:.2f}", findings, f"{stopped}{ratio:.1f}"]
                print("| " + " | ".join(row) + " |", flush=True)
    print(f"\n{len(plans)} plans; those above {given.times:g} are listed", file=sys.stderr)


if __name__ == "__main__":
    main()
