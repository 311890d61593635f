# SPDX-License-Identifier: Apache-2.0
# What `make install` puts under a prefix: the program, and the libraries for programs of others:
#   find_package(gradcore REQUIRED)
#   target_link_libraries(mine PRIVATE gradcore::compiler)   # or runtime, isa, model
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(headers "${CMAKE_INSTALL_INCLUDEDIR}/gradcore")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/gradcore")
foreach(library IN ITEMS model config io isa runtime device train datasets compiler report)
  set(target gradcore_${library})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${library}
    INTERFACE_INCLUDE_DIRECTORIES "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>;$<INSTALL_INTERFACE:${headers}>")
  install(TARGETS ${target} EXPORT gradcore COMPONENT gradcore
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/sw/${library}" DESTINATION "${headers}/sw"
          COMPONENT gradcore FILES_MATCHING PATTERN "*.h")
endforeach()
install(EXPORT gradcore NAMESPACE gradcore:: DESTINATION "${package}" COMPONENT gradcore)
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/gradcoreConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/gradcoreConfig.cmake" INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/gradcoreConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/gradcoreConfig.cmake"
              "${CMAKE_BINARY_DIR}/gradcoreConfigVersion.cmake"
        DESTINATION "${package}" COMPONENT gradcore)
if(TARGET gradcore)
  install(TARGETS gradcore COMPONENT program)
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/sw/configs" DESTINATION "${CMAKE_INSTALL_DATADIR}/gradcore"
          COMPONENT program)
endif()
