// SPDX-License-Identifier: Apache-2.0
#include "sw/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sw/report/axis.h"

namespace gradcore::report {
namespace {

constexpr double kLeft = 70;
constexpr double kLetter = 5.6;  // width of a character in a lane, at its size of 10

struct KindInfo {
  const char* css;
  const char* name;
};
// In the order of Kind.
constexpr std::array<KindInfo, 9> kKinds = {{{"k-forward", "gemm"},
                                             {"k-dx", "gemm, W transposed (dX)"},
                                             {"k-dw", "gemm, X transposed (dW)"},
                                             {"k-elementwise", "vector"},
                                             {"k-function", "vector with a function"},
                                             {"k-reduction", "vector with a reduction"},
                                             {"k-load", "load"},
                                             {"k-store", "store"},
                                             {"k-other", "unknown"}}};

std::string legend(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = "<p class=\"legend\">";
  for (const auto& [css, name] : entries) {
    out += fmt::format("<span><i class=\"{}\"></i>{}</span>\n", css, escape(name));
  }
  return out + "</p>\n";
}

std::string tooltip(const runtime::Span& span, const runtime::InstructionNames::Entry* known,
                    std::uint64_t from) {
  std::string out = known != nullptr ? fmt::format("{}\n{}\n{}\n", known->name, known->note,
                                                   disassemble(known->instruction))
                                     : "unknown\n";
  const auto relative = [from](std::uint64_t cycle) {
    return static_cast<std::int64_t>(cycle - from);  // the instruction may be older than the window
  };
  out += fmt::format("at {:#010x}: accepted {}, shown from {} to its end {} ({} cycles)",
                     span.address, relative(span.accepted), relative(span.begin),
                     relative(span.done), span.cycles());
  return out;
}

// As many of its letters as there is room for, or nothing.
std::string shortened(const std::string& text, double letters) {
  constexpr double kFewest = 5;
  if (static_cast<double>(text.size()) <= letters) return text;
  if (letters < kFewest) return "";
  std::size_t size = static_cast<std::size_t>(letters) - 1;
  while (size > 0 && text[size - 1] == ' ') --size;
  return text.substr(0, size) + "…";
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string stacked_bars(const std::vector<Bar>& bars) {
  constexpr double kWidth = 960, kRow = 34, kBarHeight = 24;
  std::string out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth,
                                kRow * static_cast<double>(bars.size()));
  std::vector<std::pair<std::string, std::string>> names;
  for (std::size_t b = 0; b < bars.size(); ++b) {
    const double y = kRow * static_cast<double>(b) + 5;
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kLeft - 8, y + 17,
                       escape(bars[b].name));
    double x = kLeft;
    for (const Part& part : bars[b].parts) {
      const double width = std::clamp(part.share, 0.0, 1.0) * (kWidth - kLeft);
      const std::string css = "c-" + part.name;
      const std::pair<std::string, std::string> entry(css, part.name);
      if (std::find(names.begin(), names.end(), entry) == names.end()) names.push_back(entry);
      if (width == 0) continue;
      out += fmt::format(
          "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" class=\"{}\"><title>{}: {} "
          "{:.2f} %</title></rect>\n",
          x, y, width, kBarHeight, escape(css), escape(bars[b].name), escape(part.name),
          100 * part.share);
      if (part.share >= 0.06) {
        out += fmt::format(
            "<text x=\"{:.2f}\" y=\"{}\" text-anchor=\"middle\" class=\"inside\">{:.1f} "
            "%</text>\n",
            x + width / 2, y + 17, 100 * part.share);
      }
      x += width;
    }
  }
  return legend(names) + out + "</svg>\n";
}

Kind kind_of(const isa::Instruction& instruction) {
  if (instruction.info() == nullptr) return Kind::kOther;
  switch (instruction.info()->unit) {
    case isa::Unit::kMatrix:
      if (instruction.get(isa::gemm::kTransX) != 0) return Kind::kWeightGradient;
      return instruction.get(isa::gemm::kTransW) != 0 ? Kind::kInputGradient : Kind::kForward;
    case isa::Unit::kVector:
      if (instruction.get(isa::vector::kReduce) != 0) return Kind::kReduction;
      return instruction.get(isa::vector::kApply) > static_cast<unsigned>(isa::Apply::kAbs)
                 ? Kind::kFunction
                 : Kind::kElementwise;
    case isa::Unit::kLoad:
      return Kind::kLoad;
    case isa::Unit::kStore:
      return Kind::kStore;
    case isa::Unit::kControl:
      break;
  }
  return Kind::kOther;
}

std::string lanes(const std::vector<runtime::Span>& spans, const runtime::InstructionNames& names,
                  std::uint64_t from, std::uint64_t to) {
  constexpr double kWidth = 1170, kRow = 44, kBox = 36;
  constexpr std::size_t kUnits = runtime::kCountedUnitNames.size();
  if (to <= from) return "<p>There is nothing to show.</p>\n";
  const double height = kRow * kUnits + 26;
  const Axis x(0, static_cast<double>(to - from), kLeft, kWidth - 1);
  std::string out =
      fmt::format("<svg viewBox=\"0 0 {} {}\" class=\"lanes\" role=\"img\">\n", kWidth, height);
  for (const double tick : x.ticks(12)) {
    out += fmt::format("<line x1=\"{0:.1f}\" y1=\"0\" x2=\"{0:.1f}\" y2=\"{1}\" class=\"grid\"/>",
                       x.at(tick), kRow * kUnits);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x.at(tick),
                       kRow * kUnits + 16, number_text(tick));
  }
  for (std::size_t u = 0; u < kUnits; ++u) {
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kLeft - 8,
                       kRow * static_cast<double>(u) + 24, runtime::kCountedUnitNames[u]);
  }
  std::array<bool, kKinds.size()> seen{};
  for (const runtime::Span& span : spans) {
    if (span.done <= from || span.begin >= to) continue;
    const runtime::InstructionNames::Entry* const known = names.find(span.address);
    const auto kind =
        static_cast<std::size_t>(known != nullptr ? kind_of(known->instruction) : Kind::kOther);
    seen[kind] = true;
    const double left = x.at(static_cast<double>(std::max(span.begin, from) - from));
    const double right = x.at(static_cast<double>(std::min(span.done, to) - from));
    const double y = kRow * static_cast<double>(span.unit) + 4;
    out += fmt::format(
        "<g><title>{}</title><rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" "
        "class=\"{}\"/>",
        escape(tooltip(span, known, from)), left, y, right - left, kBox, kKinds[kind].css);
    const std::string label = known == nullptr
                                  ? ""
                                  : shortened(known->note.empty() ? known->name : known->note,
                                              (right - left - 4) / kLetter);
    if (!label.empty()) {
      out += fmt::format("<text x=\"{:.2f}\" y=\"{}\" class=\"inside\">{}</text>", left + 3, y + 22,
                         escape(label));
    }
    out += "</g>\n";
  }
  std::vector<std::pair<std::string, std::string>> entries;
  for (std::size_t k = 0; k < kKinds.size(); ++k) {
    if (seen[k]) entries.emplace_back(kKinds[k].css, kKinds[k].name);
  }
  return legend(entries) + out + "</svg>\n";
}

}  // namespace gradcore::report
