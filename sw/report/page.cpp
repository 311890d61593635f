// SPDX-License-Identifier: Apache-2.0
#include "sw/report/page.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::report {
namespace {

// Colours: Okabe and Ito, Color universal design, 2008; lighter ones where text stands on them.
constexpr const char* kStyle = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1200px; margin: 2em auto;
       padding: 0 1em; }
h1 { font-size: 1.6em; margin-bottom: 0.2em; }
h2 { font-size: 1.2em; margin: 1.8em 0 0.4em; border-bottom: 1px solid #ddd; }
h3 { font-size: 1em; margin: 1.2em 0 0.3em; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 13px; fill: #444; }
svg .inside { font-size: 11px; fill: #111; pointer-events: none; }
svg.lanes .inside { font-size: 10px; }
svg.lanes rect { stroke: #fff; stroke-width: 0.5; }
.grid { stroke: #e4e4e4; } .axis { stroke: #999; }
.loss { stroke: #0072b2; fill: none; stroke-width: 1.5; }
.range { stroke: #b9d7ea; fill: none; }
.accuracy { fill: #d55e00; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0 3em; }
table { border-collapse: collapse; margin: 0.4em 0; }
th, td { text-align: left; padding: 0.15em 1.2em 0.15em 0; border-bottom: 1px solid #eee;
         vertical-align: top; }
th { font-weight: 600; color: #555; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.legend { font-size: 13px; margin: 0.3em 0; } .legend span { margin-right: 1.4em; }
.legend i { display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.4em; }
.note { color: #666; font-size: 13px; }
details summary { cursor: pointer; color: #555; }
.c-busy, .k-forward { fill: #7fb8dc; background: #7fb8dc; }
.k-dx { fill: #4f9fd0; background: #4f9fd0; }
.k-dw { fill: #9fc4e8; background: #9fc4e8; }
.k-elementwise { fill: #7fceb5; background: #7fceb5; }
.k-function { fill: #f2e27a; background: #f2e27a; }
.k-reduction { fill: #4fb592; background: #4fb592; }
.c-memory, .k-load { fill: #f0b35e; background: #f0b35e; }
.k-store { fill: #e59a78; background: #e59a78; }
.c-token { fill: #dcaac8; background: #dcaac8; }
.c-idle, .k-other, .c-rest { fill: #e6e6e6; background: #e6e6e6; }
@media print { body { max-width: none; } details { display: none; } }
)";

std::string pairs(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<table>\n";
  for (const auto& [name, value] : rows) {
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escape(name), escape(value));
  }
  return out + "</table>\n";
}

std::string table_text(const Table& table) {
  std::string out = fmt::format("<h3>{}</h3>\n<table>\n<tr>", escape(table.title));
  const auto css = [&](std::size_t column) {
    const bool number = column < table.head.size() && table.head[column].starts_with('#');
    return number ? " class=\"number\"" : "";
  };
  for (std::size_t c = 0; c < table.head.size(); ++c) {
    std::string_view title = table.head[c];
    if (title.starts_with('#')) title.remove_prefix(1);
    out += fmt::format("<th{}>{}</th>", css(c), escape(title));
  }
  out += "</tr>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += fmt::format("<td{}>{}</td>", css(c), escape(row[c]));
    }
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

// The picture of the step as text, for those who cannot see it and for searching.
Table span_table(const Report& report) {
  Table out{"", {"unit", "#from", "#cycles", "instruction", "note"}, {}};
  std::vector<runtime::Span> spans = report.spans;
  std::stable_sort(spans.begin(), spans.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (const runtime::Span& span : spans) {
    if (span.done <= report.step.from || span.begin >= report.step.to) continue;
    const runtime::InstructionNames::Entry* const known = report.names.find(span.address);
    out.rows.push_back({runtime::kCountedUnitNames[static_cast<std::size_t>(span.unit)],
                        fmt::to_string(static_cast<std::int64_t>(span.begin - report.step.from)),
                        fmt::to_string(span.cycles()), known != nullptr ? known->name : "unknown",
                        known != nullptr ? known->note : ""});
  }
  return out;
}

}  // namespace

std::string page(const Report& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p>{2}</p>\n",
      escape(report.title), kStyle, escape(report.summary));
  out += "<div class=\"columns\">\n<div><h2>Figures</h2>\n" + pairs(report.figures) + "</div>\n";
  out += "<div><h2>Configuration</h2>\n" + pairs(report.configuration) + "</div>\n</div>\n";
  if (!report.losses.empty()) {
    out += "<h2>Loss</h2>\n" + loss_curve(report.losses, report.accuracy);
    if (!report.accuracy.empty()) {
      out +=
          "<p class=\"note\">Line: loss of each step. Points: test accuracy after each epoch, "
          "at the right.</p>\n";
    }
  }
  if (!report.bars.empty()) {
    out += "<h2>Where the cycles went</h2>\n" + stacked_bars(report.bars);
    out +=
        "<p class=\"note\">busy: the unit works. memory: it waits for local memory or DRAM. "
        "token: it has nothing in work, and its next instruction waits for another unit. idle: "
        "it has no instruction. MACs: multiply-accumulates that the network needs, of those "
        "that the array could have done.</p>\n";
  }
  if (!report.spans.empty()) {
    out += "<h2>One training step</h2>\n" +
           lanes(report.spans, report.names, report.step.from, report.step.to);
    out += fmt::format(
        "<p class=\"note\">{}</p>\n<details><summary>as a table</summary>\n{}"
        "</details>\n",
        escape(report.step_note), table_text(span_table(report)));
  }
  if (!report.tables.empty()) {
    out += "<h2>Memory</h2>\n<div class=\"columns\">\n";
    for (const Table& table : report.tables) out += "<div>" + table_text(table) + "</div>\n";
    out += "</div>\n";
  }
  return out + "</body>\n</html>\n";
}

std::optional<Window> step_window(const std::vector<runtime::Span>& spans,
                                  const isa::Program& program, std::uint32_t base) {
  const std::optional<std::size_t> mark = runtime::turn_mark(program);
  if (!mark) return std::nullopt;
  const auto address = static_cast<std::uint32_t>(base + *mark * isa::kInstructionBytes);
  constexpr std::size_t kTurn = 2;  // the first two are filling the pipelines
  std::vector<std::uint64_t> begins;
  for (const runtime::Span& span : spans) {
    if (span.address == address && begins.size() < kTurn + 2) begins.push_back(span.begin);
  }
  if (begins.size() < 2) return std::nullopt;
  return Window{begins[begins.size() - 2], begins.back()};
}

}  // namespace gradcore::report
