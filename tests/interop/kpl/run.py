#!/usr/bin/env python3
"""Runs the test of aggregated records against the npm package aws-kinesis-agg. No broker is needed.

usage: run.py --tool FILE --build DIR     as ctest does; FILE is penstock-kpl-tool

The seed of the random records is printed; INTEROP_SEED=N in the environment gives the same again. Ends with 0 if all was as
expected, 1 if not, and 77 (skipped) if the package cannot be had because its registry is out of reach; with CI=true in the
environment that is 1 too.
"""

import argparse
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
# pylint: disable=wrong-import-position
from clients import JavaScript, Unreachable

SKIPPED = 77
PROGRAM_SECONDS = 300


class KinesisAgg(JavaScript):
    """The sources of node lie apart from the tool's, which is compiled with the tests."""

    def __init__(self):
        super().__init__("kpl")
        self.sources = HERE / "node"


def main():
    parser = argparse.ArgumentParser(description="Interop test of aggregated records.")
    parser.add_argument("--tool", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="for what is downloaded")
    arguments = parser.parse_args()
    try:
        command = KinesisAgg().prepare(arguments.build.resolve())
    except Unreachable as error:
        in_ci = os.environ.get("CI") == "true"
        print(f"{'FAILED' if in_ci else 'SKIPPED'}: interop kpl: {error}")
        return 1 if in_ci else SKIPPED
    try:
        return subprocess.run([*command, arguments.tool.resolve()], check=False, timeout=PROGRAM_SECONDS).returncode
    except subprocess.TimeoutExpired:
        print(f"WRONG: not done after {PROGRAM_SECONDS} s")
        return 1


if __name__ == "__main__":
    sys.exit(main())
