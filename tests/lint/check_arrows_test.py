import unittest

from tree import TreeTest, load_tool

arrows = load_tool("check_arrows")


class ArrowsTest(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("src/base/result.h", "#include <string>\n")
        self.write("src/plan/planner.cpp", '#include "plan/planner.h"\n#include "base/result.h"\n#include "mote/rt/config.h"\n')
        self.write("src/plan/planner.h", "#pragma once\n")

    def test_includes_along_the_arrows_pass(self):
        self.assert_accepted("check_arrows")

    def test_an_include_against_the_arrows_is_refused_with_its_line(self):
        self.write("src/base/files.cpp", '#include "base/result.h"\n#include "plan/planner.h"\n')
        self.assert_refused("check_arrows", 'src/base/files.cpp:2: "plan/planner.h": base may not use plan')

    def test_siblings_are_strangers(self):
        self.write("src/codegen/print.cpp", '#include "interp/run.h"\n')
        self.assert_refused("check_arrows", "codegen may not use interp")

    def test_tests_beside_the_source_follow_the_arrows_too(self):
        self.write("src/graph/graph_test.cpp", '#include "plan/planner.h"\n')
        self.assert_refused("check_arrows", "graph may not use plan")

    def test_angle_brackets_do_not_hide_a_room(self):
        self.write("src/base/files.cpp", "#  include <tensor/tensor.h>\n")
        self.assert_refused("check_arrows", "base may not use tensor")

    def test_rooms_without_kernels_may_not_see_the_runtime(self):
        self.write("src/data/csv.cpp", '#include "mote/rt/config.h"\n')
        self.assert_refused("check_arrows", "data may not use runtime")

    def test_climbing_and_bare_includes_are_refused(self):
        self.write("src/plan/a.cpp", '#include "../base/result.h"\n')
        self.write("src/plan/b.cpp", '#include "planner.h"\n')
        self.assert_refused("check_arrows", "src/plan/a.cpp:1")
        self.assert_refused("check_arrows", 'is written "plan/planner.h"')

    def test_folders_inside_a_room_may_be_worlds_of_their_own(self):
        self.write("src/boards/firmware/start.cpp", '#include "start.h"\n')
        self.write("src/boards/firmware/start.h", "\n")
        self.assert_accepted("check_arrows")

    def test_libraries_and_the_test_support_header_pass(self):
        self.write("src/plan/c_test.cpp", '#include <gtest/gtest.h>\n#include "flatbuffers/flatbuffers.h"\n#include "test_support.h"\n')
        self.assert_accepted("check_arrows")

    def test_an_unknown_room_is_refused(self):
        self.write("src/attic/old.cpp", "\n")
        self.assert_refused("check_arrows", "src/attic: a room without arrows")

    def test_the_build_links_along_the_arrows_only(self):
        self.write("src/plan/CMakeLists.txt", "mote_library(plan DEPS mote_graph mote_base LINKS fmt::fmt)\n")
        self.assert_accepted("check_arrows")
        self.write("src/plan/CMakeLists.txt", "mote_library(plan DEPS mote_graph mote_train LINKS fmt::fmt)\n")
        self.assert_refused("check_arrows", "src/plan/CMakeLists.txt: plan may not link train")

    def test_a_file_over_the_limit_is_refused(self):
        self.write("src/base/long.cpp", "\n" * 600)
        self.assert_accepted("check_arrows")
        self.write("src/base/long.cpp", "\n" * 601)
        self.assert_refused("check_arrows", "src/base/long.cpp: 601 lines")


class TableTest(unittest.TestCase):
    def test_arrows_make_no_circle(self):
        for room in arrows.ARROWS:
            for used in arrows.ARROWS[room]:
                self.assertNotIn(room, arrows.reachable(used), f"{room} and {used} use each other")

    def test_everything_ends_in_the_pipeline(self):
        self.assertEqual(arrows.reachable("pipeline"), set(arrows.ARROWS) - {"cli", "lab"})


if __name__ == "__main__":
    unittest.main()
