// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>

#include "sw/model/functional_core.h"

namespace gradcore::cli {
namespace {

TEST(Interrupt, SignalsBecomeExceptions) {
  const InterruptGuard guard;
  EXPECT_NO_THROW(InterruptGuard::check());
  std::raise(SIGINT);
  try {
    InterruptGuard::check();
    FAIL() << "not interrupted";
  } catch (const Interrupted& signal) {
    EXPECT_EQ(signal.exit_code(), 130);
  }
}

TEST(Interrupt, DevicesStopBetweenCommands) {
  const InterruptGuard guard;
  InterruptibleDevice device(
      std::make_unique<model::FunctionalCore>(device::Hardware{4, 40, 64, 64}));
  device::GemmCommand command;
  EXPECT_NO_THROW(device.submit(command));
  EXPECT_EQ(device.wait().error, device::GemmError::kZeroSize);
  std::raise(SIGTERM);
  EXPECT_THROW(device.submit(command), Interrupted);
  EXPECT_THROW(device.wait(), Interrupted);
}

TEST(Interrupt, TheNextGuardStartsAfresh) {
  {
    const InterruptGuard guard;
    std::raise(SIGINT);
  }
  const InterruptGuard guard;
  EXPECT_NO_THROW(InterruptGuard::check());
}

}  // namespace
}  // namespace gradcore::cli
