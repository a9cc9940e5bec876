#!/usr/bin/env python3
"""Holds runtime/ to the rules of code that ships inside firmware.

    tools/check_runtime.py [--no-compile] [ROOT]

Read as text: allow-listed headers, no heap, exceptions, run-time types, libm, standard library, mutable state.
Compiled: each header alone in C++14, 17 and 20, on the host and for Cortex-M where the compiler is installed; the
inline functions are kept, so that calls into libraries and writable sections show up in the object file.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ALLOWED_HEADERS = {
    "stdint.h", "stddef.h",
    # Compilers' intrinsics, and the header that reads constants from flash on AVR.
    "arm_acle.h", "arm_neon.h", "arm_mve.h", "riscv_vector.h", "avr/pgmspace.h",
    "immintrin.h", "emmintrin.h", "smmintrin.h", "tmmintrin.h", "xmmintrin.h",
}  # fmt: skip

FORBIDDEN_WORDS = {
    "new": "no heap", "delete": "no heap", "malloc": "no heap", "calloc": "no heap", "realloc": "no heap",
    "free": "no heap", "alloca": "stack use must be known",
    "throw": "no exceptions", "try": "no exceptions", "catch": "no exceptions",
    "dynamic_cast": "no run-time types", "typeid": "no run-time types",
    "thread_local": "no mutable globals",
}  # fmt: skip
LIBM = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 fabs floor fma fmax fmin fmod "
    "frexp hypot ldexp log log10 log1p log2 logb lrint lround modf nearbyint pow remainder rint round scalbn sin sinh "
    "sqrt tan tanh tgamma trunc"
).split()
LIBM_CALL = re.compile(r"(?<![\w:.])(?:::)?(?:__builtin_)?((?:%s)[fl]?)\s*\(" % "|".join(LIBM))
# These two become one instruction or a bit operation on every target.
INLINED_BUILTINS = re.compile(r"__builtin_(?:fabs|copysign)[fl]?\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

STANDARDS = ["gnu++14", "c++17", "c++20"]
STRICT = "-ffreestanding -nostdinc++ -fno-exceptions -fno-rtti -Wall -Wextra -Wconversion -Wshadow -Wundef -Werror".split()
TARGETS = {
    # The header of intrinsics brings functions along that call an allocator, unless its own guard keeps them out.
    "host": ("g++", "nm", ["-D_MM_MALLOC_H_INCLUDED", "-D__MM_MALLOC_H"]),
    "cortex-m0plus": ("arm-none-eabi-g++", "arm-none-eabi-nm", ["-mthumb", "-mcpu=cortex-m0plus"]),
    "cortex-m4": ("arm-none-eabi-g++", "arm-none-eabi-nm", ["-mthumb", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]),
    "cortex-m55": ("arm-none-eabi-g++", "arm-none-eabi-nm", ["-mthumb", "-mcpu=cortex-m55", "-mfloat-abi=hard"]),
}  # fmt: skip
# What a compiler may call on its own: copies, and its own arithmetic library (libgcc).
COMPILER_CALLS = re.compile(r"^(mem(cpy|move|set|cmp)|__aeabi_\w+|__gnu_\w+|__\w+(si|di|ti|sf|df|tf)\d?|_GLOBAL_OFFSET_TABLE_)$")
WRITABLE_SECTION = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*|COMMON)")


def blank(match):
    """The same number of lines, nothing on them."""
    return "\n" * match[0].count("\n") or " "


def without_comments_and_strings(text):
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, text, flags=re.S)


def without_preprocessor(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, code, flags=re.M)


def strip_template_heads(statement):
    """Drops leading template<...>, whose `class` would read as a type's."""
    while True:
        match = re.match(r"\s*template\s*<", statement)
        if not match:
            return statement.strip()
        depth, at = 1, match.end()
        while at < len(statement) and depth:
            depth += {"<": 1, ">": -1}.get(statement[at], 0)
            at += 1
        statement = statement[at:]


