# What is installed: headers, libraries, a CMake package with the components core, models and testing, and latent.pc for
# pkg-config. Nothing in them names the folder that they were built or installed in, so that all of it can be moved.
include(CMakePackageConfigHelpers)
set(latent_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/latent)

install(DIRECTORY include/latent TYPE INCLUDE)
install(FILES LICENSE TYPE DOC)

# Testing is exported by itself: it needs GTest, and nobody should who doesn't ask for it.
install(TARGETS latent_core latent_models EXPORT latent)
install(TARGETS latent_testing EXPORT latentTesting)
install(EXPORT latent NAMESPACE latent:: DESTINATION ${latent_package_dir})
install(EXPORT latentTesting NAMESPACE latent:: DESTINATION ${latent_package_dir})
configure_package_config_file(src/latentConfig.cmake.in latentConfig.cmake INSTALL_DESTINATION ${latent_package_dir})
write_basic_package_version_file(latentConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latentConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/latentConfigVersion.cmake
        DESTINATION ${latent_package_dir})

# Where latent.pc is, seen from there the prefix is some folders up. Folders that are given in full stay so.
file(RELATIVE_PATH latent_prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(dir IN ITEMS LIBDIR INCLUDEDIR)
  set(latent_pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
    set(latent_pc_${dir} "${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()
configure_file(src/latent.pc.in latent.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latent.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
