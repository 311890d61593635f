# SPDX-License-Identifier: Apache-2.0
list(APPEND links gradcore_programs)
if(TARGET gradcore_faulty_core)
  list(APPEND links gradcore_faulty_core)
endif()
