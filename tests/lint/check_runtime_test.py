import shutil
import unittest

from tree import TreeTest, load_tool

runtime = load_tool("check_runtime")

GOOD = """/// Adds; malloc in a comment, "new" in a string and 1'000 are fine.
#pragma once
#include <stdint.h>
#define MOTE_ADD(a, b) ((a) + (b))
namespace mote {
namespace rt {
struct Params {
  int32_t zero_point;
  const int8_t* table;
  static constexpr int32_t limit() { return 1; }
};
struct Later;
template <class T>
constexpr T add(T a, T b) noexcept { return MOTE_ADD(a, b); }
constexpr int32_t kTable[2][2] = {{1, 2}, {3, 4}};
static const char* const kName = "new";
struct NoCopy {
  NoCopy(const NoCopy&) = delete;
};
inline int32_t lookup(int32_t i) noexcept {
  static const int32_t local[] = {1, 2};
  for (int32_t j = add(0, 0), k = 1; j < k; ++j) { i += local[j & 1]; }
  if (i == 0) { return 1; } else { return static_cast<int32_t>(__builtin_fabsf(-1.0f)); }
}
constexpr bool operator==(const NoCopy&, const NoCopy&) noexcept { return true; }
bool operator==(const Params& a, const Params& b) noexcept;
}  // namespace rt
}  // namespace mote
"""


class RuntimeTest(TreeTest):
    def refused(self, text, message):
        self.write("runtime/include/mote/rt/bad.h", text)
        self.assert_refused("check_runtime", message, "--no-compile")

    def test_a_plain_kernel_passes(self):
        self.write("runtime/include/mote/rt/good.h", GOOD)
        self.assert_accepted("check_runtime")

    def test_an_empty_runtime_is_refused(self):
        self.assert_refused("check_runtime", "no sources")

    def test_headers_off_the_list(self):
        self.refused("#include <stdint.h>\n#include <math.h>\n", "bad.h:2: <math.h>")
        self.refused('#include "base/result.h"\n', "base/result.h")

    def test_heap_and_exceptions(self):
        self.refused("inline int* f() { return new int; }\n", "`new`")
        self.refused("void* f() { return malloc(4); }\n", "`malloc`")
        self.refused("struct A {\n  A(const A&) = delete;\n};\nvoid f(int* p) { delete p; }\n", "bad.h:4: `delete`")
        self.refused("void f() { throw 1; }\n", "`throw`")
        self.refused("const void* f(int& i) { return &typeid(i); }\n", "`typeid`")

    def test_libm(self):
        self.refused("extern \"C\" float expf(float);\n", "`expf(`")
        self.refused("float f(float x) { return __builtin_sqrtf(x); }\n", "`sqrtf(`")
        self.refused("float f(float x) { return std::sin(x); }\n", "`std::`")

    def test_mutable_state(self):
        cases = {
            "int32_t counter;": "int32_t counter",
            "namespace a { int32_t counter = 0; }": "counter",
            "static int8_t scratch[64] = {0};": "scratch",
            "struct P { int a; } instance;": "instance",
            "inline int f() { static int calls = 0; return ++calls; }": "static int calls",
            "inline int f(int n) { for (int i = f(1), j = 2; i < j; ++i) { static int calls; n += calls; } return n; }": "static int calls",
            "struct S { static int shared; };": "static int shared",
            'static const char* name = "x";': "name",
            "template <class T> int of_type = 0;": "of_type",
            'extern "C" { int shared; }': "int shared",
        }
        for source, named in cases.items():
            with self.subTest(source=source):
                self.refused(source + "\n", named)
                self.refused(source + "\n", "mutable state")

    @unittest.skipUnless(shutil.which("g++"), "g++ is not installed")
    def test_a_header_must_compile_alone(self):
        self.write("runtime/include/mote/rt/bad.h", "inline int8_t f() noexcept { return 0; }\n")
        self.assert_refused("check_runtime", "bad.h: does not compile alone as gnu++14 for host")

    @unittest.skipUnless(shutil.which("g++"), "g++ is not installed")
    def test_later_standards_are_refused(self):
        self.write("runtime/include/mote/rt/bad.h", "#pragma once\ntemplate <int N> int f() { if constexpr (N > 1) return 1; return 0; }\n")
        self.assert_refused("check_runtime", "gnu++14 for host")

    @unittest.skipUnless(shutil.which("g++") and shutil.which("nm"), "g++ or nm is not installed")
    def test_calls_into_libraries_show_in_the_object_file(self):
        self.write("runtime/include/mote/rt/bad.h", '#pragma once\nextern "C" int puts(const char*);\ninline int f() noexcept { return puts("x"); }\n')
        self.assert_refused("check_runtime", "calls `puts`")

    @unittest.skipUnless(shutil.which("g++") and shutil.which("nm"), "g++ or nm is not installed")
    def test_writable_sections_show_in_the_object_file(self):
        # A macro hides the declaration from reading the text.
        self.write("runtime/include/mote/rt/bad.h", "#pragma once\n#define HIDE(name) inline int f() noexcept { static int name = 3; return ++name; }\nHIDE(calls)\n")
        self.assert_refused("check_runtime", "which is writable")


if __name__ == "__main__":
    unittest.main()
