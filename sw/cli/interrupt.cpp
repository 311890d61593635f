// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/interrupt.h"

#include <array>
#include <atomic>
#include <csignal>

namespace gradcore::cli {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing but static storage.
std::atomic<int> pending_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int signal) { pending_signal = signal; }

}  // namespace

struct InterruptGuard::SavedHandlers {
  std::array<struct sigaction, kSignals.size()> actions;
};

InterruptGuard::InterruptGuard() : saved_(std::make_unique<SavedHandlers>()) {
  pending_signal = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &saved_->actions[i]);
    // What the parent chose to ignore (nohup) stays ignored.
    if (saved_->actions[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &saved_->actions[i], nullptr);
  }
}

void InterruptGuard::check() {
  const int signal = pending_signal.load(std::memory_order_relaxed);
  if (signal != 0) throw Interrupted(signal);
}

}  // namespace gradcore::cli
