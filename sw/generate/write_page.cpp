// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sw/generate/writers.h"

namespace gradcore::isa {
namespace {

std::string place(const BitRange& bits) {
  if (bits.width == 32) return fmt::format("{}", bits.word);
  if (bits.width == 1) return fmt::format("{}[{}]", bits.word, bits.lsb);
  return fmt::format("{}[{}:{}]", bits.word, bits.lsb + bits.width - 1, bits.lsb);
}

constexpr const char* kIntroduction =
    R"(<!-- Generated from instructions.yaml by `make generate`. -->
# The instruction set

A program is a list of instructions of 64 bytes in DRAM, at a multiple of 64. The command processor reads them in
order, carries out those of the unit `control` itself and hands the others to the queues of the matrix unit, the
vector unit, and the two of the DMA that load and store. Each unit works through its queue in order; units run ahead of
each other and meet by tokens: `take` holds an instruction back until each of the tokens named is there, and takes one of
each; `give` gives one of each when everything that the instruction writes is in memory. There are 16 tokens, t0 to t15,
each a count from 0 to 255. A token may only be taken that an instruction before gives, and for the results to be the
same in every run one unit alone takes it.

Every instruction is checked before it goes to its unit. The first one that is refused has no effect, nor has any after
it; all before it are carried out. Only what DRAM answers (`bus`) and what a list holds (`index`) come to light later, when other units may be ahead.

An instruction is 16 words of 32 bits, least significant byte first; bits [7:0] of word 0 are the opcode, and bits that
no field covers must be 0. To an address the register that its base selects is added, modulo 2^32 (r0 is 0). In assembler
text, fields that are 0 may be left out:

    loop count=8
      gemm m=784 k=32 n=16 trans_x=1 x=0 w=r1+0x4000 y=r2+0x80000000 take=t0 give=t1
      add rd=r1 rs=r1 value=512
    end
    halt

One instruction a line, its fields in any order; `#` begins a comment, and `NAME = number` names a number for the lines
below it. Numbers are 42, 0x2a, names, and sums of these with `+` (there is no minus: modulo 2^32, -512 is 0xfffffe00);
addresses likewise with one register, `r3+WEIGHTS+0x40`; tokens are `take=t0,t3`; choices have the names below; binary32
numbers are decimal, inf, -inf, nan, or their bits as 0x and 8 digits. Operand memory begins at address 0, accumulator memory at
0x80000000; their matrices begin at multiples of a tile, 2 N^2 and 4 N^2 bytes.

List memory holds integers: rows of tables in DRAM for `indexed` loads and stores, pairs of rows for `listed` vector
instructions. The loads with `to_list` fill it, and tokens order them like any others; the register `list_entries` says how
many it holds. A store whose list has a bad entry stores nothing; a load may have loaded something; a listed vector
instruction does all before the bad entry and nothing from there on. Repeated rows count in the order of the list: the last
one stored stays, and `combine=add` with c = d adds them up one after the other. A listed instruction is one row of
tiles where `order` says `follow`. What it writes must lie apart from a, and apart from c or be the same matrix.
)";

}  // namespace

std::string write_page(const Description& description) {
  std::string out = kIntroduction;
  for (const InstructionDescription& one : description.instructions) {
    out += fmt::format("\n## {} ({}, opcode 0x{:02x})\n\n{}\n", one.name, one.unit, one.opcode,
                       one.doc);
    if (one.fields.empty()) continue;
    out += "\n| field | word[bits] | what |\n|---|---|---|\n";
    for (const FieldDescription& field : one.fields) {
      std::string where = place(field.bits);
      if (field.base) where += fmt::format(", base {}", place(*field.base));
      std::string kind;
      if (field.kind == "enum") kind = fmt::format(" (`{}`)", field.enumeration);
      if (field.kind == "float") kind = " (binary32)";
      out += fmt::format("| `{}` | {} | {}{} |\n", field.name, where, cell(field.doc), kind);
    }
  }
  out += "\n## Choices\n";
  for (const EnumDescription& one : description.enums) {
    out += fmt::format("\n**`{}`**: {}\n\n| name | value | what |\n|---|---|---|\n", one.name,
                       one.doc);
    for (const EnumValue& value : one.values) {
      out += fmt::format("| `{}` | {} | {} |\n", value.name, value.value, cell(value.doc));
    }
  }
  return out;
}

}  // namespace gradcore::isa
