# SPDX-License-Identifier: Apache-2.0
#
# firn_embed(<target> NAMESPACE <ns> ROOT <folder> FILES ..)
# Puts files into the binary. The target's own header declares, in that namespace,
#   std::span<const EmbeddedFile> Files();
# and this writes the source that defines it. Paths are relative to ROOT, sorted.

function(firn_embed target)
  cmake_parse_arguments(PARSE_ARGV 1 EMBED "" "NAMESPACE;ROOT" "FILES")
  get_filename_component(root ${EMBED_ROOT} ABSOLUTE)
  set(files)
  foreach(file IN LISTS EMBED_FILES)
    get_filename_component(file ${file} ABSOLUTE BASE_DIR ${root})
    list(APPEND files ${file})
  endforeach()
  list(SORT files)
  string(REPLACE "::" "_" stem ${EMBED_NAMESPACE})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${stem}_embedded.cc)
  set(list ${out}.files)
  string(REPLACE ";" "\n" lines "${files}")
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}" @ONLY)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D LIST=${list} -D ROOT=${root} -D NAMESPACE=${EMBED_NAMESPACE} -P ${script}
    DEPENDS ${files} ${list} ${script} COMMENT "Embedding ${stem}" VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
