# SPDX-License-Identifier: Apache-2.0
#
# What Firn stands on, as targets. Debian's packages by their own names; the two big prebuilt
# libraries as firn::arrow, firn::arrow_compute, firn::parquet and firn::duckdb.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)      # Digests, TLS.
find_package(Boost 1.74 REQUIRED)     # Asio and Beast: HTTP; headers alone.
pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET libdeflate)  # gzip metadata, deflate in Avro.
find_package(zstd REQUIRED)           # zstd in Avro.
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)  # lz4 in Puffin files.
find_package(roaring REQUIRED)        # Sets of row positions, in deletion vectors.
find_package(SQLite3 REQUIRED)        # The catalog's store.
pkg_check_modules(libhs REQUIRED IMPORTED_TARGET libhs)  # Vectorscan: secrets in texts.
find_package(simdjson REQUIRED)       # JSON where bytes flow.
find_package(nlohmann_json REQUIRED)  # JSON where ease counts: configuration, REST bodies.
find_package(CLI11 REQUIRED)          # The command line.
find_package(tomlplusplus REQUIRED)   # firn.toml.
find_package(yaml-cpp REQUIRED)       # Model files.
pkg_check_modules(libedit REQUIRED IMPORTED_TARGET libedit)  # The SQL shell's line.

# Debian's yaml-cpp has a bare target; the newer name is the one to write.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
if(NOT TARGET zstd::libzstd)
  add_library(zstd::libzstd ALIAS zstd::libzstd_shared)
endif()

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  find_package(benchmark QUIET)
endif()

# Defines firn::<name> for one prebuilt shared library.
function(firn_prebuilt name library include)
  if(NOT EXISTS ${library})
    message(FATAL_ERROR "${library} is absent: run tools/setup")
  endif()
  add_library(firn::${name} SHARED IMPORTED GLOBAL)
  get_filename_component(real ${library} REALPATH)
  set_target_properties(firn::${name} PROPERTIES IMPORTED_LOCATION ${real})
  target_include_directories(firn::${name} SYSTEM INTERFACE ${include})
  set_property(GLOBAL APPEND PROPERTY FIRN_BUNDLED_LIBRARIES ${real})
endfunction()

if(FIRN_DEPS STREQUAL "BUNDLED")
  # The same folder that tools/setup names: the hash of the pins.
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS deps/pins.txt)
  file(SHA256 ${PROJECT_SOURCE_DIR}/deps/pins.txt key)
  string(SUBSTRING ${key} 0 16 key)
  if(DEFINED ENV{FIRN_DEPS_DIR})
    set(FIRN_DEPS_PLACE $ENV{FIRN_DEPS_DIR}/${key})
  else()
    set(FIRN_DEPS_PLACE $ENV{HOME}/.cache/firn-deps/${key})
  endif()
  set(arrow ${FIRN_DEPS_PLACE}/arrow)
  set(duckdb ${FIRN_DEPS_PLACE}/duckdb)
  firn_prebuilt(arrow ${arrow}/lib/libarrow.so ${arrow}/include)
  firn_prebuilt(arrow_compute ${arrow}/lib/libarrow_compute.so ${arrow}/include)
  firn_prebuilt(parquet ${arrow}/lib/libparquet.so ${arrow}/include)
  # Nobody links to it: Arrow loads it by name, from beside itself, for the first file on S3.
  if(NOT EXISTS ${arrow}/lib/libarrow_s3.so.2600)
    message(FATAL_ERROR "${arrow}/lib/libarrow_s3.so.2600 is absent: run tools/setup")
  endif()
  set_property(GLOBAL APPEND PROPERTY FIRN_BUNDLED_LIBRARIES ${arrow}/lib/libarrow_s3.so.2600)
  firn_prebuilt(duckdb ${duckdb}/lib/libduckdb.so ${duckdb}/include)
  target_link_libraries(firn::arrow_compute INTERFACE firn::arrow)
  target_link_libraries(firn::parquet INTERFACE firn::arrow)
elseif(FIRN_DEPS STREQUAL "SYSTEM")
  find_package(Arrow 26 REQUIRED)
  find_package(ArrowCompute 26 REQUIRED)
  find_package(Parquet 26 REQUIRED)
  find_package(DuckDB 1.5.5 EXACT REQUIRED)
  add_library(firn::arrow ALIAS Arrow::arrow_shared)
  add_library(firn::arrow_compute ALIAS ArrowCompute::arrow_compute_shared)
  add_library(firn::parquet ALIAS Parquet::parquet_shared)
  add_library(firn::duckdb ALIAS duckdb)
else()
  message(FATAL_ERROR "FIRN_DEPS is BUNDLED or SYSTEM, not '${FIRN_DEPS}'")
endif()
