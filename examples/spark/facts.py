#!/usr/bin/env python3
"""Judges a directory of plans with Spark: `bricklint facts` in every partition, one `merge`.

    facts.py PLANS OUT [--bricklint PATH] [--partitions N] [-- FLAGS OF MERGE]

PLANS is whatever Spark reads as files: a directory, a volume, a bucket. Each row of a table with the
columns `path` (from the root that units are named from) and `content` does as well, see `plans`.
The driver leaves OUT/facts/*.jsonl.gz, which `bricklint merge` joins, and ends with its exit code.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

import pandas
from pyspark.sql import DataFrame, SparkSession, functions

# No bricklint.toml and no source on executors: the same has to be said to `merge`.
SETTINGS = ["--no-config", "--source-root", "none"]

# Spark takes a task for each directory that it lists, and reads 32 files at most in one: plans are small, and
# each in a directory of its own.
SMALL_FILES = {
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "64",
    "spark.sql.files.openCostInBytes": str(64 << 10),
}


def plans(spark: SparkSession, root: str) -> DataFrame:
    """The plans below a directory: `path` from there on, and `content`."""
    files = (
        spark.read.format("binaryFile")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.json")
        .load(root)
    )
    here = urllib.parse.unquote(urllib.parse.urlparse(root).path).rstrip("/") + "/"
    path = functions.expr("substring_index(path, ':', -1)")
    path = functions.regexp_replace(path, "^/+", "/")
    below = functions.replace(path, functions.lit(here), functions.lit(""))
    return files.select(below.alias("path"), "content")


def judge(bricklint: str, key: str):
    """What runs in a partition: batches of plans in, one file of facts out."""

    def run(batches):
        with tempfile.TemporaryDirectory() as scratch:
            root = pathlib.Path(scratch, "plans")
            count = 0
            for batch in batches:
                for path, content in zip(batch["path"], batch["content"]):
                    file = root / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    count += 1
            if not count:
                return
            out = pathlib.Path(scratch, "facts.jsonl.gz")
            done = subprocess.run(
                [bricklint, "facts", ".", "--unit-root", ".", "--jobs", "1", *SETTINGS, "--out", out],
                cwd=root,
                env={"BRICKLINT_FACTS_KEY": key},
                capture_output=True,
                text=True,
            )
            # With 2 the file is there all the same where a plan could not be judged: it says so.
            if not out.exists():
                raise RuntimeError(f"bricklint facts: {done.stderr}")
            yield pandas.DataFrame({"plans": [count], "facts": [out.read_bytes()]})

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--bricklint", default="bricklint", help="path on every executor")
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--key-file", type=pathlib.Path, help="holds BRICKLINT_FACTS_KEY")
    ours, behind = sys.argv[1:], []
    if "--" in ours:
        at = ours.index("--")
        ours, behind = ours[:at], ours[at + 1 :]
    args = parser.parse_args(ours)
    key = args.key_file.read_text().strip() if args.key_file else ""

    # Workers of a local run have what the driver has.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("bricklint").config(map=SMALL_FILES).getOrCreate()
    started = time.monotonic()
    rows = plans(spark, args.plans).repartition(args.partitions)
    facts = rows.mapInPandas(judge(args.bricklint, key), "plans long, facts binary")
    out = args.out / "facts"
    out.mkdir(parents=True, exist_ok=True)
    files, count = [], 0
    # Facts are a small part of the plans: they fit the driver where the plans would not.
    for number, row in enumerate(facts.collect()):
        file = out / f"{number:05d}.jsonl.gz"
        file.write_bytes(row["facts"])
        files.append(file)
        count += row["plans"]
    print(f"facts of {count} plans in {len(files)} files: {time.monotonic() - started:.1f} s")
    started = time.monotonic()
    merge = [args.bricklint, "merge", *files, *SETTINGS, *behind]
    done = subprocess.run(merge, env={"BRICKLINT_FACTS_KEY": key})
    print(f"merge: {time.monotonic() - started:.1f} s")
    spark.stop()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
