# Run by cpack before it packs. An archive may be unpacked on any distribution with a glibc that is as new, so the system's
# libraries go with it, beside the programs, whose run path finds them; those of C, C++ and torch do not.
if(NOT CPACK_GENERATOR STREQUAL "TGZ")
  return()
endif()
file(GLOB_RECURSE programs ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/lib/juror/juror
     ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/lib/juror/juror-engine)
list(GET programs 0 program)
get_filename_component(folder ${program} DIRECTORY)
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${programs} LIBRARIES ${CPACK_JUROR_LOADED} RESOLVED_DEPENDENCIES_VAR libraries
     UNRESOLVED_DEPENDENCIES_VAR elsewhere
     PRE_EXCLUDE_REGEXES "^lib(torch|c10|gomp|cudart|cupti)" "^ld-linux"
     POST_EXCLUDE_REGEXES "/lib(c|m|dl|rt|pthread|resolv|stdc\\+\\+|gcc_s)\\.so")
if(elsewhere)
  message(FATAL_ERROR "These libraries are not on this machine: ${elsewhere}")
endif()
foreach(library ${libraries} ${CPACK_JUROR_LOADED})
  file(INSTALL ${library} DESTINATION ${folder} FOLLOW_SYMLINK_CHAIN)
  file(REAL_PATH ${library} file)
  execute_process(COMMAND dpkg-query -S ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
  string(REGEX REPLACE ":.*" "" package "${owner}")
  if(package AND EXISTS /usr/share/doc/${package}/copyright)  # its licence goes with it
    configure_file(/usr/share/doc/${package}/copyright ${folder}/../../share/doc/juror/licences/${package} COPYONLY)
  endif()
endforeach()
