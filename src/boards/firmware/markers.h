#pragma once

#include "machine.h"

// Marker instructions: instructions without effect that no compiler emits. Whoever counts looks for them and does not
// count them. What each one means is written into a section that takes no room on the board: the marker's address, its
// kind and an index.
#define MOTE_MARK_(instruction, kind, index)                        \
  __asm__ volatile("1: " instruction                                \
                   "\n"                                             \
                   ".pushsection .mote_markers, \"\", %%progbits\n" \
                   ".long 1b, %c0, %c1\n"                           \
                   ".popsection"                                    \
                   :                                                \
                   : "i"(kind), "i"(index)                          \
                   : "memory")

#define MOTE_MARK_INIT_BEGIN() MOTE_MARK_(MOTE_BEGIN_INSTRUCTION, 0, 0)
#define MOTE_MARK_INIT_END() MOTE_MARK_(MOTE_END_INSTRUCTION, 1, 0)
#define MOTE_MARK_INVOKE_BEGIN() MOTE_MARK_(MOTE_BEGIN_INSTRUCTION, 2, 0)
#define MOTE_MARK_INVOKE_END() MOTE_MARK_(MOTE_END_INSTRUCTION, 3, 0)

#ifdef MOTE_MARK_LAYERS
#define MOTE_LAYER_BEGIN(index) MOTE_MARK_(MOTE_BEGIN_INSTRUCTION, 4, index)
#define MOTE_LAYER_END(index) MOTE_MARK_(MOTE_END_INSTRUCTION, 5, index)
#endif
