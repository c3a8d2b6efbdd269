// SPDX-License-Identifier: Apache-2.0
//
// Runs one FuzzOne without libFuzzer, for g++ and its sanitizers: replays the corpus, then mutates
// for some seconds. The seed is printed and replays a run. Before each call the input is kept in
// memory, and a crash's signal handler writes it to ./crash-<seed>, to become a corpus file.
//   x_fuzz [--seconds N] [--seed S] [FILE|FOLDER...]

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace firn {
void FuzzOne(std::string_view bytes);
}

// Called by the sanitizers before they end the process.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr size_t kMaxInput = 64 * 1024;
const std::string* running = nullptr;
std::array<char, 64> crash_name;

void KeepCrash() {
  if (running == nullptr) return;
  std::FILE* out = std::fopen(crash_name.data(), "wb");
  if (out == nullptr) return;
  std::fwrite(running->data(), 1, running->size(), out);
  std::fclose(out);
  std::fprintf(stderr, "fuzz: the input of the crash is in %s\n", crash_name.data());
}

void OnSignal(int signal) {
  KeepCrash();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Run(const std::string& input) {
  running = &input;
  firn::FuzzOne(input);
  running = nullptr;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void AddSeeds(const std::filesystem::path& path, std::vector<std::string>& corpus) {
  if (std::filesystem::is_regular_file(path)) corpus.push_back(ReadFile(path));
  if (!std::filesystem::is_directory(path)) return;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    corpus.push_back(ReadFile(file));
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string Next() {
    std::string input = corpus_[Below(corpus_.size())];
    for (size_t left = 1 + Below(8); left > 0; --left)
      Mutate(input);
    if (input.size() > kMaxInput) input.resize(kMaxInput);
    return input;
  }

 private:
  size_t Below(size_t bound) {
    return bound == 0 ? 0 : static_cast<size_t>(random_() % static_cast<uint64_t>(bound));
  }

  void Mutate(std::string& input) {
    const size_t at = Below(input.size() + 1);
    const size_t length = Below(std::min<size_t>(input.size() - at, 32) + 1);
    switch (Below(7)) {
      case 0:  // Flip a bit.
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        break;
      case 1:  // Any byte.
        if (at < input.size()) input[at] = static_cast<char>(Below(256));
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, input.substr(Below(input.size() + 1), 1 + Below(64)));
        break;
      case 4:
        input.insert(at, 1 + Below(4), static_cast<char>(Below(256)));
        break;
      case 5:
        input.insert(at, kWords[Below(kWords.size())]);
        break;
      default:  // Splice with another.
        const std::string& other = corpus_[Below(corpus_.size())];
        input = input.substr(0, at) + other.substr(Below(other.size() + 1));
        break;
    }
  }

  static constexpr std::array<std::string_view, 16> kWords = {"{",
                                                              "}",
                                                              "[",
                                                              "]",
                                                              "\"",
                                                              "\\u0000",
                                                              "null",
                                                              "-1",
                                                              "1e9",
                                                              "0xff",
                                                              "\xff\xff\xff\xff",
                                                              ",",
                                                              "\n",
                                                              "9223372036854775808",
                                                              "\xed\xa0\x80",
                                                              "\\"};
  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  double seconds = 5;
  uint64_t seed = std::random_device{}();
  std::vector<std::string> corpus = {""};
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--seconds" && i + 1 < argc) {
      seconds = std::atof(argv[++i]);
    } else if (arg == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      AddSeeds(arg, corpus);
    }
  }
  std::snprintf(crash_name.data(), crash_name.size(), "crash-%llu",
                static_cast<unsigned long long>(seed));
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
    std::signal(signal, OnSignal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(KeepCrash);

  std::printf("fuzz: %zu inputs, --seed %llu\n", corpus.size(),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (const std::string& input : corpus)
    Run(input);
  Mutator mutator(corpus, seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  size_t runs = corpus.size();
  for (; std::chrono::steady_clock::now() < end; ++runs)
    Run(mutator.Next());
  std::printf("fuzz: %zu runs\n", runs);
  return 0;
}
