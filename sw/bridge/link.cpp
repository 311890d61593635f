// SPDX-License-Identifier: Apache-2.0
#include "sw/bridge/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace gradcore::bridge {
namespace {

using std::chrono::milliseconds;

// Longer than a sender stops within a frame, as a rule.
constexpr Line::Duration kSilence = milliseconds(20);
// More than a few answers: a line on which so much comes without one is no board's.
constexpr std::size_t kNoise = 8 * kMaxData;

const char* name_of(Request request) {
  switch (request) {
    case Request::kHello:
      return "hello";
    case Request::kReset:
      return "a reset";
    case Request::kReadRegisters:
      return "a read of registers";
    case Request::kReadMemory:
      return "a read of memory";
    case Request::kWriteRegisters:
      return "a write of registers";
    case Request::kWriteMemory:
      return "a write of memory";
  }
  return "a request";
}

Request request_of(const Frame& frame) { return static_cast<Request>(frame.header.code); }

}  // namespace

Link::Link(std::unique_ptr<Line> line, const LinkSettings& settings)
    : line_(std::move(line)), settings_(settings) {
  // What an earlier host left on the line goes first; the number tells this hello from an older
  // one.
  wait_for_silence();
  const std::uint32_t salt = settings.salt != 0 ? settings.salt : std::random_device{}();
  Frame hello;
  hello.header = {.code = static_cast<std::uint8_t>(Request::kHello),
                  .number = 0,
                  .length = static_cast<std::uint16_t>(kProtocolVersion),
                  .address = salt};
  next_ = static_cast<std::uint8_t>(salt);
  const Frame answer = request(hello, settings_.hello_attempts);
  if (answer.header.length != kProtocolVersion) {
    throw LinkError(fmt::format(
        "the board at {} speaks version {} of the serial protocol, this program version {}: build "
        "both from the same sources",
        line_->name(), answer.header.length, kProtocolVersion));
  }
}

void Link::wait_for_silence() {
  std::array<std::byte, 4096> bytes;
  // A line that is never silent is no board's; the request after this will say so.
  for (unsigned i = 0; i < 64 && line_->read(bytes, kSilence) != 0; ++i) continue;
  pending_.clear();
  decoder_ = {};
}

bool Link::receive(const Frame& sent, Line::Duration patience) {
  std::array<std::byte, 4096> bytes;
  std::size_t seen = 0;
  for (;;) {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const Decoder::Result result = decoder_.push(pending_[i]);
      if (result == Decoder::Result::kNothing) continue;
      if (result == Decoder::Result::kDamaged) {
        ++counts_.damaged_answers;
        // The rest may still come: a repeated request in the middle of it would be for nothing.
        wait_for_silence();
        return false;
      }
      const Frame& frame = decoder_.frame();
      const bool hello = request_of(sent) == Request::kHello;
      const bool complains = frame.status() == Status::kDamaged;
      const bool is_answer = frame.header.number == sent.header.number &&
                             (!hello || (frame.status() == Status::kOk &&
                                         frame.header.address == sent.header.address));
      if (!complains && !is_answer) continue;  // to an earlier request, repeated
      if (complains) ++counts_.complaints;
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(i + 1));
      return !complains;
    }
    pending_.clear();
    if (seen > kNoise) {
      ++counts_.damaged_answers;
      return false;
    }
    const std::size_t count = line_->read(bytes, patience);
    seen += count;
    if (count == 0) {
      ++counts_.silences;
      decoder_ = {};
      return false;
    }
    pending_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

Frame Link::request(Frame frame, unsigned attempts) {
  frame.header.number = next_++;
  ++counts_.requests;
  const std::vector<std::byte> bytes = encode(frame);
  Line::Duration patience = settings_.patience;
  bool heard = false;
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    if (attempt > 0) ++counts_.repeats;
    const std::uint64_t silences = counts_.silences;
    line_->write(bytes);
    if (receive(frame, patience + line_->time_of(bytes.size()))) {
      adapt(attempt);
      return decoder_.frame();
    }
    const bool silent = counts_.silences > silences;
    heard = heard || !silent;
    if (silent) patience = std::min(2 * patience, settings_.max_patience);
  }
  throw LinkError(
      heard ? fmt::format("the line to {} is too bad: {} failed {} times", line_->name(),
                          name_of(request_of(frame)), attempts)
            : fmt::format("no answer from a board at {} to {}: is it the right port and speed, and "
                          "is the board's design loaded?",
                          line_->name(), name_of(request_of(frame))));
}

void Link::adapt(unsigned repeats) {
  constexpr std::size_t kLeast = 128;
  constexpr unsigned kGrows = 8;
  if (repeats > 1) part_ = std::max(kLeast, part_ / 2);
  clean_ = repeats == 0 ? clean_ + 1 : 0;
  if (clean_ == kGrows) {
    part_ = std::min<std::size_t>(2 * part_, kMaxData);
    clean_ = 0;
  }
}

void Link::refuse(const Frame& sent, const Frame& answer) const {
  const std::string what = name_of(request_of(sent));
  const std::uint32_t at = answer.header.address;
  switch (answer.status()) {
    case Status::kNoSession:
    case Status::kOutOfSequence:
      throw LinkError(
          fmt::format("the board at {} was reset, or another program talks to it", line_->name()));
    case Status::kBadAddress:
      throw Refusal(fmt::format("the board has nothing at {:#x} ({} of {} bytes)", at, what,
                                sent.header.length),
                    answer.status());
    case Status::kBusError:
      throw Refusal(fmt::format("the board's bus refuses {} at {:#x}", what, at), answer.status());
    case Status::kBusTimeout:
      throw LinkError(
          fmt::format("the board's bus does not answer {} at {:#x}: it needs a reset", what, at));
    default:
      throw LinkError(fmt::format("the board at {} refuses {}: status {}", line_->name(), what,
                                  static_cast<unsigned>(answer.status())));
  }
}

void Link::read(Request request, std::uint32_t address, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), part_);
    Frame frame;
    frame.header = {.code = static_cast<std::uint8_t>(request),
                    .number = 0,
                    .length = static_cast<std::uint16_t>(part),
                    .address = address};
    const Frame answer = this->request(frame, settings_.attempts);
    if (answer.status() != Status::kOk || answer.data.size() != part) refuse(frame, answer);
    std::copy(answer.data.begin(), answer.data.end(), bytes.begin());
    bytes = bytes.subspan(part);
    address += static_cast<std::uint32_t>(part);
  }
}

void Link::write(Request request, std::uint32_t address, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), part_));
    Frame frame;
    frame.header = {.code = static_cast<std::uint8_t>(request),
                    .number = 0,
                    .length = static_cast<std::uint16_t>(part.size()),
                    .address = address};
    frame.data.assign(part.begin(), part.end());
    const Frame answer = this->request(frame, settings_.attempts);
    if (answer.status() != Status::kOk) refuse(frame, answer);
    bytes = bytes.subspan(part.size());
    address += static_cast<std::uint32_t>(part.size());
  }
}

void Link::reset() {
  Frame frame;
  frame.header.code = static_cast<std::uint8_t>(Request::kReset);
  const Frame answer = request(frame, settings_.attempts);
  if (answer.status() != Status::kOk) refuse(frame, answer);
}

}  // namespace gradcore::bridge
