#!/usr/bin/env python3
"""Do the tests notice? Changes one operator at a time in kernels and planner, rebuilds, and names the test that fails.

    python3 tools/mutants.py --build build/release [--count 30] [--seed 4]

The places come from the seed alone, so a run can be repeated. A change that does not compile is replaced by the next one.
Changes that leave the results as they were (EQUIVALENT, each with its reason) are left out. Exit code 1 if a mutant
survives. The sources are changed in place and restored, also after an interrupt; files with changes of your own are refused.
"""

import argparse
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = "runtime/include/mote/rt/"

# Sources, and the tests that should notice, the quickest first.
GROUPS = [
    (["src/plan/arena.cpp", "src/plan/usage.cpp", "src/plan/check_plan.cpp", "src/plan/bands.cpp", "src/plan/copies.cpp",
      "src/target/walks.cpp"], ["plan_test", "walks_test"]),
    (["src/target/short_requantization.cpp", "src/target/dense_weights.cpp", RUNTIME + "short_requantize.h",
      RUNTIME + "depthwise3x3.h", RUNTIME + "depthwise_words.h"], ["target_test", "sweep_test"]),
    ([RUNTIME + "dense.h", RUNTIME + "dense_panel.h"], ["target_test", "sweep_test"]),
    ([RUNTIME + name for name in ("conv2d.h", "depthwise_conv2d.h", "fully_connected.h", "weighted_sum.h", "window.h",
                                  "requantize.h", "pool2d.h", "softmax_s8.h", "linear_pair.h", "common_scale.h")],
     ["conformance_test", "sweep_test"]),
]

OPERATORS = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" \+ ", " - "),
    (r" - ", " + "), (r" \* ", " + "), (r" / ", " * "), (r" % ", " / "), (r" && ", " || "), (r"std::max\b", "std::min"),
    (r"std::min\b", "std::max"), (r" \+= ", " -= "), (r" << ", " >> "), (r" >> ", " << "),
]

# (file, line as it stands, replacement): why nothing can notice.
EQUIVALENT = {
    ("src/target/dense_weights.cpp",
     "return output < layer_.outputs ? static_cast<uint32_t>(layer_.bias[static_cast<size_t>(output)]) : 0;",
     "return output <= layer_.outputs ? static_cast<uint32_t>(layer_.bias[static_cast<size_t>(output)]) : 0;"):
        "the bias of a channel that is not there, whose output nobody keeps",
    (RUNTIME + "conv2d.h",
     "const bool whole_row = columns.tap_step == 1 && columns.input_step == 1 && p.filter_channels == p.input_channels;",
     "const bool whole_row = columns.tap_step != 1 && columns.input_step == 1 && p.filter_channels == p.input_channels;"):
        "windows that slide go tap by tap then, to the same sum; those that spread step backwards",
    (RUNTIME + "dense.h",
     "const int32_t width = (p.columns.output - 1) * p.columns.stride + (p.columns.kernel - 1) * p.columns.dilation + 1;",
     "const int32_t width = (p.columns.output - 1) * p.columns.stride + (p.columns.kernel + 1) * p.columns.dilation + 1;"):
        "more padding behind a line than any window reads",
    (RUNTIME + "pool2d.h",
     "return static_cast<Element>(value < p.low ? p.low : value > p.high ? p.high : value);",
     "return static_cast<Element>(value <= p.low ? p.low : value > p.high ? p.high : value);"):
        "a bound clamped to itself",
    ("src/target/short_requantization.cpp",
     "return form && form->bias >= low && form->bias < high;", "return form && form->bias > low && form->bias < high;"):
        "one bias fewer to choose from",
    (RUNTIME + "dense.h",
     "if (second_rest > 0) widen_2(column, rests, rests + second_rest, runs.rest_fours);",
     "if (second_rest >= 0) widen_2(column, rests, rests + second_rest, runs.rest_fours);"):
        "widens no group",
    ("src/target/short_requantization.cpp",
     "if (window.low >= window.high) return std::nullopt;", "if (window.low > window.high) return std::nullopt;"):
        "an empty window admits no bias either, after a longer search",
    (RUNTIME + "requantize.h",
     "const int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (int32_t{1} << 15)) >> 16 : 0x7FFF;",
     "const int32_t reduced = multiplier <= 0x7FFF0000 ? (multiplier + (int32_t{1} << 15)) >> 16 : 0x7FFF;"):
        "0x7FFF0000 itself gives 0x7FFF on both ways",
}


