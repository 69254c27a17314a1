# Libtorch::torch_cpu from the folder of a torch wheel (LIBTORCH_DIR/torch/{include,lib}), without torch's own
# CMake package, which fails where no CUDA toolkit is installed. The CUDA runtime libraries that libtorch_cpu.so
# names stand in sibling wheels (nvidia/…/lib); no GPU and no toolkit is needed.
if(NOT "${LIBTORCH_DIR}" STREQUAL "${Libtorch_searched_dir}")
  unset(Libtorch_INCLUDE_DIR CACHE)
  unset(Libtorch_CPU_LIBRARY CACHE)
  unset(Libtorch_C10_LIBRARY CACHE)
  set(Libtorch_searched_dir ${LIBTORCH_DIR} CACHE INTERNAL "where the libraries above were looked for")
endif()
find_path(Libtorch_INCLUDE_DIR ATen/core/Tensor.h
          PATHS ${LIBTORCH_DIR}/torch/include ${LIBTORCH_DIR}/include NO_DEFAULT_PATH)
find_library(Libtorch_CPU_LIBRARY torch_cpu PATHS ${LIBTORCH_DIR}/torch/lib ${LIBTORCH_DIR}/lib NO_DEFAULT_PATH)
find_library(Libtorch_C10_LIBRARY c10 PATHS ${LIBTORCH_DIR}/torch/lib ${LIBTORCH_DIR}/lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch
  REQUIRED_VARS Libtorch_CPU_LIBRARY Libtorch_C10_LIBRARY Libtorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/setup, or pass -DLIBTORCH_DIR=<site-packages folder with torch 2.11 or newer>")

if(Libtorch_FOUND AND NOT TARGET Libtorch::torch_cpu)
  get_filename_component(libtorch_lib_dir ${Libtorch_CPU_LIBRARY} DIRECTORY)
  file(GLOB libtorch_cuda_runtime_dirs ${LIBTORCH_DIR}/nvidia/*/lib)
  add_library(Libtorch::torch_cpu INTERFACE IMPORTED)
  set_target_properties(Libtorch::torch_cpu PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${Libtorch_INCLUDE_DIR}
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${Libtorch_INCLUDE_DIR})
  target_link_libraries(Libtorch::torch_cpu INTERFACE ${Libtorch_CPU_LIBRARY} ${Libtorch_C10_LIBRARY})
  juror_run_paths(Libtorch::torch_cpu ${libtorch_lib_dir} ${libtorch_cuda_runtime_dirs})
endif()
