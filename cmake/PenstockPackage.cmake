# What an installed client library is found by: find_package(Penstock) and pkg-config. `cmake --install <build> --component
# client` installs it with the libraries and headers that the folders name; docs/client-install.md is for those who link it.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Penstock")
configure_package_config_file(
  deploy/cmake/PenstockConfig.cmake.in "${PROJECT_BINARY_DIR}/package/PenstockConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/PenstockConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/PenstockConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/PenstockConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT client)
install(EXPORT PenstockTargets NAMESPACE Penstock:: DESTINATION "${package_dir}" COMPONENT client)

# Folders from the place of penstock.pc: the tree may be moved, or installed with another --prefix than was configured.
# LIMIT: CMAKE_INSTALL_LIBDIR and CMAKE_INSTALL_INCLUDEDIR have to be relative, as they are by default.
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pkgconfig_dir}"
           OUTPUT_VARIABLE prefix_from_pc)
configure_file(deploy/cmake/penstock.pc.in "${PROJECT_BINARY_DIR}/package/penstock.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/penstock.pc" DESTINATION "${pkgconfig_dir}" COMPONENT client)