@dataclass(frozen=True)
class Mutant:
    path: str
    line: int  # from 0
    column: int
    old: str
    new: str
    tests: tuple

    def text(self, source):
        changed = source[self.line]
        return changed[:self.column] + self.new + changed[self.column + len(self.old):]

    def __str__(self):
        return f"{self.path}:{self.line + 1}:{self.column + 1} {self.old.strip()} -> {self.new.strip()}"


def code_lines(lines):
    """Numbers of the lines that the host compiles: no comments, directives, checks at compile time, other cores' parts."""
    other_core = []  # a level for each #if that is open
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("#if"):
            other_core.append(any(word in stripped for word in ("__ARM", "__AVR", "__riscv", "MOTE_RT_ARM")))
        elif stripped.startswith(("#else", "#elif")):
            other_core[-1] = False
        elif stripped.startswith("#endif"):
            other_core.pop()
        if stripped.startswith("#"):
            continue
        if any(other_core) or not stripped or stripped.startswith(("//", "template", "static_assert", "constexpr Kernel", '"')):
            continue
        yield number


def places():
    for sources, tests in GROUPS:
        for path in sources:
            lines = (ROOT / path).read_text().splitlines(keepends=True)
            for number in code_lines(lines):
                code = lines[number].split("//")[0]
                for pattern, new in OPERATORS:
                    for match in re.finditer(pattern, code):
                        mutant = Mutant(path, number, match.start(), match.group(), new, tuple(tests))
                        if (path, lines[number].strip(), mutant.text(lines).strip()) not in EQUIVALENT:
                            yield mutant


def built(build, tests):
    return subprocess.run(["cmake", "--build", build, "--target", *tests], capture_output=True).returncode == 0


def program(build, test):
    return next(path for path in Path(build).rglob(test) if path.is_file())


def run_test(build, test, seconds=None):
    return subprocess.run([program(build, test), "--gtest_fail_fast", "--gtest_brief=1"], capture_output=True, text=True,
                          errors="replace", timeout=seconds)


def seconds_allowed(build, tests):
    """How long each test may take before it counts as one that does not end; it passes as the sources stand."""
    allowed = {}
    for test in tests:
        begin = time.monotonic()
        if run_test(build, test).returncode != 0:
            sys.exit(f"mutants: {test} fails before anything is changed")
        allowed[test] = 30 + 4 * (time.monotonic() - begin)
    return allowed


def noticed_by(build, mutant, allowed):
    """The test that fails; None if none does."""
    for test in mutant.tests:
        try:
            run = run_test(build, test, allowed[test])
        except subprocess.TimeoutExpired:
            return f"{test} (does not end)"
        if run.returncode != 0:
            failed = re.search(r"\[  FAILED  \] ([^\s,]+)", run.stdout)
            return failed.group(1) if failed else f"{test} (ends with {run.returncode})"
    return None


def try_mutant(build, mutant, allowed):
    """None if it does not compile, else whether it was noticed and what to print."""
    file = ROOT / mutant.path
    original = file.read_text()
    lines = original.splitlines(keepends=True)
    lines[mutant.line] = mutant.text(lines)
    try:
        file.write_text("".join(lines))
        if not built(build, mutant.tests):
            return None
        return noticed_by(build, mutant, allowed) or ""
    finally:
        file.write_text(original)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    everything = sorted({path for sources, _ in GROUPS for path in sources})
    if subprocess.run(["git", "diff", "--quiet", "--", *everything], cwd=ROOT).returncode != 0:
        sys.exit("mutants: the sources to be changed have changes of your own; commit or stash them")
    tests = sorted({test for _, names in GROUPS for test in names})
    if not built(arguments.build, tests):
        sys.exit(f"mutants: {arguments.build} does not build; run cmake --build {arguments.build}")
    allowed = seconds_allowed(arguments.build, tests)
    candidates = list(places())
    by_group = [[m for m in candidates if m.path in sources] for sources, _ in GROUPS]
    order = random.Random(arguments.seed)
    for group in by_group:
        order.shuffle(group)
    tried = survivors = turn = 0
    while tried < arguments.count:
        group = by_group[turn % len(by_group)]
        turn += 1
        if not group:
            continue
        mutant = group.pop()
        noticed = try_mutant(arguments.build, mutant, allowed)
        if noticed is None:
            continue
        tried += 1
        survivors += noticed == ""
        print(f"{tried:3}  {noticed or 'SURVIVES':60}  {mutant}", flush=True)
    built(arguments.build, tests)
    print(f"{tried} mutants of {len(candidates)} places, {tried - survivors} noticed, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
