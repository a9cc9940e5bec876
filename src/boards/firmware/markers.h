#pragma once

// Marker instructions: moves of a register to itself that no compiler emits. The counting plugin looks for them and
// does not count them. What each one means is written into a section that takes no room on the board: the marker's
// address, its kind and an index.
#define MOTE_MARK_(instruction, kind, index)                        \
  __asm__ volatile("1: " instruction                                \
                   "\n"                                             \
                   ".pushsection .mote_markers, \"\", %%progbits\n" \
                   ".word 1b, %c0, %c1\n"                           \
                   ".popsection"                                    \
                   :                                                \
                   : "i"(kind), "i"(index)                          \
                   : "memory")

#define MOTE_MARK_INIT_BEGIN() MOTE_MARK_("mov r10, r10", 0, 0)
#define MOTE_MARK_INIT_END() MOTE_MARK_("mov r11, r11", 1, 0)
#define MOTE_MARK_INVOKE_BEGIN() MOTE_MARK_("mov r10, r10", 2, 0)
#define MOTE_MARK_INVOKE_END() MOTE_MARK_("mov r11, r11", 3, 0)

#ifdef MOTE_MARK_LAYERS
#define MOTE_LAYER_BEGIN(index) MOTE_MARK_("mov r10, r10", 4, index)
#define MOTE_LAYER_END(index) MOTE_MARK_("mov r11, r11", 5, index)
#endif
