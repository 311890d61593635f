// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/mismatch_report.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdlib>
#include <iomanip>
#include <sstream>

namespace gradcore::harness {
namespace {

std::string hex(std::uint64_t bits, int digits) {
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(digits) << bits;
  return text.str();
}

std::string number(std::uint32_t bits) {
  std::ostringstream text;
  text << std::setprecision(9) << std::bit_cast<float>(bits);
  return text.str();
}

std::string bf16(std::uint16_t bits) {
  return number(model::bf16_to_fp32(bits)) + " (" + hex(bits, 4) + ")";
}

// Steps between neighbouring numbers; both zeros are the same place.
std::string ulps(std::uint32_t a, std::uint32_t b) {
  if (model::fp32_is_nan(a) || model::fp32_is_nan(b)) return "NaN: no distance";
  const auto place = [](std::uint32_t bits) {
    const std::int64_t magnitude = bits & ~model::kFp32Sign;
    return (bits & model::kFp32Sign) != 0 ? -magnitude : magnitude;
  };
  return std::to_string(std::llabs(place(a) - place(b))) + " ULP apart";
}

const char* what(WrongPe::What what) {
  switch (what) {
    case WrongPe::What::kStreamed:
      return "the streamed operand";
    case WrongPe::What::kStationary:
      return "the stationary operand";
    case WrongPe::What::kProduct:
      return "the product";
    case WrongPe::What::kSum:
      return "the sum that leaves it";
  }
  return "";
}

// product_t: three bits of specials, sign, 4 bits of gap in bytes, 30 of magnitude.
std::string product(std::uint64_t bits) {
  return ((bits >> 34) & 1 ? "-" : "+") + std::to_string(bits & 0x3fff'ffff) + " >> " +
         std::to_string(((bits >> 30) & 15) * 8) + " (" + hex(bits, 10) + ")";
}

std::string value_in_pe(WrongPe::What what, std::uint64_t bits) {
  return what == WrongPe::What::kProduct ? product(bits) : hex(bits, 1);
}

std::string flags(const device::GemmCommand& c) {
  return std::string(c.trans_x ? ", X transposed" : "") + (c.trans_w ? ", W transposed" : "") +
         (c.trans_y ? ", Y transposed" : "") + (c.accumulate ? ", accumulating" : "");
}

}  // namespace

std::string file_name(const std::string& test) {
  std::string name = test;
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-'; }, '_');
  return name;
}

std::string describe_mismatch(const Investigation& work, const Mismatch& found) {
  const WrongWrite& wrong = found.write;
  const device::GemmCommand& c = wrong.command;
  std::ostringstream text;
  text << "  test      " << work.test << ", seed " << work.seed << '\n'
       << "  core      N = " << work.hardware.n << ", F = " << work.hardware.f << ", "
       << work.hardware.operand_kib << " + " << work.hardware.accumulator_kib
       << " KiB of local memory\n"
       << "  command   number " << wrong.command_number << ": " << c.m << " x " << c.k << " x "
       << c.n << ", batch " << c.batch << flags(c) << '\n';
  if (wrong.wrong_line && wrong.operands.streamed.empty()) {
    text << "  fault     a result is written to the wrong line, with the wrong lanes, or at all\n";
  }
  text << "  element   Y(row " << wrong.place.row << ", column " << wrong.column << ") of batch "
       << wrong.place.batch << '\n'
       << "  tile      m " << wrong.place.m_tile << ", n " << wrong.place.n_tile << ", k "
       << wrong.place.k_tile << '\n'
       << "  cycle     " << found.cycle << ", " << found.time << " ns in the waveform; the vector "
       << "entered in cycle " << found.entry << '\n';
  if (!wrong.operands.streamed.empty()) {
    text << "  expected  " << hex(wrong.expected, 8) << "  " << number(wrong.expected) << '\n'
         << "  got       " << hex(wrong.got, 8) << "  " << number(wrong.got) << ", "
         << ulps(wrong.expected, wrong.got) << '\n'
         << "  added to  " << hex(wrong.addend, 8) << "  " << number(wrong.addend) << '\n';
    if (found.pe) {
      const WrongPe& pe = *found.pe;
      text << "  PE        (row " << pe.row << ", column " << pe.column << "): " << what(pe.what)
           << " should be " << value_in_pe(pe.what, pe.expected) << ", is "
           << value_in_pe(pe.what, pe.got) << ", in cycle " << pe.cycle << '\n'
           << "            streamed " << bf16(wrong.operands.streamed[pe.row]) << ", stationary "
           << bf16(wrong.operands.stationary[pe.row]) << '\n';
    } else {
      text << "  PE        none: the sums of the array are right, the fault lies behind it\n";
    }
  }
  text << "  waves     gtkwave " << found.view.string() << '\n';
  return text.str();
}

}  // namespace gradcore::harness
