# SPDX-License-Identifier: Apache-2.0
#
# `cmake -P cmake/print_rooms.cmake` prints "<room>: <rooms it may use>", bottom up.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/FirnRooms.cmake)
foreach(room IN LISTS FIRN_ROOMS)
  list(JOIN FIRN_MAY_USE_${room} " " allowed)
  execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${room}: ${allowed}")
endforeach()
