# SPDX-License-Identifier: Apache-2.0
if(TARGET gradcore_faulty_core)
  list(APPEND links gradcore_faulty_core)
endif()
