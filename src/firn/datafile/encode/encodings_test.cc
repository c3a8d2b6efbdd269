// SPDX-License-Identifier: Apache-2.0
//
// Each encoding against Arrow's decoder of it, over random values of every width and shape.

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <parquet/column_reader.h>
#include <parquet/encoding.h>
#include <parquet/schema.h>

#include "firn/base/testing.h"
#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/delta_encoder.h"
#include "firn/datafile/encode/dictionary.h"
#include "firn/datafile/encode/far_repeats.h"
#include "firn/datafile/encode/rle_encoder.h"
#include "firn/datafile/encode/value_encoder.h"

namespace firn::datafile {
namespace {

using Random = std::mt19937_64;

constexpr int kFixedLength = 7;

const uint8_t* BytesOf(const ByteBuffer& buffer) {
  return reinterpret_cast<const uint8_t*>(buffer.data());
}

// What Arrow decodes from a page of `count` values.
template <typename Kind>
std::vector<typename Kind::c_type> Decoded(const ByteBuffer& page, Encoding encoding,
                                           size_t count) {
  const parquet::ColumnDescriptor leaf(
      parquet::schema::PrimitiveNode::Make("c", parquet::Repetition::REQUIRED, Kind::type_num,
                                           parquet::ConvertedType::NONE, kFixedLength),
      0, 0);
  auto decoder = parquet::MakeTypedDecoder<Kind>(
      static_cast<parquet::Encoding::type>(static_cast<int>(encoding)), &leaf);
  decoder->SetData(static_cast<int>(count), BytesOf(page), static_cast<int>(page.size()));
  std::vector<typename Kind::c_type> values(count);
  EXPECT_EQ(decoder->Decode(values.data(), static_cast<int>(count)), static_cast<int>(count));
  return values;
}

// The same of texts, which lie in the page or in the decoder.
template <typename Kind>
void ExpectTexts(const ByteBuffer& page, Encoding encoding,
                 const std::vector<std::string>& wanted) {
  const parquet::ColumnDescriptor leaf(
      parquet::schema::PrimitiveNode::Make("c", parquet::Repetition::REQUIRED, Kind::type_num,
                                           parquet::ConvertedType::NONE, kFixedLength),
      0, 0);
  auto decoder = parquet::MakeTypedDecoder<Kind>(
      static_cast<parquet::Encoding::type>(static_cast<int>(encoding)), &leaf);
  decoder->SetData(static_cast<int>(wanted.size()), BytesOf(page), static_cast<int>(page.size()));
  std::vector<typename Kind::c_type> values(wanted.size());
  ASSERT_EQ(decoder->Decode(values.data(), static_cast<int>(values.size())),
            static_cast<int>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    size_t length = kFixedLength;
    if constexpr (std::is_same_v<Kind, parquet::ByteArrayType>) length = values[i].len;
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(values[i].ptr), length), wanted[i]);
  }
}

// Numbers of up to `bits` bits, of either sign; in runs, rising or at random.
template <typename Number>
std::vector<Number> RandomNumbers(size_t count, int bits, Random& random) {
  std::vector<Number> numbers(count);
  const uint64_t shape = random() % 3;
  Number last = 0;
  for (Number& number : numbers) {
    const auto drawn = static_cast<Number>(bits == 0 ? 0 : random() >> (64 - bits));
    if (shape == 0 || random() % 16 == 0)
      last = random() % 2 == 0 ? drawn : static_cast<Number>(~drawn);
    if (shape == 1) last = static_cast<Number>(static_cast<uint64_t>(last) + 3);
    number = last;
  }
  return numbers;
}

std::vector<std::string> RandomTexts(size_t count, Random& random) {
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    text =
        std::string(random() % 3 == 0 ? 0 : random() % 40, static_cast<char>('a' + random() % 3));
    text += std::to_string(random() % 1000);
    if (random() % 8 == 0) text.clear();
  }
  if (random() % 2 == 0) std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<std::string_view> Views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

