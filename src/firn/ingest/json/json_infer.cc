// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/json/json_infer.h"

#include <string>
#include <string_view>

#include <simdjson.h>

#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/json/json_rows.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/type_guess.h"

namespace firn::ingest {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t kMembersMax = 5000;  // Bounds what a file with ever new names makes us keep.

void SeeObject(simdjson::dom::object object, TypeGuess& guess);

void SeeValue(element value, TypeGuess& guess) {
  switch (value.type()) {
    case element_type::NULL_VALUE:
      return guess.SeeNull();
    case element_type::BOOL:
      return guess.SeeBoolean();
    case element_type::INT64:
      return guess.SeeWhole();
    case element_type::UINT64:
      return guess.SeeOther();  // Beyond a long.
    case element_type::DOUBLE:
      return guess.SeeFraction();
    case element_type::STRING:
      return guess.SeeString(value.get_string().value_unsafe());
    case element_type::OBJECT:
      guess.SeeObject();
      return SeeObject(value.get_object().value_unsafe(), guess);
    case element_type::ARRAY: {
      TypeGuess& item = guess.SeeArray();
      const simdjson::dom::array items = value.get_array().value_unsafe();
      for (const element each : items) {
        SeeValue(each, item);
      }
      return;
    }
  }
}

void SeeObject(simdjson::dom::object object, TypeGuess& guess) {
  for (const auto& [key, value] : object) {
    if (guess.member_count() < kMembersMax) SeeValue(value, guess.Member(key));
  }
}

// The same with the members of objects as columns of their own.
void SeeFlat(simdjson::dom::object object, const std::string& prefix, TypeGuess& row) {
  for (const auto& [key, value] : object) {
    const std::string name = prefix + std::string(key);
    simdjson::dom::object inner;
    if (value.get(inner) == simdjson::SUCCESS) {
      SeeFlat(inner, name + "_", row);
    } else if (row.member_count() < kMembersMax) {
      SeeValue(value, row.Member(name));
    }
  }
}

}  // namespace

Result<int64_t> SeeJson(SourceReader& reader, JsonFraming framing, const JsonOptions& options,
                        TypeGuess& row) {
  JsonFramer records(reader, framing, {}, kRecordBytesMax, options.records);
  simdjson::dom::parser parser;
  if (parser.allocate(4096, kJsonDepthMax) != simdjson::SUCCESS) {
    return ResourceExhausted("no memory for a JSON parser");
  }
  int64_t rows = 0;
  while (true) {
    FIRN_ASSIGN(const auto piece, records.Next());
    if (!piece) return rows;
    if (piece->records_end) continue;
    simdjson::dom::object object;
    const bool good = !piece->too_long &&
                      parser.parse(piece->bytes.data(), piece->bytes.size(), true).get(object) ==
                          simdjson::SUCCESS;
    if (good) {
      options.flatten ? SeeFlat(object, "", row) : SeeObject(object, row);
      ++rows;
    }
    if (piece->unfinished) return rows;
  }
}

}  // namespace firn::ingest
