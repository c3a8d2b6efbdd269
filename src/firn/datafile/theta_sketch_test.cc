// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/theta_sketch.h"

#include <cmath>
#include <set>

#include "firn/base/bytes.h"
#include "firn/base/testing.h"

namespace firn::datafile {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Long(int64_t value) {
  std::string bytes;
  AppendLittleEndian(bytes, value);
  return bytes;
}

AlphaSketch SketchOf(int64_t first, int64_t end) {
  AlphaSketch sketch;
  for (int64_t value = first; value < end; ++value)
    sketch.Update(Long(value));
  return sketch;
}

// The bytes that datasketches-java 6.2.0 writes for an Alpha sketch of these values, made compact.
TEST(ThetaSketch, WritesTheBytesOfDataSketches) {
  AlphaSketch none;
  EXPECT_EQ(HexEncode(none.Compact().Serialize()), "01030300001e0000");
  AlphaSketch one;
  one.Update(Long(1));
  EXPECT_EQ(HexEncode(one.Compact().Serialize()), "01030300003acc9315f97dcbbd86a105");
  AlphaSketch texts;
  for (const auto* text : {"", "a", "iceberg", "a text of more than sixteen bytes", "a"})
    texts.Update(text);
  EXPECT_EQ(HexEncode(texts.Compact().Serialize()),
            "02030300001acc93030000000000803f19e1926a76422e03be398585c57aa72817c11d528507017b");
}

struct Figures {
  int64_t values = 0;
  uint64_t theta = 0;
  size_t retained = 0;
  double estimate = 0;
  uint64_t last = 0;
};

TEST(ThetaSketch, EstimatesAsDataSketches) {
  // By datasketches-java 6.2.0.
  const Figures expected[] = {
      {2, 9223372036854775807u, 2, 2.0, 2325124908111195109u},
      {100, 9223372036854775807u, 100, 100.0, 9094378756317064664u},
      {4096, 9223372036854775807u, 4096, 4096.0, 9222685859908818936u},
      {4097, 9221120786662719488u, 4095, 4095.999755859375, 9220120095814668263u},
      {4098, 9218870085958139904u, 4095, 4096.99975579977, 9214302345139573943u},
      {10000, 3797708442269946368u, 4082, 9913.821776149132, 3796740188117368321u},
      {1000000, 37691512080307240u, 4103, 1004032.2974197501, 37678560721812216u}};
  for (const Figures& figures : expected) {
    SCOPED_TRACE(figures.values);
    const CompactTheta sketch = SketchOf(0, figures.values).Compact();
    EXPECT_EQ(sketch.theta, figures.theta);
    EXPECT_EQ(sketch.hashes.size(), figures.retained);
    EXPECT_EQ(sketch.hashes.back(), figures.last);
    EXPECT_DOUBLE_EQ(sketch.Estimate(), figures.estimate);
    EXPECT_THAT(CompactTheta::Parse(sketch.Serialize()), HasValue(sketch));
  }
}

TEST(ThetaSketch, UnitesAsDataSketches) {
  // By datasketches-java 6.2.0: the union of 0..60000, 50000..150000 and 5..9.
  const CompactTheta parts[] = {SketchOf(0, 60000).Compact(), SketchOf(50000, 150000).Compact(),
                                SketchOf(5, 9).Compact()};
  const CompactTheta sketch = Unite(parts);
  EXPECT_EQ(sketch.theta, 252555366948521403u);
  EXPECT_EQ(sketch.hashes.size(), 4096u);
  EXPECT_DOUBLE_EQ(sketch.Estimate(), 149586.73149344584);
}

TEST(ThetaSketch, CountsExactlyBelowItsSizeAndCloselyAbove) {
  EXPECT_EQ(SketchOf(0, 4096).Compact().Estimate(), 4096);
  for (const int64_t values : {5000, 20000, 300000}) {
    AlphaSketch sketch = SketchOf(0, values);
    for (int64_t value = 0; value < values; value += 3)
      sketch.Update(Long(value));  // Again.
    const auto count = static_cast<double>(values);
    EXPECT_NEAR(sketch.Compact().Estimate(), count, count * 0.06);
  }
}

TEST(ThetaSketch, RefusesWhatIsNone) {
  const std::string exact = SketchOf(0, 10).Compact().Serialize();
  const std::string estimate = SketchOf(0, 9000).Compact().Serialize();
  ASSERT_THAT(CompactTheta::Parse(exact), IsOk());
  const auto with = [](std::string bytes, size_t at, char value) {
    bytes[at] = value;
    return bytes;
  };
  for (size_t size = 0; size < exact.size(); ++size) {
    EXPECT_THAT(CompactTheta::Parse(exact.substr(0, size)), IsError(ErrorKind::kCorrupt)) << size;
  }
  EXPECT_THAT(CompactTheta::Parse(with(exact, 1, 2)), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(CompactTheta::Parse(with(exact, 2, 1)), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(CompactTheta::Parse(with(exact, 6, 0)), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(CompactTheta::Parse(with(exact, 0, 7)), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(CompactTheta::Parse(with(exact, 8, 11)), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(CompactTheta::Parse(with(estimate, 23, 1)), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(CompactTheta::Parse(with(estimate, 23, '\x80')), IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::datafile
