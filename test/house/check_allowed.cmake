# SPDX-License-Identifier: Apache-2.0
#
# cmake -D ROOM= -D DEP= -P check_allowed.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/FirnRooms.cmake)
firn_check_allowed(${ROOM} ${DEP})
