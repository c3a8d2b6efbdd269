// SPDX-License-Identifier: Apache-2.0
//
// Hands libFuzzer's inputs to FuzzOne.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace firn {
void FuzzOne(std::string_view bytes);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firn::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
