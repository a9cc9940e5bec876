# One folder of src/ is one library and, from its *_test.cpp files, one test program.
#
#   mote_library(graph DEPS mote_ops LINKS Eigen3::Eigen)
#
# declares mote_graph from src/graph/*.cpp and graph_test from src/graph/*_test.cpp (label: unit).
function(mote_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(mote_${name} STATIC ${sources})
    target_include_directories(mote_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(mote_${name} PUBLIC ${ARG_DEPS} ${ARG_LINKS} PRIVATE mote_warnings)
  else()
    add_library(mote_${name} INTERFACE)
    target_include_directories(mote_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(mote_${name} INTERFACE ${ARG_DEPS} ${ARG_LINKS})
  endif()
  if(MOTE_BUILD_TESTS AND tests)
    mote_test(${name}_test SOURCES ${tests} LINKS mote_${name} LABEL unit)
  endif()
endfunction()

# mote_test(name SOURCES ... LINKS ... LABEL unit|conformance|golden|e2e|emu|fuzz-smoke|size|lint [TIMEOUT seconds])
function(mote_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} mote_warnings mote_test_support GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()

add_library(mote_warnings INTERFACE)
target_compile_options(mote_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wundef -Werror -ffp-contract=off)
# gcc 12 reports false positives of these two deep inside the standard library at -O2 and above.
target_compile_options(mote_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict>)

# clang counts changes of sign as conversions, gcc does not in C++.
target_compile_options(mote_warnings INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

# What every test may use: where the sources and the shared measuring data are.
add_library(mote_test_support INTERFACE)
target_include_directories(mote_test_support INTERFACE ${CMAKE_SOURCE_DIR}/tests/support ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(mote_test_support INTERFACE fmt::fmt tl::expected)
target_compile_definitions(mote_test_support INTERFACE MOTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" MOTE_BUILD_DIR="${CMAKE_BINARY_DIR}")
