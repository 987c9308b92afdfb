"""Bench `quality`: how fast results become verdicts."""

import argparse
import importlib

CASES = ("rules", "verdict")


def main(argv: list[str]) -> int:
    """Run all cases or those that are asked for, each in the module of its name."""
    parser = argparse.ArgumentParser("tests.bench.quality", description=__doc__)
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args(argv)
    for case in CASES:
        if not asked.case or case in asked.case:
            importlib.import_module(f"tests.bench.quality.{case}").run(asked.seconds)
    return 0
