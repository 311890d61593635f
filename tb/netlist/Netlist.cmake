# SPDX-License-Identifier: Apache-2.0
# Netlists as Verilated models with the ports of the module they were made of.
#
#   gradcore_netlist_verilog(<output> MODULE <module> [PARAMS <name>=<value>...])
#     sets <output> to a Verilog file of ECP5 cells that scripts/synth writes when the build needs it.
#   gradcore_verilate_netlist(<target> MODULE <module> [PREFIX <class>]
#                             [PARAMS <name>=<value>...] [SHELL_PARAMS <name>=<value>...])
#     <target> is what gradcore_verilate makes. <module>_netlist.sv beside this file is its top: it
#     gives the netlist, in which arrays of ports are vectors, the ports of the module; SHELL_PARAMS
#     are its parameters.

find_package(Python3 COMPONENTS Interpreter REQUIRED)
set(_gradcore_netlist_dir "${CMAKE_CURRENT_LIST_DIR}")

function(gradcore_netlist_verilog output)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODULE" "PARAMS")
  list(JOIN arg_PARAMS "_" suffix)
  string(REPLACE "=" "" suffix "${arg_MODULE}_${suffix}")
  set(netlist "${CMAKE_BINARY_DIR}/netlist/${suffix}.v")
  set(params)
  foreach(param IN LISTS arg_PARAMS)
    list(APPEND params --param ${param})
  endforeach()
  file(GLOB_RECURSE rtl CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rtl/*.sv"
       "${CMAKE_SOURCE_DIR}/rtl/*.svh" "${CMAKE_SOURCE_DIR}/rtl/*.f")
  file(GLOB scripts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/scripts/synthesis/*.py")
  add_custom_command(
    OUTPUT "${netlist}"
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/scripts/synth" --build
            "${CMAKE_BINARY_DIR}" --netlist "${netlist}" --module ${arg_MODULE} ${params}
    DEPENDS ${rtl} ${scripts} "${CMAKE_SOURCE_DIR}/scripts/synth"
    COMMENT "Synthesising ${suffix}"
    USES_TERMINAL
    VERBATIM)
  set(${output} "${netlist}" PARENT_SCOPE)
endfunction()

function(gradcore_verilate_netlist target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODULE;PREFIX" "PARAMS;SHELL_PARAMS")
  if(NOT arg_PREFIX)
    set(arg_PREFIX "V${target}")
  endif()
  gradcore_netlist_verilog(netlist MODULE ${arg_MODULE} PARAMS ${arg_PARAMS})
  file(GLOB cells CONFIGURE_DEPENDS "${_gradcore_netlist_dir}/ecp5/*.sv")
  gradcore_verilate(${target} TOP ${arg_MODULE}_netlist PREFIX ${arg_PREFIX}
    SOURCES "${CMAKE_SOURCE_DIR}/rtl/pkg/gradcore_pkg.sv" ${cells} "${netlist}"
            "${_gradcore_netlist_dir}/${arg_MODULE}_netlist.sv"
    PARAMS ${arg_SHELL_PARAMS} FLAGS "${_gradcore_netlist_dir}/netlist.vlt"
    # Some 30,000 small expressions: more optimisation takes minutes and gains little.
    CXX_FLAGS -O1)
endfunction()
