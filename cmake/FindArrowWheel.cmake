# ArrowWheel::parquet from the folder of a pyarrow wheel (ARROW_DIR/pyarrow/{include,libarrow.so.*,libparquet.so.*}).
file(GLOB ArrowWheel_ARROW_LIBRARY ${ARROW_DIR}/pyarrow/libarrow.so.*)
file(GLOB ArrowWheel_PARQUET_LIBRARY ${ARROW_DIR}/pyarrow/libparquet.so.*)
find_path(ArrowWheel_INCLUDE_DIR parquet/arrow/reader.h PATHS ${ARROW_DIR}/pyarrow/include NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArrowWheel
  REQUIRED_VARS ArrowWheel_PARQUET_LIBRARY ArrowWheel_ARROW_LIBRARY ArrowWheel_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/setup, or configure with -DJUROR_ARROW=OFF to do without parquet")

if(ArrowWheel_FOUND AND NOT TARGET ArrowWheel::parquet)
  add_library(ArrowWheel::parquet INTERFACE IMPORTED)
  set_target_properties(ArrowWheel::parquet PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${ArrowWheel_INCLUDE_DIR}
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${ArrowWheel_INCLUDE_DIR})
  target_link_libraries(ArrowWheel::parquet INTERFACE ${ArrowWheel_PARQUET_LIBRARY} ${ArrowWheel_ARROW_LIBRARY})
  juror_run_paths(ArrowWheel::parquet ${ARROW_DIR}/pyarrow)
endif()
