// SPDX-License-Identifier: Apache-2.0
// CoreModel over a class that Verilator generated from rtl/top/gradcore.sv.
#pragma once

#include <verilated.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "tb/harness/core_model.h"
#include "tb/harness/destroy_model.h"

namespace gradcore::harness {

// Model: the generated class. Trace: VerilatedFstC for traced models, void otherwise.
template <typename Model, unsigned N, typename Trace>
class VerilatedCore final : public CoreModel {
  static constexpr bool kTraced = !std::is_void_v<Trace>;

 public:
  VerilatedCore() {
    // A failing assertion is counted and reported by the harness; it does not end the process.
    context_.errorLimit(std::numeric_limits<int>::max());
    context_.fatalOnError(false);
    if constexpr (kTraced) context_.traceEverOn(true);
    model_ = std::make_unique<Model>(&context_);
    model_->rst_ni = 0;
    model_->clk_i = 0;
    model_->eval();
  }
  ~VerilatedCore() override {
    close_trace();
    destroy_model(context_, model_);
  }
  VerilatedCore(const VerilatedCore&) = delete;
  VerilatedCore& operator=(const VerilatedCore&) = delete;

  void settle(const CoreInputs& inputs, CoreOutputs& outputs) override {
    Model& m = *model_;
    m.cmd_valid_i = inputs.cmd_valid;
    if (inputs.cmd_valid) {
      for (unsigned i = 0; i < kCommandWords; ++i) m.cmd_i[i] = inputs.cmd[i];
    }
    m.rsp_ready_i = inputs.rsp_ready;
    m.mem_valid_i = inputs.mem_valid;
    if (inputs.mem_valid) {
      m.mem_write_i = inputs.mem_write;
      m.mem_address_i = inputs.mem_address;
      // Verilator expects the bits beyond a port's width to be 0.
      constexpr std::uint32_t kLaneMask = 0xffff'ffffu >> (32 - N);
      m.mem_mask_i =
          static_cast<std::remove_cvref_t<decltype(m.mem_mask_i)>>(inputs.mem_mask & kLaneMask);
      if (inputs.mem_write) {
        for (unsigned i = 0; i < N; ++i) m.mem_data_i[i] = inputs.mem_data[i];
      }
    }
    m.mem_ready_i = inputs.mem_ready;
    m.clk_i = 0;
    m.eval();
    dump();
    outputs.cmd_ready = m.cmd_ready_o;
    outputs.rsp_valid = m.rsp_valid_o;
    outputs.rsp = m.rsp_o;
    outputs.mem_ready = m.mem_ready_o;
    outputs.mem_valid = m.mem_valid_o;
    outputs.busy = m.busy_o;
  }

  void edge() override {
    model_->clk_i = 1;
    model_->eval();
    dump();
  }

  void set_reset(bool active) override { model_->rst_ni = !active; }

  std::uint32_t mem_data(unsigned lane) const override { return model_->mem_data_o[lane]; }

  unsigned assertion_failures() const override {
    return static_cast<unsigned>(context_.errorCount());
  }

  void open_trace(const std::string& path) override {
    if constexpr (kTraced) {
      trace_ = std::make_unique<Trace>();
      model_->trace(trace_.get(), 99);
      trace_->open(path.c_str());
      if (!trace_->isOpen()) throw std::runtime_error("cannot write waveforms to '" + path + "'");
    } else {
      no_trace();
    }
  }

  void close_trace() override {
    if constexpr (kTraced) {
      if (trace_) trace_->close();
      trace_.reset();
    }
  }

  std::uint64_t time() const override {
    return context_.time() < kHalfPeriod ? 0 : context_.time() - kHalfPeriod;
  }

  // The names are visible by tb/probes/traced.vlt.
  bool vector_enters() const override {
    if constexpr (kTraced) {
      return model_->rootp->gradcore__DOT__u_matrix_unit__DOT__stream_grant;
    } else {
      no_trace();
    }
  }

  ResultWrite result_write() const override {
    ResultWrite write;
    if constexpr (kTraced) {
      const auto& root = *model_->rootp;
      const std::uint32_t line = root.gradcore__DOT__u_matrix_unit__DOT__write_line_o;  // line_t
      write.valid = root.gradcore__DOT__u_matrix_unit__DOT__write_valid_o;
      write.tile = line >> 6;
      write.index = (line >> 1) & 31;
      write.by_column = (line & 1) != 0;
      write.mask = root.gradcore__DOT__u_matrix_unit__DOT__write_mask_o;
      for (unsigned i = 0; i < N; ++i) {
        write.data[i] = root.gradcore__DOT__u_matrix_unit__DOT__write_data_o[i];
      }
    } else {
      no_trace();
    }
    return write;
  }

  PeState pe(unsigned row, unsigned column) const override {
    PeState state;
    if constexpr (kTraced) {
      const auto& root = *model_->rootp;
      const unsigned p = row * N + column;
      state.streamed = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__x_q[p];
      state.stationary = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__w_q[p];
      state.product = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__product_q[p];
    } else {
      no_trace();
    }
    return state;
  }

  PartialSum sum_into(unsigned row, unsigned column) const override {
    PartialSum sum;
    if constexpr (kTraced) {
      const auto& root = *model_->rootp;
      if (row == N) {
        sum.sum = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__sum_o[column];
        sum.specials = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__special_o[column];
      } else {
        const unsigned p = row * N + column;
        sum.sum = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__sum_q[p];
        sum.specials = root.gradcore__DOT__u_matrix_unit__DOT__u_array__DOT__special_q[p];
      }
    } else {
      no_trace();
    }
    return sum;
  }

 private:
  struct NoTrace {};

  [[noreturn]] static void no_trace() {
    throw std::logic_error("this model was built without tracing");
  }

  static constexpr std::uint64_t kHalfPeriod = 5;  // time units, ns in the waveform

  void dump() {
    if constexpr (kTraced) {
      if (trace_) trace_->dump(context_.time());
    }
    context_.timeInc(kHalfPeriod);
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<std::conditional_t<kTraced, Trace, NoTrace>> trace_;
};

}  // namespace gradcore::harness
