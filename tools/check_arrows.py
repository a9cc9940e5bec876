#!/usr/bin/env python3
"""Refuses includes between the rooms of src/ that go against the arrows of ARCHITECTURE.md, and files grown too long.

    tools/check_arrows.py [ROOT]

A room may include from itself, from the rooms it uses, and from whatever those use in turn. Siblings are strangers.
The build links no room (DEPS of mote_library in src/*/CMakeLists.txt) that the arrows do not allow.
"""

import re
import sys
from pathlib import Path

# room: the rooms it uses directly. "runtime" is runtime/include, written "mote/rt/...".
ARROWS = {
    "base": [],
    "tensor": ["base"],
    "target": ["tensor", "runtime"],
    "ops": ["target"],
    "graph": ["ops"],
    "passes": ["graph"],
    "plan": ["graph"],
    "formats": ["graph"],
    "onnx": ["formats", "passes"],
    "interp": ["plan"],
    "codegen": ["plan"],
    "data": ["tensor"],
    "train": ["graph", "data"],
    "compress": ["train", "interp", "passes"],
    "boards": ["codegen"],
    "pipeline": ["compress", "boards", "formats", "onnx"],
    "cli": ["pipeline"],
    "lab": ["pipeline"],
    "runtime": [],
}

LINE_LIMIT = 600
SOURCES = {".h", ".hpp", ".cpp", ".cc", ".S", ".py", ".ts", ".js", ".sh"}
COUNTED_FOLDERS = ["src", "runtime", "tests", "fuzz", "bench", "examples", "tools", "web/src"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARY = re.compile(r"mote_library\(\s*(\w+)([^)]*)\)")


def reachable(room):
    """The room and all it may use, along the arrows."""
    seen, waiting = set(), [room]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(ARROWS[current])
    return seen


def include_problem(path, root, room, quote, target):
    """What is wrong with one include of a file in `room`, or None."""
    first = target.split("/")[0]
    if ".." in target.split("/"):
        return f'"{target}" climbs out of its folder; write it from src/, as in "base/result.h"'
    if target.startswith("mote/rt/"):
        first = "runtime"
    elif quote == '"' and path.parent == root / "src" / room and (path.parent / target).exists():
        return f'"{target}" is written "{room}/{target}" here, so that every include reads the same everywhere'
    elif "/" not in target:
        return None  # a system header, or one of tests/support
    elif first not in ARROWS:
        if (root / "src" / first).is_dir():
            return f'"{target}": room src/{first} is not in the table of tools/check_arrows.py'
        return None  # a library's header
    if first in reachable(room):
        return None
    may = ", ".join(sorted(reachable(room) - {room})) or "nothing"
    return f'"{target}": {room} may not use {first} (it may use {may}); move the code, or pass the value in'


def check_includes(root):
    problems = []
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        room = folder.name
        if room not in ARROWS:
            problems.append(f"src/{room}: a room without arrows; add it to the table of tools/check_arrows.py")
            continue
        for path in sorted(p for p in folder.rglob("*") if p.suffix in {".h", ".hpp", ".cpp", ".cc"}):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                problem = match and include_problem(path, root, room, match[1], match[2])
                if problem:
                    problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    return problems


def check_build_lists(root):
    """A room links only what its arrows allow."""
    problems = []
    for path in sorted((root / "src").glob("*/CMakeLists.txt")):
        match = LIBRARY.search(path.read_text(encoding="utf-8"))
        if not match or match[1] not in ARROWS:
            continue
        strangers = set(re.findall(r"\bmote_(\w+)", match[2])) - reachable(match[1])
        if strangers:
            problems.append(
                f"{path.relative_to(root)}: {match[1]} may not link {', '.join(sorted(strangers))}; "
                "see the table of tools/check_arrows.py"
            )
    return problems


def check_lengths(root):
    problems = []
    for folder in COUNTED_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SOURCES or not path.is_file() or "node_modules" in path.parts:
                continue
            count = len(path.read_text(encoding="utf-8").splitlines())
            if count > LINE_LIMIT:
                problems.append(f"{path.relative_to(root)}: {count} lines, more than {LINE_LIMIT}; which two ideas are in it?")
    return problems


def main(arguments):
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parent.parent)
    problems = check_includes(root) + check_build_lists(root) + check_lengths(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"arrows: {len(problems)} problem(s)", file=sys.stderr)
        return 1
    print("arrows: every include follows them")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
