// SPDX-License-Identifier: Apache-2.0
// The sum of two vectors, on the chip: a program as text, data to DRAM and back.
#include <iostream>

#include "sw/isa/assembler.h"
#include "sw/runtime/model_device.h"

int main() {
  using namespace gradcore;
  runtime::ModelDevice chip({.n = 16, .operand_kib = 64, .accumulator_kib = 64}, 1 << 16);
  const isa::Assembly program = isa::assemble_with_source(R"(
    A = 0x80000000
    B = 0x80000400
    load rows=1 cols=8 mem=A dram=0x1000
    load rows=1 cols=8 mem=B dram=0x1020 give=t0  # loads are done in order
    vector rows=1 cols=8 a=A b_is=constant b_constant=1 combine=add c=B write_d=1 d=A take=t0 give=t1
    store rows=1 cols=8 mem=A dram=0x1040 take=t1
    halt)",
                                                          "sum");
  const std::string code = isa::to_bytes(program.program);
  const float data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80};
  chip.write(0, std::as_bytes(std::span(code)));
  chip.write(0x1000, std::as_bytes(std::span(data)));
  chip.launch(0);
  const runtime::Status status = chip.wait(1000);
  if (status.state != runtime::State::kDone) {
    std::cerr << runtime::describe(status, program) << '\n';
    return 1;
  }
  float sum[8];
  chip.read(0x1040, std::as_writable_bytes(std::span(sum)));
  for (const float x : sum) std::cout << x << '\n';
}
