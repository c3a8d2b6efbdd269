// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/reference.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "firn/base/testing.h"

namespace firn::cli {
namespace {

// Tests run in the project's folder.
void ExpectPage(const std::string& path, const std::string& text) {
  if (std::getenv("FIRN_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), text) << "run FIRN_UPDATE_GOLDEN=1 build/debug/.../cli_test";
}

TEST(Reference, ThePagesAreThoseOfTheCode) {
  ExpectPage("docs/reference/command-line.md", CommandLineReference(AllVerbs()));
  ExpectPage("docs/reference/configuration.md", ConfigurationReference());
}

}  // namespace
}  // namespace firn::cli
