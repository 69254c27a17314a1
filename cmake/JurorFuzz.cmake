# Fuzz targets: each tests/fuzz/NAME_fuzz.cpp becomes the program fuzz_NAME, linked with the torch-free rooms and the
# torch-free part of the tensor room. `scripts/fuzz` runs them all for a bounded time.
function(juror_fuzz_targets)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "Fuzz targets need clang's libFuzzer, but the compiler is ${CMAKE_CXX_COMPILER_ID}; "
                        "use `make fuzz` or `cmake --preset fuzz`.")
  endif()
  file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp)
  foreach(source ${targets})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name ${name})
    add_executable(fuzz_${name} ${source})
    target_link_libraries(fuzz_${name} PRIVATE juror_data juror_text juror_safetensors_header)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endfunction()