constexpr size_t kCounts[] = {0, 1, 2, 31, 32, 33, 127, 128, 129, 130, 257, 1000};

template <typename Number, typename Kind>
void CheckDeltas(int bits, Random& random) {
  for (const size_t count : kCounts) {
    const auto numbers = RandomNumbers<Number>(count, bits, random);
    ByteBuffer page;
    AppendDeltas(std::span<const Number>(numbers), page);
    EXPECT_EQ(Decoded<Kind>(page, Encoding::kDeltaBinaryPacked, count), numbers)
        << count << " of " << bits << " bits";
  }
}

TEST(Deltas, GiveBackNumbersOfEveryWidth) {
  Random random(1);
  for (int bits = 0; bits <= 32; ++bits)
    CheckDeltas<int32_t, parquet::Int32Type>(bits, random);
  for (int bits = 0; bits <= 64; ++bits)
    CheckDeltas<int64_t, parquet::Int64Type>(bits, random);
}

TEST(Deltas, WrapAroundBetweenTheExtremes) {
  using Limits = std::numeric_limits<int64_t>;
  const std::vector<int64_t> numbers = {Limits::min(), Limits::max(), Limits::min(), 0, -1,
                                        Limits::max()};
  ByteBuffer page;
  AppendDeltas(std::span<const int64_t>(numbers), page);
  EXPECT_EQ(Decoded<parquet::Int64Type>(page, Encoding::kDeltaBinaryPacked, numbers.size()),
            numbers);
}

