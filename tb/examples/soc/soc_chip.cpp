// SPDX-License-Identifier: Apache-2.0
#include "tb/examples/soc/soc_chip.h"

#include "Vexample_soc.h"
#include "tb/harness/verilated_chip.h"

namespace gradcore::harness {
namespace {

// Its pins are those of a chip, ids are wider, and a few more.
class Soc final : public VerilatedChip<Vexample_soc, void>, public TrafficPins {
 public:
  void enable(bool active, std::uint64_t base) override {
    pins().traffic_enable_i = active;
    pins().traffic_base_i = base;
  }
  Traffic traffic() const override {
    const Vexample_soc& p = pins();
    return {.passes = p.traffic_passes_o,
            .read_beats = p.traffic_read_beats_o,
            .write_beats = p.traffic_write_beats_o,
            .wrong = p.traffic_wrong_o,
            .errors = p.traffic_errors_o};
  }
};

}  // namespace

std::unique_ptr<ChipModel> make_soc(TrafficPins** traffic) {
  auto soc = std::make_unique<Soc>();
  *traffic = soc.get();
  return soc;
}

}  // namespace gradcore::harness
