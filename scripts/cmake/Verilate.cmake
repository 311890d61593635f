# SPDX-License-Identifier: Apache-2.0
# Verilated models as ordinary CMake libraries.
#
#   gradcore_verilate(<target> TOP <module> SOURCES <file>... [PREFIX <class>]
#                     [PARAMS <name>=<value>...] [INCLUDES <dir>...] [FLAGS <verilator flag>...]
#                     [CXX_FLAGS <flag>...] [TRACE])
#
# <target> becomes a static library whose class <PREFIX> (default V<TOP>) is in "<PREFIX>.h".
# rtl/common is always on the include path.
# TRACE adds FST waveforms. Warnings of Verilator are errors; waivers are in rtl/lint.vlt.
#
# Verilator's own CMake package runs it when CMake is run. Here it runs when the build does, only if
# a source or flag changed, and a change that leaves the generated C++ as it was compiles nothing.
# What Verilator writes is compiled as two files: <class>_fast.cpp (evaluation, -O3) and
# <class>_slow.cpp (construction, initial values, trace declarations, -O1).

find_program(GRADCORE_VERILATOR verilator DOC "Verilator 5.006 or newer")
set(_gradcore_verilate_dir "${CMAKE_CURRENT_LIST_DIR}")

function(_gradcore_verilated_runtime)
  if(TARGET gradcore_verilated_runtime)
    return()
  endif()
  if(NOT GRADCORE_VERILATOR)
    message(FATAL_ERROR "Verilator not found: run scripts/setup")
  endif()
  if(NOT GRADCORE_VERILATOR_INCLUDE)
    execute_process(COMMAND "${GRADCORE_VERILATOR}" --getenv VERILATOR_ROOT
                    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE
                    COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND "${GRADCORE_VERILATOR}" --version OUTPUT_VARIABLE banner)
    string(REGEX MATCH "[0-9]+\\.[0-9]+" version "${banner}")
    if(version VERSION_LESS 5.006)
      message(FATAL_ERROR "Verilator ${version} is too old: 5.006 or newer is needed")
    endif()
    set(GRADCORE_VERILATOR_INCLUDE "${root}/include" CACHE INTERNAL "Verilator's run-time sources")
  endif()
  set(include "${GRADCORE_VERILATOR_INCLUDE}")
  find_package(ZLIB REQUIRED)

  # What a model is compiled with does not change the run-time: one library serves all models, and
  # the FST writer is a second one that only traced models pull in.
  add_library(gradcore_verilated_runtime STATIC
    "${include}/verilated.cpp" "${include}/verilated_threads.cpp")
  target_include_directories(gradcore_verilated_runtime SYSTEM PUBLIC
    "${include}" "${include}/vltstd")
  target_compile_definitions(gradcore_verilated_runtime PUBLIC VERILATOR=1 VM_COVERAGE=0 VM_SC=0)
  target_compile_options(gradcore_verilated_runtime PRIVATE -O2 -w)
  target_link_libraries(gradcore_verilated_runtime PUBLIC Threads::Threads)

  add_library(gradcore_verilated_fst STATIC "${include}/verilated_fst_c.cpp")
  target_compile_options(gradcore_verilated_fst PRIVATE -O2 -w)
  target_link_libraries(gradcore_verilated_fst PUBLIC gradcore_verilated_runtime ZLIB::ZLIB)

  set_target_properties(gradcore_verilated_runtime gradcore_verilated_fst PROPERTIES
    CXX_CLANG_TIDY "" EXPORT_COMPILE_COMMANDS OFF)
  # Generates all models without compiling them, which is what clang-tidy needs.
  add_custom_target(gradcore_verilated_sources)
endfunction()

