// SPDX-License-Identifier: Apache-2.0
// Requests to a board and its answers, over a line that may damage, lose or repeat anything: every
// request is carried out once, or an exception tells why not. rtl/bridge/README.md is the protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/bridge/frame.h"
#include "sw/bridge/line.h"

namespace gradcore::bridge {

// The board does not answer, refuses, or is none. what() is one clear sentence.
class LinkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The board answered, and refused: the request, or what lies at its address, cannot be. The session
// goes on.
class Refusal : public LinkError {
 public:
  Refusal(const std::string& what, Status status) : LinkError(what), status_(status) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

struct LinkSettings {
  // Silence after which a request is repeated; each time it doubles, up to max_patience.
  Line::Duration patience = std::chrono::milliseconds(250);
  Line::Duration max_patience = std::chrono::seconds(2);
  unsigned hello_attempts = 4;  // at a line where there may be anything
  unsigned attempts = 12;
  std::uint32_t salt = 0;  // what tells this session from others; 0: at random
};

// What happened on the line.
struct LinkCounts {
  std::uint64_t requests = 0;
  std::uint64_t repeats = 0;          // requests sent again
  std::uint64_t damaged_answers = 0;  // frames from the board that came with an error
  std::uint64_t complaints = 0;       // frames that the board told of as damaged
  std::uint64_t silences = 0;         // times nothing came
};

class Link {
 public:
  // Begins a session. Throws LinkError if there is no board of this protocol.
  explicit Link(std::unique_ptr<Line> line, const LinkSettings& settings = {});

  // Any number of bytes, in as many requests as it takes; registers are whole words. Throw Refusal,
  // LinkError, LineError.
  void read(Request request, std::uint32_t address, std::span<std::byte> bytes);
  void write(Request request, std::uint32_t address, std::span<const std::byte> bytes);
  // Everything on the board but the bridge.
  void reset();

  const LinkCounts& counts() const { return counts_; }
  std::string name() const { return line_->name(); }

 private:
  // The answer to a frame whose sequence is set here.
  Frame request(Frame frame, unsigned attempts);
  bool receive(const Frame& sent, Line::Duration patience);
  void wait_for_silence();
  void adapt(unsigned repeats);
  [[noreturn]] void refuse(const Frame& sent, const Frame& answer) const;

  std::unique_ptr<Line> line_;
  LinkSettings settings_;
  Decoder decoder_;
  std::vector<std::byte> pending_;  // received, not yet looked at
  std::uint8_t next_ = 0;
  // Bytes of data in a frame: fewer where long ones suffer, for they are repeated whole.
  std::size_t part_ = kMaxData;
  unsigned clean_ = 0;  // requests since the last one that was repeated
  LinkCounts counts_;
};

}  // namespace gradcore::bridge
