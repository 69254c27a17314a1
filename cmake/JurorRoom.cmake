# juror_room(NAME [TORCH] [OPTIMIZE 1|2] ROOMS lower... LINKS libraries...): one folder of src/ as a static library, and its
# tests. Tests mirror the tree: tests/NAME/*_test.cpp become the program test_NAME. TORCH: its sources include libtorch's
# headers, which are compiled once for all such rooms (5 s a file saved). OPTIMIZE: where batches are compiled, with less than
# -O3: rooms that print (1) or call others who compute (2) take a third or an eighth less of the compiler's time.
function(juror_room folder)
  string(REPLACE "/" "_" name ${folder})  # cli/engine is juror_cli_engine
  cmake_parse_arguments(ROOM "TORCH" "OPTIMIZE" "ROOMS;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp)
  if(folder STREQUAL "cli")
    juror_torch_free_commands(sources INCLUDE)
  elseif(folder STREQUAL "cli/engine")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.cpp)
    juror_torch_free_commands(sources EXCLUDE)
  elseif(folder STREQUAL "data")
    list(FILTER sources EXCLUDE REGEX "/data/parquet/")  # a library of its own: it needs Arrow
  elseif(folder STREQUAL "judge")
    list(FILTER sources EXCLUDE REGEX "/judge/engine/")  # a room of its own: it needs libtorch
  endif()
  if(sources)
    add_library(juror_${name} STATIC ${sources})
    set(visibility PUBLIC)
    target_compile_options(juror_${name} PRIVATE -Wall -Wextra -Wshadow -Wconversion
                           -Wno-missing-field-initializers  # designated initialisers leave the rest at its default
                           -Wno-restrict)  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651)
    juror_compile_in_batches(juror_${name} "${ROOM_OPTIMIZE}")
  else()
    add_library(juror_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(juror_${name} ${visibility} ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_ROOMS REPLACE "/" "_")
  list(TRANSFORM ROOM_ROOMS PREPEND juror_)
  target_link_libraries(juror_${name} ${visibility} ${ROOM_ROOMS} ${ROOM_LINKS})
  juror_sanitize(juror_${name} ${visibility})
  if(ROOM_TORCH)
    juror_precompile_torch(juror_${name})
  endif()
  if(JUROR_TESTS)
    juror_room_tests(${folder})
    if(NOT JUROR_SANITIZE)
      juror_room_headers(${folder})
    endif()
  endif()
endfunction()

# Keeps (INCLUDE) or drops (EXCLUDE) what of src/cli links no libtorch: the frame of the program, and these commands.
function(juror_torch_free_commands list mode)
  list(FILTER ${list} ${mode} REGEX "(^|/)cli/([^/]+|data/[^/]+|eval/[^/]+|export/[^/]+|judge/[^/]+|serve/[^/]+|inspect/tokens.cpp|models/list.cpp)$")
  set(${list} ${${list}} PARENT_SCOPE)
endfunction()

# With CMAKE_UNITY_BUILD: which files are compiled together, for all rooms and tests (cmake/unity_batches.py); to be called
# before the rooms. One python for all: it reads the headers once.
function(juror_choose_batches)
  if(NOT CMAKE_UNITY_BUILD)
    return()
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/unity_batches.py ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([^ ]+) (.+)$" line ${line})
    set_property(SOURCE ${CMAKE_SOURCE_DIR}/${CMAKE_MATCH_2} PROPERTY UNITY_GROUP ${CMAKE_MATCH_1})
  endforeach()
endfunction()

function(juror_compile_in_batches target optimize)
  if(CMAKE_UNITY_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # a file included is no header here
    if(optimize)
      target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O${optimize}>)
    endif()
  endif()
endfunction()

# The first target precompiles libtorch's headers, the others use what it made.
function(juror_precompile_torch target)
  get_property(first GLOBAL PROPERTY juror_precompiled)
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY juror_precompiled ${target})
    target_precompile_headers(${target} PRIVATE <ATen/ATen.h> <fmt/format.h>)
  endif()
endfunction()

# The sanitizers of JUROR_SANITIZE, for the target and (unless PRIVATE) all that link it; a finding ends the program.
function(juror_sanitize target visibility)
  if(JUROR_SANITIZE)
    target_compile_options(${target} ${visibility} -fsanitize=${JUROR_SANITIZE} -fno-sanitize-recover=all
                           -fno-omit-frame-pointer)
    target_link_options(${target} ${visibility} -fsanitize=${JUROR_SANITIZE})
  endif()
endfunction()

# headers_NAME compiles every header of the room alone, twice over (so that a missing #pragma once shows). Where
# x.cpp stands beside x.h it is proof enough: it includes x.h first, as tools/check_layers.py sees to.
function(juror_room_headers folder)
  string(REPLACE "/" "_" name ${folder})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/${folder}/*.h)
  if(folder STREQUAL "cli")
    juror_torch_free_commands(headers INCLUDE)
  elseif(folder STREQUAL "data")
    list(FILTER headers EXCLUDE REGEX "^data/parquet/")
  elseif(folder STREQUAL "judge")
    list(FILTER headers EXCLUDE REGEX "^judge/engine/")
  endif()
  set(sources)
  foreach(header ${headers})
    string(REGEX REPLACE "\\.h$" ".cpp" beside ${header})
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/${beside})
      set(source ${CMAKE_BINARY_DIR}/headers/${beside})
      file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
      list(APPEND sources ${source})
    endif()
  endforeach()
  if(sources)
    add_library(headers_${name} OBJECT ${sources})
    target_link_libraries(headers_${name} PRIVATE juror_${name})
    set_target_properties(headers_${name} PROPERTIES UNITY_BUILD OFF)
    target_compile_options(headers_${name} PRIVATE -O0)
  endif()
endfunction()

function(juror_room_tests folder)
  string(REPLACE "/" "_" name ${folder})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cpp)
  if(tests)
    juror_test(${name} ${tests})
    if(ROOM_TORCH)
      juror_precompile_torch(test_${name})
    endif()
  endif()
endfunction()

# juror_test(NAME source...): the program test_NAME of the library juror_NAME; each of its tests is one of ctest's.
function(juror_test name)
  add_executable(test_${name} ${ARGN})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE JUROR_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  juror_compile_in_batches(test_${name} 1)
  target_link_libraries(test_${name} PRIVATE juror_${name} GTest::gtest GTest::gmock GTest::gtest_main)
  if(TARGET juror_simulated)  # tests/test_device.h
    add_dependencies(test_${name} juror_simulated)
    target_compile_definitions(test_${name} PRIVATE JUROR_SIMULATED="$<TARGET_FILE:juror_simulated>")
  endif()
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES
                       PROPERTIES LABELS ${name})
endfunction()
