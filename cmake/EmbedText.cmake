# mote_embed_text(target NAMESPACE boards_text FILES a.toml b.ld)
#
# Turns text files into one header and one source of the target, so that an installed program needs no data folder:
# BASE, if given, is the folder that names are relative to; otherwise a name is the file without its folder.
# `embedded.h` (in namespace mote::<NAMESPACE>) lists every file as {name, content}. The files are read again when they change.
set(MOTE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_text_script.cmake)

function(mote_embed_text target)
  cmake_parse_arguments(ARG "" "NAMESPACE;BASE" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${ARG_NAMESPACE}.cpp)
  set(header_folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  string(REPLACE ";" "|" joined "${ARG_FILES}")
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${ARG_NAMESPACE} "-DFILES=${joined}" -DBASE=${ARG_BASE} -P ${MOTE_EMBED_SCRIPT}
    DEPENDS ${ARG_FILES} ${MOTE_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
  target_include_directories(${target} PUBLIC ${header_folder})
  file(WRITE ${header_folder}/${ARG_NAMESPACE}.h.new
"#pragma once

#include <span>
#include <string_view>

namespace mote::${ARG_NAMESPACE} {

struct EmbeddedFile {
  std::string_view name;  ///< the file's name, relative to the folder that was embedded
  std::string_view content;
};

[[nodiscard]] std::span<const EmbeddedFile> files();

}  // namespace mote::${ARG_NAMESPACE}
")
  configure_file(${header_folder}/${ARG_NAMESPACE}.h.new ${header_folder}/${ARG_NAMESPACE}.h COPYONLY)
endfunction()
