// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/avro/decoder.h"
#include "firn/avro/encoder.h"
#include "firn/avro/schema.h"
#include "firn/base/json.h"
#include "firn/base/result.h"

namespace firn::table {

/// How one field of `Record` lies in an Avro record: one row of a table from which the schema, the
/// writer and the reader of a kind of record all come.
///
/// `Context` is what the fields of this record need to know beyond themselves.
template <typename Record, typename Context>
struct RecordField {
  int32_t id;
  std::string_view name;
  bool required;    ///< Written without a null branch.
  bool must_exist;  ///< Files without it are corrupt.
  int version_min;  ///< The first format version that writes it.
  Json (*type)(const Context& context);
  /// Appends the value; returns false, having appended nothing, where it is null.
  bool (*encode)(const Context& context, const Record& record, std::string& out);
  /// Reads a value that is not null and has the schema `type`.
  Status (*decode)(const Context& context, const avro::Schema& type, avro::Decoder& in,
                   Record& record);
};

template <typename Record, typename Context>
using RecordFields = std::span<const RecordField<Record, Context>>;

/// The Avro schema of a record in `format_version`.
template <typename Record, typename Context>
Json RecordSchema(RecordFields<Record, Context> fields, std::string_view name, int format_version,
                  const Context& context) {
  Json::Array members;
  for (const auto& field : fields) {
    if (field.version_min > format_version) continue;
    Json member;
    member.Set("name", field.name);
    if (field.required) {
      member.Set("type", field.type(context));
    } else {
      member.Set("type", Json::Array{Json("null"), field.type(context)});
      member.Set("default", Json());
    }
    member.Set("field-id", field.id);
    members.push_back(std::move(member));
  }
  Json schema;
  schema.Set("type", "record");
  schema.Set("name", name);
  schema.Set("fields", std::move(members));
  return schema;
}

/// Appends a record in the encoding of `RecordSchema`.
template <typename Record, typename Context>
void EncodeRecord(RecordFields<Record, Context> fields, int format_version, const Context& context,
                  const Record& record, std::string& out) {
  for (const auto& field : fields) {
    if (field.version_min > format_version) continue;
    const size_t before = out.size();
    if (!field.required) avro::AppendLong(out, 1);
    if (field.encode(context, record, out)) continue;
    FIRN_ASSERT(!field.required);
    out.resize(before);
    avro::AppendLong(out, 0);
  }
}

/// Which row of the table reads each field of a file's record; null = passed over.
template <typename Record, typename Context>
using RecordPlan = std::vector<const RecordField<Record, Context>*>;

/// Matches the fields of a file's record by id, or by name where the file gives no ids.
/// Errors: `kCorrupt` when a field that must exist does not.
template <typename Record, typename Context>
Result<RecordPlan<Record, Context>> PlanRecord(RecordFields<Record, Context> fields,
                                               const avro::Schema& schema) {
  if (schema.kind != avro::Kind::kRecord) return Corrupt("Avro schema is not a record");
  RecordPlan<Record, Context> plan;
  for (const avro::Field& present : schema.fields) {
    plan.push_back(nullptr);
    for (const auto& field : fields) {
      const bool same =
          present.id == avro::kNoId ? present.name == field.name : present.id == field.id;
      if (same) plan.back() = &field;
    }
  }
  for (const auto& field : fields) {
    const auto count = std::count(plan.begin(), plan.end(), &field);
    if (count > 1) return Corrupt("Avro record has a field twice", field.name);
    if (count == 0 && field.must_exist) return Corrupt("Avro record lacks a field", field.name);
  }
  return plan;
}

/// Reads a record with the plan made for its schema.
template <typename Record, typename Context>
Status DecodeRecord(const RecordPlan<Record, Context>& plan, const avro::Schema& schema,
                    const Context& context, avro::Decoder& in, Record& record) {
  for (size_t at = 0; at < plan.size(); ++at) {
    const avro::Field& field = schema.fields[at];
    FIRN_ASSIGN(const avro::Schema* type, in.ReadBranch(*field.schema));
    if (type->kind == avro::Kind::kNull) {
      if (plan[at] != nullptr && plan[at]->must_exist) return Corrupt("null in field", field.name);
      continue;
    }
    Status read =
        plan[at] == nullptr ? in.Skip(*type) : plan[at]->decode(context, *type, in, record);
    if (!read.ok()) return std::move(read).error().Within("field " + field.name);
  }
  return Ok();
}

/// Reads a whole number of either width. Errors: `kCorrupt` for another type.
Result<int64_t> DecodeInteger(const avro::Schema& type, avro::Decoder& in);
/// The same, within 32 bits.
Result<int32_t> DecodeInt32(const avro::Schema& type, avro::Decoder& in);
Result<bool> DecodeBoolean(const avro::Schema& type, avro::Decoder& in);
/// Reads text or bytes.
Result<std::string> DecodeBytes(const avro::Schema& type, avro::Decoder& in);
/// Calls `read` for each item of an array.
Status DecodeArray(const avro::Schema& type, avro::Decoder& in,
                   const std::function<Status(const avro::Schema& item)>& read);

/// {"type":"array","items":...,"element-id":...}
Json ArrayType(Json items, int32_t element_id);

}  // namespace firn::table
