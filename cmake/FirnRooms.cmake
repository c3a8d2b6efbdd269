# SPDX-License-Identifier: Apache-2.0
#
# The rooms, bottom up, and which rooms each may use. The only such list: FirnRoom.cmake refuses
# what it does not name, the tests hold #include lines and docs/architecture.md against it.

set(to_io base obs io)
set(to_table ${to_io} telemetry avro table)
set(to_registry ${to_table} catalog registry)
set(to_datafile ${to_registry} datafile)
set(to_foreign ${to_datafile} maintain foreign)

set(FIRN_MAY_USE_base)
set(FIRN_MAY_USE_obs base)
set(FIRN_MAY_USE_io base obs)
set(FIRN_MAY_USE_telemetry base obs io)
set(FIRN_MAY_USE_avro base io)
set(FIRN_MAY_USE_table base obs io avro)
set(FIRN_MAY_USE_catalog base obs io table)
set(FIRN_MAY_USE_registry base obs io table)
set(FIRN_MAY_USE_datafile base obs io table)
set(FIRN_MAY_USE_maintain ${to_datafile})
set(FIRN_MAY_USE_foreign ${to_datafile} maintain)
set(FIRN_MAY_USE_ingest ${to_datafile})
set(FIRN_MAY_USE_conversations ${to_datafile} ingest)
set(FIRN_MAY_USE_sql ${to_foreign})
set(FIRN_MAY_USE_pipeline ${to_foreign} ingest sql)
set(FIRN_MAY_USE_remote ${to_registry} pipeline)
set(FIRN_MAY_USE_search ${to_datafile} conversations sql)
set(FIRN_MAY_USE_training ${to_datafile} conversations)
set(FIRN_MAY_USE_io/arrow_fs base obs io)
set(FIRN_MAY_USE_lakehouse ${to_foreign} ingest conversations sql pipeline remote search training io/arrow_fs)
set(FIRN_MAY_USE_server ${to_registry} lakehouse)
set(FIRN_MAY_USE_cli base obs lakehouse server)

set(FIRN_ROOMS base obs io telemetry avro table catalog registry datafile maintain foreign ingest
    conversations sql pipeline remote search training io/arrow_fs lakehouse server cli)

# Rooms without Arrow and DuckDB: all their code is built here, so TSan sees all of it.
set(FIRN_ROOMS_BUILT_WHOLE base obs io telemetry avro table catalog registry)

# Refuses a room that is not listed, and a room it may not use.
function(firn_check_allowed name)
  if(NOT name IN_LIST FIRN_ROOMS)
    message(FATAL_ERROR "room '${name}' is not in cmake/FirnRooms.cmake")
  endif()
  foreach(dep IN LISTS ARGN)
    if(NOT dep IN_LIST FIRN_MAY_USE_${name})
      message(FATAL_ERROR "room '${name}' may not use '${dep}': cmake/FirnRooms.cmake does not allow it")
    endif()
  endforeach()
endfunction()