def without_parentheses(statement):
    """Drops what stands in parentheses, and the parentheses."""
    kept, depth = [], 0
    for character in statement:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character != ")":
            kept.append(character)
    return "".join(kept)


def is_mutable_variable(statement, scope):
    """Whether a statement, up to its `;`, declares state that outlives a call: a heuristic on its words."""
    statement = strip_template_heads(statement)
    statement = re.sub(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)|\b__attribute__\s*\(\(.*?\)\)", " ", statement, flags=re.S)
    statement = re.sub(r"^\s*(public|private|protected)\s*:", " ", statement).strip()
    if not statement or re.match(r"(using|typedef|namespace|static_assert|friend|asm|return|case|default)\b", statement):
        return False
    is_static = re.search(r"\bstatic\b", statement) is not None
    if scope in ("code", "type") and not is_static:
        return False
    if re.search(r"\bconstexpr\b", statement):
        return False
    head = re.split(r"[={]", re.sub(r"\boperator\s*[^\s(]+", "operator", statement), maxsplit=1)[0]
    if scope != "code" and "(" in head:
        return False  # a function's declaration
    if re.match(r"(struct|class|union|enum)(\s+class)?\s+[\w:]+(\s*:\s*\w+)?$", statement):
        return False  # a type's declaration
    if "*" in head:
        return not re.search(r"\*\s*const\b[^*]*$", head)
    return not re.search(r"\bconst\b", head)


def mutable_state(code):
    """Yields (line, statement) of variables at namespace scope, static members and static locals that are not const."""
    scopes, statement, line, start = ["namespace"], "", 1, 1
    parentheses = 0
    for character in without_preprocessor(code):
        if character == "\n":
            line += 1
        if not statement.strip():
            start = line
        scope = scopes[-1]
        if character == "(":
            parentheses += 1
        elif character == ")":
            parentheses -= 1
        if character == "{" and scope != "init":
            bare = strip_template_heads(statement)
            if re.search(r"\bnamespace\b", bare) or re.match(r"extern\s*$", bare):
                scopes.append("namespace")
            elif re.match(r"(typedef\s+)?(struct|class|union|enum)\b", bare) and "(" not in re.sub(r"alignas\s*\([^()]*\)", "", bare):
                scopes.append("type")
            elif ")" in bare and "=" not in without_parentheses(re.sub(r"\boperator\s*[^\s(]+", "", bare)):
                scopes.append("code")
            elif scope == "code" and (not bare or re.match(r"(else|do)\b", bare)):
                scopes.append("code")
            else:
                scopes.append("init")
                statement += "{"
                continue
            statement = ""
        elif character == "{":
            scopes.append("init")
        elif character == "}" and len(scopes) > 1:
            closed = scopes.pop()
            if closed != "init":
                statement = ""
        elif character == ";" and parentheses <= 0 and scope != "init":
            if is_mutable_variable(statement, scope):
                yield start, " ".join(statement.split())
            statement, parentheses = "", 0
        elif scope != "init":
            statement += character


def check_text(path, shown):
    text = path.read_text(encoding="utf-8")
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match and not (match[2] in ALLOWED_HEADERS or (match[1] == '"' and match[2].startswith("mote/rt/"))):
            problems.append(f"{shown}:{number}: <{match[2]}> is not on the list of headers firmware may use")
    code = without_comments_and_strings(text)
    for number, line in enumerate(code.splitlines(), 1):
        line = re.sub(r"=\s*delete\b", "", line)
        if re.match(r"\s*#\s*include", line):
            continue
        for word in re.findall(r"\b[a-z_]+\b", line):
            if word in FORBIDDEN_WORDS:
                problems.append(f"{shown}:{number}: `{word}`: {FORBIDDEN_WORDS[word]} in firmware")
        if re.search(r"\bstd\s*::", line):
            problems.append(f"{shown}:{number}: `std::`: firmware has no standard library")
        for match in LIBM_CALL.finditer(INLINED_BUILTINS.sub("", line)):
            problems.append(f"{shown}:{number}: `{match[1]}(`: no libm in firmware; call a function of mote/rt, or name yours otherwise")
    for number, statement in mutable_state(code):
        problems.append(f"{shown}:{number}: `{statement}`: mutable state; make it const or constexpr, or let the caller own it")
    return problems


