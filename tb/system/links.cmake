# SPDX-License-Identifier: Apache-2.0
list(APPEND links gradcore_programs)
foreach(library IN ITEMS faulty_core example_soc)
  if(TARGET gradcore_${library})
    list(APPEND links gradcore_${library})
  endif()
endforeach()