TEST(Deltas, AreSmallForNumbersThatRiseEvenly) {
  std::vector<int64_t> numbers(1000);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = int64_t{1'762'335'000'000'000} + static_cast<int64_t>(i) * 977;
  ByteBuffer page;
  AppendDeltas(std::span<const int64_t>(numbers), page);
  EXPECT_LT(page.size(), 80u);
}

TEST(DeltaTexts, GiveBackTextsOfEveryShape) {
  Random random(2);
  for (const size_t count : kCounts) {
    const auto texts = RandomTexts(count, random);
    const auto views = Views(texts);
    for (const Encoding encoding :
         {Encoding::kPlain, Encoding::kDeltaLengthByteArray, Encoding::kDeltaByteArray}) {
      ByteBuffer page;
      AppendValues(std::span<const std::string_view>(views), PhysicalType::kByteArray, encoding,
                   page);
      ExpectTexts<parquet::ByteArrayType>(page, encoding, texts);
    }
  }
}

TEST(Plain, GivesBackWhatItWasGiven) {
  Random random(3);
  for (const size_t count : kCounts) {
    const auto numbers = RandomNumbers<int32_t>(count, 32, random);
    ByteBuffer page;
    AppendValues(std::span<const int32_t>(numbers), PhysicalType::kInt32, Encoding::kPlain, page);
    EXPECT_EQ(Decoded<parquet::Int32Type>(page, Encoding::kPlain, count), numbers);
    std::vector<std::string> fixed(count);
    for (std::string& bytes : fixed)
      bytes = std::to_string(1'000'000 + random() % 9'000'000);
    const auto views = Views(fixed);
    page.Clear();
    AppendValues(std::span<const std::string_view>(views), PhysicalType::kFixedLenByteArray,
                 Encoding::kPlain, page);
    ExpectTexts<parquet::FLBAType>(page, Encoding::kPlain, fixed);
  }
}

TEST(Plain, PacksBooleans) {
  Random random(4);
  std::vector<uint8_t> booleans(77);
  for (uint8_t& boolean : booleans)
    boolean = random() % 2;
  ByteBuffer page;
  AppendValues(std::span<const uint8_t>(booleans), PhysicalType::kBoolean, Encoding::kPlain, page);
  EXPECT_EQ(page.size(), 10u);
  for (size_t i = 0; i < booleans.size(); ++i)
    EXPECT_EQ(BytesOf(page)[i / 8] >> (i % 8) & 1, booleans[i]);
}

template <typename Real, typename Kind>
void CheckSplit(Random& random) {
  for (const size_t count : kCounts) {
    std::vector<Real> reals(count);
    for (Real& real : reals)
      real = static_cast<Real>(static_cast<double>(random() % 100'000) / 7);
    ByteBuffer page;
    AppendValues(std::span<const Real>(reals), static_cast<PhysicalType>(Kind::type_num),
                 Encoding::kByteStreamSplit, page);
    EXPECT_EQ(Decoded<Kind>(page, Encoding::kByteStreamSplit, count), reals);
  }
}

TEST(ByteStreamSplit, GivesBackWholeNumbersAndTextsOfOneLength) {
  Random random(8);
  for (const size_t count : kCounts) {
    const auto numbers = RandomNumbers<int64_t>(count, 64, random);
    ByteBuffer page;
    AppendValues(std::span<const int64_t>(numbers), PhysicalType::kInt64,
                 Encoding::kByteStreamSplit, page);
    EXPECT_EQ(Decoded<parquet::Int64Type>(page, Encoding::kByteStreamSplit, count), numbers);
    std::vector<std::string> fixed(count);
    for (std::string& bytes : fixed)
      bytes = std::to_string(1'000'000 + random() % 9'000'000);
    const auto views = Views(fixed);
    page.Clear();
    AppendValues(std::span<const std::string_view>(views), PhysicalType::kFixedLenByteArray,
                 Encoding::kByteStreamSplit, page);
    ExpectTexts<parquet::FLBAType>(page, Encoding::kByteStreamSplit, fixed);
  }
}

TEST(ByteStreamSplit, GivesBackFloats) {
  Random random(5);
  CheckSplit<float, parquet::FloatType>(random);
  CheckSplit<double, parquet::DoubleType>(random);
}

template <typename Number>
void CheckLevels(const std::vector<Number>& levels, int16_t highest) {
  const int width = BitWidthOf(static_cast<uint64_t>(highest));
  ByteBuffer page;
  AppendHybrid(std::span<const Number>(levels), width, page);
  parquet::LevelDecoder decoder;
  decoder.SetDataV2(static_cast<int32_t>(page.size()), highest, static_cast<int>(levels.size()),
                    BytesOf(page));
  std::vector<int16_t> read(levels.size());
  ASSERT_EQ(decoder.Decode(static_cast<int>(read.size()), read.data()),
            static_cast<int>(read.size()));
  for (size_t i = 0; i < levels.size(); ++i)
    ASSERT_EQ(read[i], static_cast<int16_t>(levels[i])) << i << " up to " << highest;
}

// Runs of random lengths between numbers at random.
template <typename Number>
std::vector<Number> RandomLevels(size_t count, int16_t highest, Random& random) {
  std::vector<Number> levels;
  while (levels.size() < count) {
    const size_t run = random() % 4 == 0 ? random() % 60 : 1;
    levels.insert(levels.end(), run,
                  static_cast<Number>(random() % static_cast<uint64_t>(highest + 1)));
  }
  levels.resize(count);
  return levels;
}

TEST(Hybrid, GivesBackRunsAndWhatLiesBetweenThem) {
  Random random(6);
  for (int width = 1; width <= 14; ++width) {
    for (const size_t count : kCounts) {
      if (count == 0) continue;
      const auto highest = static_cast<int16_t>((1 << width) - 1);
      CheckLevels(RandomLevels<uint32_t>(count, highest, random), highest);
      if (width <= 8) CheckLevels(RandomLevels<uint8_t>(count, highest, random), highest);
    }
  }
}

TEST(Hybrid, KeepsALongRunInAFewBytes) {
  const std::vector<uint8_t> levels(100'000, 1);
  ByteBuffer page;
  AppendHybrid(levels, 1, page);
  EXPECT_LE(page.size(), 4u);
  CheckLevels(levels, 1);
}

TEST(BitPacking, PacksEveryWidthLeastBitsFirst) {
  Random random(7);
  for (int width = 1; width <= 64; ++width) {
    std::vector<uint64_t> numbers(67);
    for (uint64_t& number : numbers)
      number = random() >> (64 - width);
    ByteBuffer page;
    AppendPacked(numbers.data(), numbers.size(), width, page);
    ASSERT_EQ(page.size(), (numbers.size() * static_cast<size_t>(width) + 7) / 8);
    for (size_t bit = 0; bit < numbers.size() * static_cast<size_t>(width); ++bit) {
      const auto at = static_cast<size_t>(width);
      const uint64_t wanted = numbers[bit / at] >> (bit % at) & 1;
      ASSERT_EQ(static_cast<uint64_t>(BytesOf(page)[bit / 8] >> (bit % 8) & 1), wanted) << width;
    }
  }
}

// Letters that do not repeat.
std::string Noise(size_t size, Random& random) {
  std::string text(size, ' ');
  for (char& letter : text)
    letter = static_cast<char>(' ' + random() % 64);
  return text;
}

TEST(RepeatFarApart, SeesTextsThatComeUpAgainFarBack) {
  Random random(9);
  const std::string text = Noise(400'000, random), other = Noise(300'000, random);
  const auto far = [](const std::vector<std::string_view>& texts) { return RepeatFarApart(texts); };
  EXPECT_TRUE(far({text, other, text}));
  EXPECT_TRUE(far({text, other, std::string_view(text).substr(12'345, 100'000)}));
  EXPECT_FALSE(far({text, other}));
  const auto near = std::string_view(text).substr(0, 20'000);
  EXPECT_FALSE(far({near, near, near, near}));
  EXPECT_FALSE(far({}));
}

TEST(Dictionary, FindsEachValueAgain) {
  Random random(8);
  const auto texts = RandomTexts(20'000, random);
  Dictionary dictionary;
  dictionary.Reset(PhysicalType::kByteArray);
  std::vector<uint32_t> indices;
  const auto views = Views(texts);
  ASSERT_TRUE(dictionary.Add(std::span<const std::string_view>(views), SIZE_MAX, indices));
  std::vector<std::string> entries(dictionary.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_LT(indices[i], entries.size());
    entries[indices[i]] = texts[i];
  }
  ByteBuffer page;
  dictionary.AppendPlain(page);
  EXPECT_EQ(page.size(), dictionary.bytes());
  ExpectTexts<parquet::ByteArrayType>(page, Encoding::kPlain, entries);
  for (size_t i = 0; i < texts.size(); ++i)
    ASSERT_EQ(entries[indices[i]], texts[i]);
}

TEST(Dictionary, TellsZerosAndNansApartByTheirBits) {
  const std::vector<double> reals = {0.0, -0.0, std::numeric_limits<double>::quiet_NaN(), 0.0,
                                     std::numeric_limits<double>::quiet_NaN()};
  Dictionary dictionary;
  dictionary.Reset(PhysicalType::kDouble);
  std::vector<uint32_t> indices;
  EXPECT_TRUE(dictionary.Add(std::span<const double>(reals), SIZE_MAX, indices));
  EXPECT_EQ(indices, (std::vector<uint32_t>{0, 1, 2, 0, 2}));
}

TEST(Dictionary, SaysWhenItIsFullAndForgetsWhatCameLast) {
  std::vector<int64_t> numbers(100);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<int64_t>(i);
  Dictionary dictionary;
  dictionary.Reset(PhysicalType::kInt64);
  std::vector<uint32_t> indices;
  const std::span<const int64_t> all(numbers);
  EXPECT_TRUE(dictionary.Add(all.first(50), 50 * 8, indices));
  const auto mark = dictionary.mark();
  EXPECT_FALSE(dictionary.Add(all, 50 * 8, indices));
  dictionary.Return(mark);
  ByteBuffer page;
  dictionary.AppendPlain(page);
  EXPECT_EQ(Decoded<parquet::Int64Type>(page, Encoding::kPlain, 50),
            std::vector<int64_t>(numbers.begin(), numbers.begin() + 50));
}

}  // namespace
}  // namespace firn::datafile
