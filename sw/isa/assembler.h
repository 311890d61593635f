// SPDX-License-Identifier: Apache-2.0
// Programs as text. One instruction a line: its name, then field=value in any order; what is left
// out is 0. '#' starts a comment. `NAME = number` names a number for the lines below it.
//
//   numbers    42, 0x2a, a name, sums of these with '+'
//   addresses  likewise, and once r1 to r15: r3+WEIGHTS+0x40
//   registers  r0 to r15           tokens   t0,t3 (none: leave the field out)
//   enums      their names         floats   decimal (nearest binary32), inf, -inf, nan, or 0x bits
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sw/isa/instruction.h"

namespace gradcore::isa {

// what() is "name:line: what is wrong, expected what".
class AssemblyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A program and, for each instruction, the line of text that it comes from.
struct Assembly {
  Program program;
  std::vector<std::string> source;
};

// `name` stands for the text in messages. Also throws for loops that are not closed or nest too
// deep, and for a program that does not end with halt.
Assembly assemble_with_source(std::string_view text, const std::string& name);
Program assemble(std::string_view text, const std::string& name);

// One line in the form that assemble() reads, without indentation: assembling it gives the same
// words. What is no instruction becomes `.words` with all 16 of them, which assemble() takes too.
std::string disassemble(const Instruction& instruction);
// The whole program, a line each, what is inside loops indented.
std::string disassemble(const Program& program);

// To be read beside a waveform: a line for each instruction with its address, the instruction in
// full, and the line it comes from with the names that stand there.
std::string listing(const Assembly& assembly, std::uint64_t base);

// The bytes of a program as the chip reads them, and back. Throws AssemblyError when they are no
// whole number of instructions.
std::string to_bytes(const Program& program);
Program from_bytes(std::string_view bytes, const std::string& name);

}  // namespace gradcore::isa
