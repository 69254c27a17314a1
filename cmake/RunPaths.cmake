# juror_run_paths(TARGET dir...): our programs find the libraries of these folders when they run, and the linker finds those
# that the target's libraries need. Folders of this clone are named from the program's own place, build/, so that a clone
# that is moved or renamed still runs. To be called before the programs are added.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)  # CMake's own for the build folder would be absolute

macro(juror_run_paths target)
  foreach(dir ${ARGN})
    set(run_path ${dir})
    cmake_path(IS_PREFIX CMAKE_SOURCE_DIR ${dir} NORMALIZE of_this_clone)
    if(of_this_clone)
      file(RELATIVE_PATH from_build ${CMAKE_BINARY_DIR} ${dir})
      set(run_path "$ORIGIN/${from_build}")
    endif()
    list(APPEND CMAKE_INSTALL_RPATH ${run_path})
    target_link_options(${target} INTERFACE -Wl,-rpath-link,${dir})
  endforeach()
endmacro()
