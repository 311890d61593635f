// SPDX-License-Identifier: Apache-2.0
// BoardModel over a class that Verilator generated from rtl/fpga/ulx3s.sv.
#pragma once

#include <verilated.h>

#include <limits>
#include <memory>

#include "tb/board/board_model.h"
#include "tb/harness/destroy_model.h"

namespace gradcore::board {

template <typename Model>
class VerilatedBoard final : public BoardModel {
 public:
  VerilatedBoard() {
    context_.errorLimit(std::numeric_limits<int>::max());
    context_.fatalOnError(false);
    model_ = std::make_unique<Model>(&context_);
    model_->ftdi_txd = 1;
    model_->btn = 0;
    model_->clk_25mhz = 0;
    model_->eval();
  }
  ~VerilatedBoard() override { harness::destroy_model(context_, model_); }
  VerilatedBoard(const VerilatedBoard&) = delete;
  VerilatedBoard& operator=(const VerilatedBoard&) = delete;

  bool cycle(bool rx) override {
    model_->ftdi_txd = rx;
    model_->clk_25mhz = 0;
    model_->eval();
    model_->clk_25mhz = 1;
    model_->eval();
    return model_->ftdi_rxd != 0;
  }
  void press(bool button) override { model_->btn = button; }
  unsigned lights() const override { return model_->led; }
  unsigned assertion_failures() const override {
    return static_cast<unsigned>(context_.errorCount());
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

}  // namespace gradcore::board
