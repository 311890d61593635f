// SPDX-License-Identifier: Apache-2.0
// The board that is brought up, as the steps see it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sw/bridge/serial_chip.h"
#include "sw/runtime/chip_port.h"
#include "sw/runtime/device.h"
#include "sw/runtime/model_device.h"

namespace gradcore::bringup {

class Board {
 public:
  virtual ~Board() = default;

  // As reports call it.
  virtual std::string name() const = 0;
  // Registers and DRAM. The first call begins a session and resets the chip. Throws
  // bridge::LineError, bridge::LinkError, and NotThere where there is nothing but a device.
  virtual runtime::ChipPort& port() = 0;
  // Of the line since the session began.
  virtual bridge::LinkCounts counts() = 0;
  // Chip and buses are as after power-up, memories keep what they hold; device() is made anew.
  // Throws bridge::LineError, bridge::LinkError, also where no session has begun.
  virtual void reset() = 0;
  // Throws std::runtime_error when what is there is no chip of this software's description.
  virtual runtime::Device& device() = 0;

  // The functional model of the same chip with as much DRAM; zeros when it is made.
  runtime::ModelDevice& model();

 private:
  std::unique_ptr<runtime::ModelDevice> model_;
};

// Opens the line when it is needed, so that a step can tell why it does not open.
class SerialBoard : public Board {
 public:
  using OpenLine = std::function<std::unique_ptr<bridge::Line>()>;

  // The observer is called while the board works, and may throw.
  SerialBoard(std::string name, OpenLine open, const bridge::LinkSettings& settings,
              std::function<void()> observer);

  std::string name() const override { return name_; }
  runtime::ChipPort& port() override { return chip(); }
  bridge::LinkCounts counts() override { return chip().counts(); }
  void reset() override;
  runtime::Device& device() override;

 private:
  bridge::SerialChip& chip();

  std::string name_;
  OpenLine open_;
  bridge::LinkSettings settings_;
  std::function<void()> observer_;
  std::unique_ptr<bridge::SerialChip> chip_;
  std::unique_ptr<runtime::Device> device_;
};

}  // namespace gradcore::bringup
