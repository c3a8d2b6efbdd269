# SPDX-License-Identifier: Apache-2.0
#
# Compiler settings: one target, `firn_flags`, that every room links.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")

# A launcher that was asked for (variable or environment) wins.
find_program(FIRN_CCACHE ccache)
mark_as_advanced(FIRN_CCACHE)
if(FIRN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the project count as relative, so that clones share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FIRN_CCACHE})
endif()

add_library(firn_flags INTERFACE)
target_compile_options(firn_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(FIRN_WERROR)
  target_compile_options(firn_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND FIRN_SANITIZE)
  # GCC's flow analysis reports what its own instrumentation makes of the code.
  target_compile_options(firn_flags INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # GCC 12 reports overlaps and unset bytes that cannot be when it inlines std::string (its bugs
  # 105651, 105562).
  target_compile_options(firn_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(firn_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()
if(FIRN_SANITIZE)
  # The checks of a sanitizer are most of the code; optimising them costs GCC a third of its time.
  string(REPLACE "-O1" "-Og" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
  add_compile_options(-fsanitize=${FIRN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FIRN_SANITIZE})
endif()
if(FIRN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
