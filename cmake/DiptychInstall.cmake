# Install rules: headers, both archives, the CMake package and the pkg-config files.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(diptych_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/diptych)
install(DIRECTORY
  ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_SOURCE_DIR}/cpp/include/
  ${PROJECT_SOURCE_DIR}/lab/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS diptych_cpp diptych_lab diptych_malloc_cpp EXPORT diptych_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT diptych_targets NAMESPACE diptych:: DESTINATION ${diptych_config_dir})
if(DIPTYCH_BUILD_RUST)
  install(FILES ${diptych_rust_archive} ${diptych_rust_malloc} DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

configure_package_config_file(cmake/diptychConfig.cmake.in ${PROJECT_BINARY_DIR}/diptychConfig.cmake
  INSTALL_DESTINATION ${diptych_config_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Before 1.0 a new minor version may break what used the last one.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/diptychConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/diptychConfig.cmake ${PROJECT_BINARY_DIR}/diptychConfigVersion.cmake
  DESTINATION ${diptych_config_dir})

# One .pc file per twin, and diptych.pc for a program that uses both.
list(TRANSFORM diptych_rust_system_libraries PREPEND "-l" OUTPUT_VARIABLE diptych_rust_flags)
list(JOIN diptych_rust_flags " " diptych_rust_flags)
set(diptych_pc_cpp_libs "-ldiptych_cpp -lstdc++")
set(diptych_pc_rust_libs "-ldiptych_rust -lpthread ${diptych_rust_flags}")
function(diptych_pc name description definition libs)
  set(PC_NAME ${name})
  set(PC_DESCRIPTION ${description})
  set(PC_DEFINITION ${definition})
  set(PC_LIBS ${libs})
  configure_file(cmake/diptych.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
diptych_pc(diptych-cpp "Systems components, the C++ twins" "-DDPT_USE_CPP" "${diptych_pc_cpp_libs}")
if(DIPTYCH_BUILD_RUST)
  diptych_pc(diptych-rust "Systems components, the Rust twins" "-DDPT_USE_RUST" "${diptych_pc_rust_libs}")
  diptych_pc(diptych "Systems components, both twins" "" "${diptych_pc_cpp_libs} ${diptych_pc_rust_libs}")
endif()
