# SPDX-License-Identifier: Apache-2.0
#
# cmake -D OUT= -D LIST= -D ROOT= -D NAMESPACE= -P embed.cmake   (see FirnEmbed.cmake)
file(STRINGS ${LIST} files)
set(arrays "")
set(table "")
set(index 0)
foreach(file IN LISTS files)
  file(RELATIVE_PATH path ${ROOT} ${file})
  file(READ ${file} hex HEX)
  file(SIZE ${file} size)
  string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "alignas(16) constexpr unsigned char kFile${index}[] = {\n${hex}0};\n")
  string(APPEND table "    {\"${path}\", View(kFile${index}, ${size})},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUT}.new "// Made by cmake/embed.cmake.
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include \"firn/base/embedded.h\"

namespace ${NAMESPACE} {
std::span<const firn::EmbeddedFile> Files();
namespace {
std::string_view View(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
${arrays}}  // namespace

std::span<const firn::EmbeddedFile> Files() {
  static const std::array<firn::EmbeddedFile, ${index}> kFiles = {{
${table}  }};
  return kFiles;
}
}  // namespace ${NAMESPACE}
")
file(RENAME ${OUT}.new ${OUT})
