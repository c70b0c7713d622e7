#!/usr/bin/env python3
"""Writes small plans, as `terraform show -json` would, for trying things out at scale.

    make_plans.py DIR [COUNT]        (COUNT is 20000 by default)

Each unit `units/NNN/NNNNNN/tfplan.json` creates a Databricks workspace's metastore assignment, an
external location and a grant. Every hundredth unit makes a mistake that shows only beside another
plan: it assigns the workspace of the unit before.
"""

import argparse
import json
import pathlib

REGISTRY = "registry.terraform.io/"
DATABRICKS = REGISTRY + "databricks/databricks"


def resource(type_, name, values, depends_on=()):
    """An instance that the plan creates, and its block of the configuration."""
    change = {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": DATABRICKS,
        "change": {
            "actions": ["create"],
            "before": None,
            "after": values,
            "after_unknown": {"id": True},
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }
    block = {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_config_key": "databricks",
        "expressions": {key: {"constant_value": value} for key, value in values.items()},
        "schema_version": 0,
    }
    if depends_on:
        block["depends_on"] = list(depends_on)
    return change, block


def plan(number):
    """The plan of one unit."""
    metastore = f"00000000-0000-4000-8000-{number // 1000:012d}"
    workspace = number - 1 if number % 100 == 99 else number
    name = f"landing_{number:06d}"
    pairs = [
        resource(
            "databricks_metastore_assignment",
            "this",
            {"workspace_id": 4_000_000_000_000_000 + workspace, "metastore_id": metastore},
        ),
        resource(
            "databricks_external_location",
            "landing",
            {
                "name": name,
                "url": f"s3://acme-{number:06d}-landing/data",
                "credential_name": "lake",
            },
            ["databricks_metastore_assignment.this"],
        ),
        resource(
            "databricks_grant",
            "readers",
            {
                "external_location": name,
                "principal": f"team-{number % 50}",
                "privileges": ["READ_FILES"],
            },
            ["databricks_external_location.landing"],
        ),
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.13.3",
        "complete": True,
        "errored": False,
        "resource_changes": [change for change, _ in pairs],
        "configuration": {
            "provider_config": {
                "databricks": {
                    "name": "databricks",
                    "full_name": DATABRICKS,
                    "expressions": {
                        "host": {"constant_value": f"https://acme-{workspace}.cloud.databricks.com"}
                    },
                }
            },
            "root_module": {"resources": [block for _, block in pairs]},
        },
    }


def main():
    parser = argparse.ArgumentParser(description="Writes small plans for trying things out at scale.")
    parser.add_argument("root", metavar="DIR", type=pathlib.Path)
    parser.add_argument("count", metavar="COUNT", type=int, nargs="?", default=20_000)
    arguments = parser.parse_args()
    root, count = arguments.root, arguments.count
    for number in range(count):
        unit = root / "units" / f"{number // 1000:03d}" / f"{number:06d}"
        unit.mkdir(parents=True, exist_ok=True)
        (unit / "tfplan.json").write_text(json.dumps(plan(number)))
    print(f"{count} plans in {root}")


if __name__ == "__main__":
    main()
