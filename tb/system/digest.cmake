# SPDX-License-Identifier: Apache-2.0
# The same bits on every build: model_digest is built by every compiler found, without and with
# optimisation, and with the flags that allow a compiler to break floating-point arithmetic. Every
# build must print model_digest.golden, also with the processor in its least helpful modes.
# A contract changed on purpose needs a new golden file: model_digest > model_digest.golden.
set(digest_dir "${CMAKE_CURRENT_LIST_DIR}")
get_filename_component(digest_root "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(digest_sources "${digest_dir}/model_digest.cpp" "${digest_root}/sw/model/functional_core.cpp"
                   "${digest_root}/sw/model/gemm.cpp")
file(GLOB digest_headers CONFIGURE_DEPENDS "${digest_root}/sw/model/*.h"
     "${digest_root}/sw/device/device.h" "${digest_root}/sw/device/gemm_command.h"
     "${digest_root}/tb/harness/random_patterns.h")

set(digest_flags_plain -O0)
set(digest_flags_fast -O3 -march=native)
set(digest_flags_reckless -Ofast -ffast-math -march=native)
set(digest_flags_checked -O1 -fsanitize=undefined -fno-sanitize-recover=all)
set(digest_programs)

find_program(GRADCORE_DIGEST_GCC NAMES g++)
find_program(GRADCORE_DIGEST_CLANG NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16
                                         clang++-15 clang++-14)
mark_as_advanced(GRADCORE_DIGEST_GCC GRADCORE_DIGEST_CLANG)

foreach(compiler IN ITEMS gcc clang)
  string(TOUPPER "GRADCORE_DIGEST_${compiler}" path)
  if(NOT ${path})
    message(STATUS "model_digest: no ${compiler} found, its builds are left out")
    continue()
  endif()
  foreach(variant IN ITEMS plain fast reckless checked)
    if(compiler STREQUAL "clang" AND variant STREQUAL "checked")
      continue()  # gcc's sanitizer is part of gcc, clang's a package of its own
    endif()
    set(program "${CMAKE_CURRENT_BINARY_DIR}/digest/model_digest_${compiler}_${variant}")
    add_custom_command(
      OUTPUT "${program}"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/digest"
      COMMAND "${${path}}" -std=c++20 ${digest_flags_${variant}} "-I${digest_root}"
              ${digest_sources} -o "${program}"
      DEPENDS ${digest_sources} ${digest_headers}
      COMMENT "Building model_digest with ${compiler}, ${variant}"
      VERBATIM)
    list(APPEND digest_programs "${program}")
    set(test "system.ModelDigest.${compiler}_${variant}")
    set(expect --expect "${digest_dir}/model_digest.golden")
    add_test(NAME "${test}" COMMAND "${program}" ${expect})
    add_test(NAME "${test}_hostile_fp_modes" COMMAND "${program}" --hostile-fp-modes ${expect})
    set_tests_properties("${test}" "${test}_hostile_fp_modes" PROPERTIES TIMEOUT 300 LABELS system)
  endforeach()
endforeach()
add_custom_target(model_digests ALL DEPENDS ${digest_programs})