def first_lines(output, count=12):
    return "\n".join("    " + line for line in output.splitlines()[:count])


def compile_header(include_folder, header, target, standard):
    """Syntax and warnings in one standard. The header stands first and twice: it must not lean on others."""
    compiler, _, flags = TARGETS[target]
    command = [compiler, f"-std={standard}", *flags, *STRICT, "-fsyntax-only", "-I", str(include_folder), "-x", "c++", "-"]
    source = f'#include "{header}"\n#include "{header}"\n'
    result = subprocess.run(command, input=source, capture_output=True, text=True)
    if result.returncode:
        return [f"{header}: does not compile alone as {standard} for {target}:\n{first_lines(result.stderr)}"]
    return []


def check_object(include_folder, header, target, folder):
    """What the inline functions leave in an object file: writable data and calls into libraries."""
    compiler, nm, flags = TARGETS[target]
    obj = Path(folder) / f"{header.replace('/', '_')}.{target}.o"
    command = [compiler, "-std=gnu++14", *flags, *STRICT, "-O2", "-fno-pic", "-fkeep-inline-functions",
               "-I", str(include_folder), "-x", "c++", "-c", "-o", str(obj), "-"]  # fmt: skip
    built = subprocess.run(command, input=f'#include "{header}"\n', capture_output=True, text=True)
    if built.returncode:
        return [f"{header}: does not compile with its inline functions kept for {target}:\n{first_lines(built.stderr)}"]
    table = subprocess.run([nm, "-f", "sysv", "-C", str(obj)], capture_output=True, text=True, check=True).stdout
    problems = []
    for row in table.splitlines():
        fields = [field.strip() for field in row.rsplit("|", 6)]
        if len(fields) != 7:
            continue
        name, kind, section = fields[0], fields[2], fields[6]
        if kind in ("U", "w") and not COMPILER_CALLS.match(name):
            problems.append(f"{header}: calls `{name}`, which firmware does not have ({target})")
        elif WRITABLE_SECTION.match(section):
            problems.append(f"{header}: `{name}` lies in {section}, which is writable ({target})")
    return problems


def check_compiled(root):
    include_folder = root / "runtime" / "include"
    headers = sorted(str(p.relative_to(include_folder)) for p in include_folder.rglob("*.h"))
    targets = [name for name, (compiler, nm, _) in TARGETS.items() if shutil.which(compiler) and shutil.which(nm)]
    for name in TARGETS:
        if name not in targets:
            print(f"runtime: {TARGETS[name][0]} is not installed, so nothing was compiled for {name}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        waiting = []
        for header in headers:
            for target in targets:
                waiting += [pool.submit(compile_header, include_folder, header, target, s) for s in STANDARDS]
                waiting.append(pool.submit(check_object, include_folder, header, target, folder))
        return [problem for job in waiting for problem in job.result()]


def main(arguments):
    compiled = "--no-compile" not in arguments
    arguments = [a for a in arguments if a != "--no-compile"]
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parent.parent)
    files = sorted(p for p in (root / "runtime").rglob("*") if p.suffix in {".h", ".cpp", ".c", ".S"} and not p.stem.endswith("_test"))
    if not files:
        print(f"runtime: no sources below {root / 'runtime'}", file=sys.stderr)
        return 1
    problems = [problem for path in files for problem in check_text(path, path.relative_to(root))]
    if compiled:
        problems += check_compiled(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"runtime: {len(problems)} problem(s)", file=sys.stderr)
        return 1
    print(f"runtime: {len(files)} files keep the embedded rules")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
