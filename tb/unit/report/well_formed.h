// SPDX-License-Identifier: Apache-2.0
// Whether tags of HTML or SVG close in order, and refer to nothing outside.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace gradcore::tb {

// The first thing that is wrong; empty if nothing is.
inline std::string misnested_tag(const std::string& text) {
  const std::set<std::string> alone = {"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos) return "a tag is not closed";
    const std::string tag = text.substr(at + 1, end - at - 1);
    if (tag.empty() || tag.find('<') != std::string::npos) return "a tag within a tag: " + tag;
    const bool closes = tag.front() == '/';
    const std::string name =
        tag.substr(closes ? 1 : 0, tag.find_first_of(" /\n", 1) - (closes ? 1 : 0));
    if (closes) {
      if (open.empty() || open.back() != tag.substr(1)) return "closes what is not open: " + tag;
      open.pop_back();
    } else if (tag.back() != '/' && !alone.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "stays open: " + open.back();
}

inline void expect_self_contained(const std::string& html) {
  EXPECT_EQ(misnested_tag(html), "");
  for (const char* const outside : {"http:", "https:", "//", "src=", "href=", "url(", "@import",
                                    "<script", "<link", "<iframe"}) {
    EXPECT_THAT(html, testing::Not(testing::HasSubstr(outside)));
  }
}

}  // namespace gradcore::tb
