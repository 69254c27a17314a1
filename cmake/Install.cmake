# cmake --install, and what CPack makes of it: a Debian package, and an archive that may lie anywhere.
#
#   bin/juror                       a link to lib/juror/juror, which stands beside its engine and the parquet reader
#   bin/juror-libraries             fetches libtorch and Arrow into lib/juror (scripts/setup): neither is handed out with it
#   share/juror/                    mini, the linear scorer, prompt templates
#   share/{man,doc,bash-completion,zsh,fish}   made by the program itself, and licences
#   lib/systemd/system/juror.service
set(JUROR_LIBDIR lib/juror)
set(JUROR_SHARE share/juror)
install(TARGETS juror juror-engine RUNTIME DESTINATION ${JUROR_LIBDIR})
set(installed_programs juror juror-engine)
if(JUROR_ARROW)
  install(TARGETS juror-parquet LIBRARY DESTINATION ${JUROR_LIBDIR})
  list(APPEND installed_programs libjuror-parquet.so)
endif()

# The folders of .deps are looked for beside the program; others (JUROR_LIBTORCH) stay where they are.
string(REPLACE ";" ":" build_run_path "${CMAKE_INSTALL_RPATH}")
file(RELATIVE_PATH deps_from_build ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/.deps)
string(REPLACE "$ORIGIN/${deps_from_build}/" "$ORIGIN/" installed_run_path "${build_run_path}")
string(REPLACE "$" "\\$" installed_run_path "$ORIGIN:${installed_run_path}")
foreach(program ${installed_programs})
  install(CODE "file(RPATH_SET FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${JUROR_LIBDIR}/${program}\"
                     NEW_RPATH \"${installed_run_path}\")")
endforeach()
cmake_path(IS_PREFIX CMAKE_SOURCE_DIR ${LIBTORCH_DIR} NORMALIZE fetched_libtorch)
if(NOT fetched_libtorch)
  install(CODE "file(CREATE_LINK ${LIBTORCH_DIR} \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${JUROR_LIBDIR}/libtorch\" SYMBOLIC)")
endif()
install(CODE "
  file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin\")
  file(CREATE_LINK ../${JUROR_LIBDIR}/juror \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/juror\" SYMBOLIC)")
install(PROGRAMS packaging/juror-libraries DESTINATION bin)
install(PROGRAMS scripts/setup DESTINATION ${JUROR_SHARE}/scripts)
install(FILES scripts/begin.sh scripts/libtorch.txt scripts/arrow.txt DESTINATION ${JUROR_SHARE}/scripts)
install(DIRECTORY models/mini DESTINATION ${JUROR_SHARE}/models)
install(FILES models/linear.json DESTINATION ${JUROR_SHARE}/models)
install(DIRECTORY prompts DESTINATION ${JUROR_SHARE})
install(FILES clients/python/juror_client.py DESTINATION ${JUROR_SHARE})
install(FILES packaging/juror.service DESTINATION lib/systemd/system)
install(FILES LICENSE NOTICE README.md CHANGELOG.md docs/third-party-licences.md packaging/copyright
        DESTINATION share/doc/juror)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
install(CODE "
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/man_pages.py ${CMAKE_BINARY_DIR}/juror
                          \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share\" COMMAND_ERROR_IS_FATAL ANY)")

set(CPACK_PACKAGE_NAME juror)
set(CPACK_PACKAGE_VENDOR "the Juror maintainers")
set(CPACK_PACKAGE_CONTACT "the Juror maintainers <juror@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Judges images with a vision-language model, and trains it")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 1)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-pip")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 | libcurl4t64")  # loaded when a server is asked (judge/remote/curl_library.h)
# libtorch and Arrow come by juror-libraries; what is looked for here is on the machine that builds.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${LIBTORCH_DIR}/torch/lib ${ARROW_DIR}/pyarrow)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/PackageOptions.cmake)
set(CPACK_JUROR_LOADED ${CURL_LIBDIR}/libcurl.so.4)  # what programs load by themselves
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/bundle_libraries.cmake)
include(CPack)
