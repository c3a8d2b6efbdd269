// SPDX-License-Identifier: Apache-2.0
//
// Parquet's own statistics parse the WKB: bounded in depth, and invalid once a value is no WKB.

#include "firn/datafile/geo_bounds.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <parquet/geospatial/statistics.h>
#include <parquet/types.h>

#include "firn/base/bytes.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr size_t kX = 0, kY = 1, kZ = 2, kM = 3;
constexpr int32_t kPoint = 1, kMultiPoint = 4, kDimensionStep = 1000;

class GeoBounds : public LeafBounds {
 public:
  explicit GeoBounds(bool edges_are_straight) : edges_are_straight_(edges_are_straight) {}

  void Add(const arrow::Array& values) override {
    const auto& storage = static_cast<const arrow::BinaryArray&>(
        *static_cast<const arrow::ExtensionArray&>(values).storage());
    null_count_ += storage.null_count();
    std::vector<parquet::ByteArray> shapes;
    for (int64_t row = 0; row < storage.length(); ++row) {
      if (storage.IsValid(row)) shapes.emplace_back(storage.GetView(row));
    }
    const Status added = WithoutExceptions([&]() -> Status {
      statistics_.Update(shapes.data(), static_cast<int64_t>(shapes.size()));
      return Ok();
    });
    if (!added) broken_ = true;
  }

  void AddStatistics(const LeafStatistics&) override {}
  bool takes_statistics() const override { return false; }

  std::optional<table::Literal> lowest() const override { return std::nullopt; }
  std::optional<table::Literal> highest() const override { return std::nullopt; }
  // Footers have no statistics of columns without an order.
  std::optional<int64_t> null_count() const override { return null_count_; }

  std::optional<std::string> LowerBytes(table::MetricsMode mode) const override {
    return Corner(statistics_.lower_bound(), mode);
  }
  std::optional<std::string> UpperBytes(table::MetricsMode mode) const override {
    return Corner(statistics_.upper_bound(), mode);
  }

 private:
  bool HasBox() const {
    if (broken_ || !statistics_.is_valid()) return false;
    const auto empty = statistics_.dimension_empty();
    return !empty[kX] && !empty[kY] && (edges_are_straight_ || OnlyPoints());
  }

  bool OnlyPoints() const {
    const auto types = statistics_.geometry_types();
    return types && std::all_of(types->begin(), types->end(), [](int32_t type) {
             return type % kDimensionStep == kPoint || type % kDimensionStep == kMultiPoint;
           });
  }

  std::optional<std::string> Corner(const std::array<double, 4>& corner,
                                    table::MetricsMode mode) const {
    if (mode.kind < table::MetricsMode::Kind::kTruncate || !HasBox()) return std::nullopt;
    const auto empty = statistics_.dimension_empty();
    std::string bytes;
    AppendLittleEndian(bytes, corner[kX]);
    AppendLittleEndian(bytes, corner[kY]);
    if (!empty[kZ]) AppendLittleEndian(bytes, corner[kZ]);
    if (empty[kM]) return bytes;
    if (empty[kZ]) AppendLittleEndian(bytes, std::numeric_limits<double>::quiet_NaN());
    AppendLittleEndian(bytes, corner[kM]);
    return bytes;
  }

  bool edges_are_straight_;
  bool broken_ = false;
  int64_t null_count_ = 0;
  parquet::geospatial::GeoStatistics statistics_;
};

}  // namespace

std::unique_ptr<LeafBounds> MakeGeoBounds(const table::Type& type) {
  return std::make_unique<GeoBounds>(type.id() == table::TypeId::kGeometry);
}

}  // namespace firn::datafile
