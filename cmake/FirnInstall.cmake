# SPDX-License-Identifier: Apache-2.0
#
# `cmake --install` gives a tree that can be moved: bin/firn finds its libraries in ../lib.

get_property(libraries GLOBAL PROPERTY FIRN_BUNDLED_LIBRARIES)
install(FILES ${libraries} DESTINATION lib PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
  GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(FILES LICENSE DESTINATION share/doc/firn)
if(FIRN_DEPS STREQUAL "BUNDLED")
  install(DIRECTORY ${FIRN_DEPS_PLACE}/arrow/licenses/ DESTINATION share/doc/firn/licenses/arrow)
  install(DIRECTORY ${FIRN_DEPS_PLACE}/duckdb/licenses/ DESTINATION share/doc/firn/licenses/duckdb)
endif()