function(gradcore_verilate target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TRACE" "TOP;PREFIX"
                        "SOURCES;PARAMS;INCLUDES;FLAGS;CXX_FLAGS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_TOP OR NOT arg_SOURCES)
    message(FATAL_ERROR "gradcore_verilate(${target}): TOP and SOURCES are needed; "
                        "not understood: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX "V${arg_TOP}")
  endif()
  _gradcore_verilated_runtime()

  set(dir "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  set(flags --cc --top-module ${arg_TOP} --prefix ${arg_PREFIX} --assert -Wall -O3
            --x-assign fast --x-initial fast --unroll-count 1 --output-split 0)
  if(arg_TRACE)
    list(APPEND flags --trace-fst --trace-structs --trace-params)
  endif()
  foreach(param IN LISTS arg_PARAMS)
    list(APPEND flags -G${param})
  endforeach()
  foreach(include IN ITEMS "${CMAKE_SOURCE_DIR}/rtl/common" LISTS arg_INCLUDES)
    cmake_path(ABSOLUTE_PATH include NORMALIZE)
    list(APPEND flags +incdir+${include})
  endforeach()
  list(APPEND flags ${arg_FLAGS})
  set(waivers "${CMAKE_SOURCE_DIR}/rtl/lint.vlt")
  if(EXISTS "${waivers}")
    list(APPEND flags "${waivers}")
  endif()
  set(sources)
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    list(APPEND sources "${source}")
  endforeach()
  list(JOIN flags "\n" flag_lines)
  list(JOIN sources "\n" source_lines)
  # Written only when it differs, so that a changed flag runs Verilator again and nothing else does.
  file(CONFIGURE OUTPUT "${dir}/verilator.f" CONTENT "${flag_lines}\n${source_lines}\n" @ONLY)

  set(fast "${dir}/${arg_PREFIX}_fast.cpp")
  set(slow "${dir}/${arg_PREFIX}_slow.cpp")
  set(generated "${fast}" "${slow}" "${dir}/${arg_PREFIX}.h" "${dir}/${arg_PREFIX}___024root.h"
                "${dir}/${arg_PREFIX}__Syms.h")
  add_custom_command(
    OUTPUT ${generated}
    COMMAND "${CMAKE_COMMAND}" "-DVERILATOR=${GRADCORE_VERILATOR}" "-DDIR=${dir}"
            "-DPREFIX=${arg_PREFIX}" -P "${_gradcore_verilate_dir}/RunVerilator.cmake"
    DEPENDS "${dir}/verilator.f" "${_gradcore_verilate_dir}/RunVerilator.cmake" ${sources}
    DEPFILE "${dir}/verilator.d"
    COMMENT "Verilating ${arg_TOP} as ${target}"
    VERBATIM)
  add_custom_target(${target}_sources DEPENDS ${generated})
  add_dependencies(gradcore_verilated_sources ${target}_sources)

  add_library(${target} STATIC "${fast}" "${slow}")
  add_dependencies(${target} ${target}_sources)
  target_include_directories(${target} SYSTEM PUBLIC "${dir}")
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "" EXPORT_COMPILE_COMMANDS OFF)
  target_compile_options(${target} PRIVATE -w)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # Lanes are many: where the processor has wide vectors, the compiler may use them.
    target_compile_options(${target} PRIVATE -fcf-protection=none -mprefer-vector-width=512)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -fbracket-depth=4096)
  endif()
  # A model is slow to the point of uselessness without optimisation: also in Debug builds.
  set_source_files_properties("${fast}" PROPERTIES COMPILE_OPTIONS "-O3;${arg_CXX_FLAGS}")
  set_source_files_properties("${slow}" PROPERTIES COMPILE_OPTIONS "-O1")
  if(arg_TRACE)
    target_compile_definitions(${target} PRIVATE VM_TRACE=1 VM_TRACE_FST=1 VM_TRACE_VCD=0)
    target_link_libraries(${target} PUBLIC gradcore_verilated_fst)
  else()
    target_compile_definitions(${target} PRIVATE VM_TRACE=0 VM_TRACE_FST=0 VM_TRACE_VCD=0)
    target_link_libraries(${target} PUBLIC gradcore_verilated_runtime)
  endif()
endfunction()
