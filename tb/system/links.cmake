# SPDX-License-Identifier: Apache-2.0
find_package(fmt REQUIRED)
list(APPEND links gradcore_programs fmt::fmt)
foreach(library IN ITEMS faulty_core example_soc)
  if(TARGET gradcore_${library})
    list(APPEND links gradcore_${library})
  endif()
endforeach()
