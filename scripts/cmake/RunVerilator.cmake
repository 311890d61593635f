# SPDX-License-Identifier: Apache-2.0
# Build step of gradcore_verilate: cmake -DVERILATOR= -DDIR= -DPREFIX= -P RunVerilator.cmake
# Runs Verilator on DIR/verilator.f and leaves in DIR: the generated sources, <PREFIX>_fast.cpp and
# <PREFIX>_slow.cpp that include them, and verilator.d with the files that were read.

cmake_minimum_required(VERSION 3.22)
set(fresh "${DIR}/fresh")
file(REMOVE_RECURSE "${fresh}")
file(MAKE_DIRECTORY "${fresh}")
execute_process(COMMAND "${VERILATOR}" -f "${DIR}/verilator.f" -Mdir "${fresh}"
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Verilator failed on ${DIR}/verilator.f")
endif()

# Verilator says which sources are hot by their names; the class itself forwards eval(). The digest
# of what is included makes the including file change with it: Ninja looks at no other time.
file(GLOB headers "${fresh}/*.h")
file(GLOB all "${fresh}/*.cpp")
list(SORT headers)
list(SORT all)
set(slow_sources ${all})
list(FILTER slow_sources INCLUDE REGEX "(__Slow|__Syms)\\.cpp$")
set(fast_sources ${all})
list(FILTER fast_sources EXCLUDE REGEX "(__Slow|__Syms)\\.cpp$")
foreach(kind IN ITEMS fast slow)
  set(lines)
  set(digests)
  foreach(file IN LISTS ${kind}_sources headers)
    file(SHA256 "${file}" digest)
    string(APPEND digests "${digest}")
  endforeach()
  foreach(file IN LISTS ${kind}_sources)
    cmake_path(GET file FILENAME name)
    string(APPEND lines "#include \"${name}\"\n")
  endforeach()
  string(SHA256 digest "${digests}")
  file(WRITE "${fresh}/${PREFIX}_${kind}.cpp" "// ${digest}\n${lines}")
endforeach()

# Files that are the same keep their time, so that nothing is compiled again for them.
file(GLOB old RELATIVE "${DIR}" "${DIR}/${PREFIX}*.cpp" "${DIR}/${PREFIX}*.h")
file(GLOB new RELATIVE "${fresh}" "${fresh}/*.cpp" "${fresh}/*.h")
foreach(name IN LISTS old)
  if(NOT name IN_LIST new)
    file(REMOVE "${DIR}/${name}")
  endif()
endforeach()
foreach(name IN LISTS new)
  file(COPY_FILE "${fresh}/${name}" "${DIR}/${name}" ONLY_IF_DIFFERENT)
endforeach()

file(READ "${fresh}/${PREFIX}__ver.d" rule)
string(REGEX REPLACE "^[^:]*:" "" inputs "${rule}")
string(STRIP "${inputs}" inputs)
file(WRITE "${DIR}/verilator.d" "${DIR}/${PREFIX}_fast.cpp: ${inputs}\n")
file(REMOVE_RECURSE "${fresh}")
