#!/usr/bin/env python3
"""Writes the table of docs/operators.md from what tests passed.

    python3 tools/operators_table.py build/release           (--check: only says whether the page is true)

It runs the suites that go over every op; each notes in its report the op and the form that passed. An op has a form if
all its examples in that form passed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITES = ["conformance_test", "generated_code_test", "sweep_test"]
BEGIN, END = "<!-- table: tools/operators_table.py -->", "<!-- end of the table -->"
# What a word in the table does not say.
LIMITS = json.loads((ROOT / "docs" / "operator_limits.json").read_text())


def passed(build):
    """op -> set of forms, from the reports of all suites."""
    forms = defaultdict(set)
    for suite in SUITES:
        programs = [p for p in Path(build).rglob(suite) if p.is_file()]
        if not programs:
            sys.exit(f"no {suite} in {build}: build the tests first")
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            run = subprocess.run([programs[0], f"--gtest_output=json:{report}", "--gtest_brief=1"], capture_output=True, text=True)
            if run.returncode != 0:
                sys.exit(f"{suite} fails: the table is made of tests that pass\n{run.stdout[-3000:]}")
            for group in json.loads(report.read_text())["testsuites"]:
                for test in group["testsuite"]:
                    for key in test:
                        if "/" in key and key.split("/")[0].islower():
                            op, form = key.split("/", 1)
                            forms[op].add(form)
    return forms


def table(forms):
    lines = ["| operator | in `.tflite` | float32 | int8 | int16 | generated code | equal to the reference | training | limits |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for op in sorted(forms):
        has = forms[op]
        named = next((f.removeprefix("named ") for f in has if f.startswith("named ")), "-")
        equal = ", ".join(sorted(f.removeprefix("reference ") for f in has if f.startswith("reference ")))
        yes = lambda form: "yes" if form in has else "-"  # noqa: E731
        lines.append(f"| {op} | {named} | {yes('float32')} | {yes('int8')} | {yes('int16')} | {yes('code')} | {equal or '-'} | "
                     f"{yes('training')} | {LIMITS.get(op, '')} |")  # fmt: skip
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", help="a build folder with the tests in it")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not what tests say")
    arguments = parser.parse_args()
    page = ROOT / "docs" / "operators.md"
    text = page.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    new = f"{before}{BEGIN}\n{table(passed(arguments.build))}\n{END}{after}"
    if arguments.check:
        if new != text:
            sys.exit("docs/operators.md is not what the tests say: run tools/operators_table.py BUILD_FOLDER")
        return
    page.write_text(new)


if __name__ == "__main__":
    main()
