// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/progress_bar.h"

#include <algorithm>
#include <mutex>
#include <string>

#include "firn/cli/report.h"

namespace firn::cli {
namespace {

constexpr int64_t kRedrawMicros = 100'000;
constexpr int kBarWidth = 24;

class ProgressBar : public obs::Progress {
 public:
  ProgressBar(std::FILE* stream, Env& env) : stream_(stream), env_(env) {}

  void Begin(std::string_view label, int64_t total_bytes) override {
    const std::scoped_lock lock(mutex_);
    label_ = Printable(label);
    total_ = total_bytes;
    done_ = 0;
    started_ = env_.MonotonicMicros();
    drawn_ = 0;
  }

  void Advance(int64_t bytes) override {
    const std::scoped_lock lock(mutex_);
    done_ += bytes;
    const int64_t now = env_.MonotonicMicros();
    if (now - drawn_ < kRedrawMicros) return;
    drawn_ = now;
    Draw(now);
  }

  void End() override {
    const std::scoped_lock lock(mutex_);
    if (drawn_ != 0) std::fputs("\r\x1b[K", stream_);
    std::fflush(stream_);
  }

 private:
  void Draw(int64_t now) {
    const double seconds = std::max(1e-3, static_cast<double>(now - started_) / 1e6);
    const double rate = static_cast<double>(done_) / seconds;
    std::string line = "\r\x1b[K" + label_ + "  " + Bar() + Field::Size(done_).shown;
    if (total_ > 0) line += " of " + Field::Size(total_).shown;
    line += "  " + Field::Size(static_cast<int64_t>(rate)).shown + "/s";
    if (total_ > done_ && rate > 0) {
      const auto left = static_cast<int64_t>(static_cast<double>(total_ - done_) / rate);
      line += "  " + std::to_string(left) + " s left";
    }
    std::fputs(line.c_str(), stream_);
    std::fflush(stream_);
  }

  std::string Bar() const {
    if (total_ <= 0) return "";
    const int filled = static_cast<int>(std::min<int64_t>(kBarWidth, done_ * kBarWidth / total_));
    std::string bar = "[";
    for (int at = 0; at < kBarWidth; ++at)
      bar += at < filled ? "━" : " ";
    return bar + "]  ";
  }

  std::FILE* stream_;
  Env& env_;
  std::mutex mutex_;
  std::string label_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  int64_t started_ = 0;
  int64_t drawn_ = 0;
};

}  // namespace

std::unique_ptr<obs::Progress> MakeProgressBar(std::FILE* stream, Env& env) {
  return std::make_unique<ProgressBar>(stream, env);
}

}  // namespace firn::cli
