# SPDX-License-Identifier: Apache-2.0
#
# firn_room(<name>    "a/b" is a room of its own inside the folder of a; its target is firn_a_b
#   HEADERS ..      public headers, each of which must compile alone
#   SOURCES ..      listed, never globbed; a room without any is header-only
#   DEPS <rooms>    refused unless FirnRooms.cmake allows them
#   LINK ..         libraries its sources use;  LINK_PUBLIC ..  those its headers use
#   TESTS .. TEST_LINK ..      one program, <name>_test, label <name>
#   FUZZERS ..      x_fuzz.cc, each with `void firn::FuzzOne(std::string_view bytes)`
#   BENCHES ..)     x_bench.cc, Google Benchmark; built by the target `benches`
# firn_program(<name> SOURCES .. DEPS <rooms> LINK ..)   an executable in bin/

include(FirnRooms)
include(GoogleTest)

add_custom_target(benches COMMENT "All benchmark programs")
add_custom_target(fuzzers COMMENT "All fuzzers")

# Test data that lies beside a clone (or two folders up, for a work tree of one).
set(FIRN_SHARED_DIR "")
foreach(candidate IN ITEMS $ENV{FIRN_SHARED_DIR} ${PROJECT_SOURCE_DIR}/../shared ${PROJECT_SOURCE_DIR}/../../shared)
  if(NOT FIRN_SHARED_DIR AND IS_DIRECTORY ${candidate})
    get_filename_component(FIRN_SHARED_DIR ${candidate} ABSOLUTE)
  endif()
endforeach()

function(firn_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" ""
    "HEADERS;SOURCES;TESTS;DEPS;LINK;LINK_PUBLIC;TEST_LINK;FUZZERS;BENCHES")
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "room '${name}': what is '${ROOM_UNPARSED_ARGUMENTS}'?")
  endif()
  firn_check_allowed(${name} ${ROOM_DEPS})
  list(JOIN ROOM_DEPS " " edges)
  set_property(GLOBAL APPEND PROPERTY FIRN_ROOM_EDGES "${name}: ${edges}")
  string(REPLACE "/" "_" name ${name})
  string(REPLACE "/" "_" ROOM_DEPS "${ROOM_DEPS}")
  foreach(dep IN LISTS ROOM_DEPS)
    if(NOT TARGET firn_${dep})
      message(FATAL_ERROR "room '${name}' uses '${dep}', which has no CMakeLists.txt")
    endif()
  endforeach()
  list(TRANSFORM ROOM_DEPS PREPEND firn_ OUTPUT_VARIABLE deps)
  if(ROOM_SOURCES)
    set(scope PUBLIC)
    add_library(firn_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(firn_${name} PRIVATE firn_flags ${ROOM_LINK})
  else()
    set(scope INTERFACE)
    add_library(firn_${name} INTERFACE)
  endif()
  add_library(firn::${name} ALIAS firn_${name})
  target_sources(firn_${name} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ROOM_HEADERS})
  target_include_directories(firn_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(firn_${name} ${scope} ${deps} ${ROOM_LINK_PUBLIC})
  set_target_properties(firn_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(BUILD_TESTING)
    firn_room_tests(${name})
    firn_room_fuzzers(${name})
    firn_room_benches(${name})
  endif()
endfunction()

# The three below read the ROOM_ variables of firn_room.
function(firn_room_tests name)
  if(NOT ROOM_TESTS)
    return()
  endif()
  add_executable(${name}_test ${ROOM_TESTS})
  target_link_libraries(${name}_test PRIVATE firn_${name} firn_flags ${ROOM_LINK} ${ROOM_TEST_LINK}
    GTest::gtest_main GTest::gmock)
  if(FIRN_SANITIZE MATCHES "undefined")
    # A check of every member access doubles the time it takes to compile a test. What a test looks
    # at, the rooms' own code, keeps them all.
    target_compile_options(${name}_test PRIVATE -fno-sanitize=null,alignment,vptr,object-size)
  endif()
  if(FIRN_SHARED_DIR)
    target_compile_definitions(${name}_test PRIVATE FIRN_SHARED_DIR="${FIRN_SHARED_DIR}")
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTIES LABELS ${name} TIMEOUT 300)
endfunction()

function(firn_room_fuzzers name)
  foreach(source IN LISTS ROOM_FUZZERS)
    get_filename_component(stem ${source} NAME_WE)
    set(fuzzer ${name}_${stem})
    add_executable(${fuzzer} ${source})
    target_link_libraries(${fuzzer} PRIVATE firn_${name} firn_flags ${ROOM_LINK})
    if(FIRN_FUZZ)
      target_sources(${fuzzer} PRIVATE ${PROJECT_SOURCE_DIR}/test/fuzz/libfuzzer_entry.cc)
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${fuzzer} PRIVATE ${PROJECT_SOURCE_DIR}/test/fuzz/driver.cc)
    endif()
    add_dependencies(fuzzers ${fuzzer})
    string(REGEX REPLACE "_fuzz$" "" subject ${stem})
    set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/testdata/corpus/${subject})
    if(NOT FIRN_FUZZ)
      add_test(NAME fuzz.${name}.${subject} COMMAND ${fuzzer} --seconds 2 ${corpus})
      set_tests_properties(fuzz.${name}.${subject} PROPERTIES LABELS "fuzz;${name}" TIMEOUT 120)
    endif()
  endforeach()
endfunction()

function(firn_room_benches name)
  if(NOT TARGET benchmark::benchmark_main)
    return()
  endif()
  foreach(source IN LISTS ROOM_BENCHES)
    get_filename_component(stem ${source} NAME_WE)
    add_executable(${name}_${stem} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(${name}_${stem} PRIVATE firn_${name} firn_flags ${ROOM_LINK} benchmark::benchmark_main)
    add_dependencies(benches ${name}_${stem})
  endforeach()
endfunction()

function(firn_program name)
  cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "" "" "SOURCES;DEPS;LINK")
  list(TRANSFORM PROGRAM_DEPS PREPEND firn_ OUTPUT_VARIABLE deps)
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE ${deps} firn_flags ${PROGRAM_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()
