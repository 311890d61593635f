// SPDX-License-Identifier: Apache-2.0
// ChipModel over a class that Verilator generated from rtl/top/gradcore_chip.sv.
#pragma once

#include <verilated.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "tb/harness/chip_model.h"
#include "tb/harness/destroy_model.h"

namespace gradcore::harness {

// Model: the generated class. Trace: VerilatedFstC for traced models, void otherwise.
template <typename Model, typename Trace>
class VerilatedChip : public ChipModel {
  static constexpr bool kTraced = !std::is_void_v<Trace>;

 public:
  VerilatedChip() {
    // A failing assertion is counted and reported by the harness; it does not end the process.
    context_.errorLimit(std::numeric_limits<int>::max());
    context_.fatalOnError(false);
    if constexpr (kTraced) context_.traceEverOn(true);
    model_ = std::make_unique<Model>(&context_);
    model_->rst_ni = 0;
    model_->clk_i = 0;
    model_->eval();
  }
  ~VerilatedChip() override {
    close_trace();
    destroy_model(context_, model_);
  }
  VerilatedChip(const VerilatedChip&) = delete;
  VerilatedChip& operator=(const VerilatedChip&) = delete;

  void settle(const LiteToChip& lite, const AxiFromMemory& axi, ChipOutputs& outputs) override {
    Model& m = *model_;
    m.s_axil_awaddr = static_cast<std::remove_cvref_t<decltype(m.s_axil_awaddr)>>(lite.aw_address);
    m.s_axil_awvalid = lite.aw_valid;
    m.s_axil_wdata = lite.w_data;
    m.s_axil_wstrb = 0xF;
    m.s_axil_wvalid = lite.w_valid;
    m.s_axil_bready = lite.b_ready;
    m.s_axil_araddr = static_cast<std::remove_cvref_t<decltype(m.s_axil_araddr)>>(lite.ar_address);
    m.s_axil_arvalid = lite.ar_valid;
    m.s_axil_rready = lite.r_ready;
    m.m_axi_arready = axi.ar_ready;
    m.m_axi_awready = axi.aw_ready;
    m.m_axi_wready = axi.w_ready;
    m.m_axi_rvalid = axi.r_valid;
    if (axi.r_valid) {
      m.m_axi_rid = static_cast<CData>(axi.r_id);
      m.m_axi_rlast = axi.r_last;
      m.m_axi_rresp = static_cast<CData>(axi.r_resp);
      for (unsigned i = 0; i < axi.r_data.size(); ++i) m.m_axi_rdata[i] = axi.r_data[i];
    }
    m.m_axi_bvalid = axi.b_valid;
    m.m_axi_bid = static_cast<CData>(axi.b_id);
    m.m_axi_bresp = static_cast<CData>(axi.b_resp);
    m.clk_i = 0;
    m.eval();
    dump();
    LiteFromChip& out = outputs.lite;
    out.aw_ready = m.s_axil_awready;
    out.w_ready = m.s_axil_wready;
    out.b_valid = m.s_axil_bvalid;
    out.b_resp = m.s_axil_bresp;
    out.ar_ready = m.s_axil_arready;
    out.r_valid = m.s_axil_rvalid;
    out.r_data = m.s_axil_rdata;
    out.r_resp = m.s_axil_rresp;
    AxiToMemory& to = outputs.axi;
    to.ar.valid = m.m_axi_arvalid;
    if (to.ar.valid) {
      to.ar.id = m.m_axi_arid;
      to.ar.address = m.m_axi_araddr;
      to.ar.length = m.m_axi_arlen;
    }
    to.aw.valid = m.m_axi_awvalid;
    if (to.aw.valid) {
      to.aw.id = m.m_axi_awid;
      to.aw.address = m.m_axi_awaddr;
      to.aw.length = m.m_axi_awlen;
    }
    to.r_ready = m.m_axi_rready;
    to.b_ready = m.m_axi_bready;
    to.w_valid = m.m_axi_wvalid;
    if (to.w_valid) {
      to.w_last = m.m_axi_wlast;
      to.w_strobe = m.m_axi_wstrb;
      for (unsigned i = 0; i < to.w_data.size(); ++i) to.w_data[i] = m.m_axi_wdata[i];
    }
    outputs.interrupt = m.irq_o;
    read_events(outputs);
  }

  void edge() override {
    model_->clk_i = 1;
    model_->eval();
    dump();
  }

  void set_reset(bool active) override { model_->rst_ni = !active; }

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
      throw std::logic_error("this model was built without tracing");
    }
  }

  void close_trace() override {
    if constexpr (kTraced) {
      if (trace_) trace_->close();
      trace_.reset();
    }
  }

 protected:
  // For designs with a chip inside, which have more pins.
  Model& pins() { return *model_; }
  const Model& pins() const { return *model_; }

 private:
  struct NoTrace {};

  static constexpr std::uint64_t kHalfPeriod = 5;  // time units, ns in the waveform
  static constexpr unsigned kEventBits = 34;       // unit_event_t: start, done, address

  // Element u of the packed array has the bits from u * kEventBits on.
  void read_events(ChipOutputs& outputs) const {
    const auto& words = model_->event_o;
    std::uint32_t any = 0;
    for (unsigned u = 0; u < kUnits; ++u) {
      const unsigned flags = u * kEventBits + 32;
      any |= (words[flags / 32] >> (flags % 32)) & 3u;
      if (flags % 32 == 31) any |= words[flags / 32 + 1] & 1u;
    }
    outputs.has_events = any != 0;
    if (any == 0) return;
    const auto bits = [&words](unsigned lsb, unsigned width) {
      std::uint64_t value = words[lsb / 32];
      if (lsb / 32 + 1 < 5) value |= std::uint64_t{words[lsb / 32 + 1]} << 32;
      return static_cast<std::uint32_t>((value >> (lsb % 32)) & ((std::uint64_t{1} << width) - 1));
    };
    for (unsigned u = 0; u < kUnits; ++u) {
      UnitEvent& event = outputs.events[u];
      event.address = bits(u * kEventBits, 32);
      event.done = bits(u * kEventBits + 32, 1) != 0;
      event.start = bits(u * kEventBits + 33, 1) != 0;
    }
  }

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
