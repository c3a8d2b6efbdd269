// SPDX-License-Identifier: Apache-2.0

#include "firn/table/ref.h"

#include "firn/table/unknown_fields.h"

namespace firn::table {
namespace {

Result<std::optional<int64_t>> OptionalInt64(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || member->is_null()) return std::optional<int64_t>();
  FIRN_ASSIGN(const int64_t number, json.GetInt64(key));
  return std::optional<int64_t>(number);
}

}  // namespace

Json RefToJson(const Ref& ref) {
  Json json;
  json.Set("snapshot-id", ref.snapshot_id.value);
  json.Set("type", ref.is_branch() ? "branch" : "tag");
  if (ref.min_snapshots_to_keep) json.Set("min-snapshots-to-keep", *ref.min_snapshots_to_keep);
  if (ref.max_snapshot_age) json.Set("max-snapshot-age-ms", ref.max_snapshot_age->value);
  if (ref.max_ref_age) json.Set("max-ref-age-ms", ref.max_ref_age->value);
  PutUnknown(json, ref.unknown);
  return json;
}

Result<Ref> RefFromJson(const Json& json) {
  Ref ref;
  FIRN_ASSIGN(const int64_t snapshot, json.GetInt64("snapshot-id"));
  ref.snapshot_id = SnapshotId(snapshot);
  FIRN_ASSIGN(const std::string type, json.GetString("type"));
  if (type != "branch" && type != "tag") return Corrupt("not a type of ref", type);
  ref.type = type == "branch" ? RefType::kBranch : RefType::kTag;
  FIRN_ASSIGN(const auto keep, OptionalInt64(json, "min-snapshots-to-keep"));
  if (keep && (*keep < 0 || *keep > INT32_MAX)) {
    return Corrupt("min-snapshots-to-keep out of range", *keep);
  }
  if (keep) ref.min_snapshots_to_keep = static_cast<int32_t>(*keep);
  FIRN_ASSIGN(const auto snapshot_age, OptionalInt64(json, "max-snapshot-age-ms"));
  if (snapshot_age) ref.max_snapshot_age = Millis{*snapshot_age};
  FIRN_ASSIGN(const auto ref_age, OptionalInt64(json, "max-ref-age-ms"));
  if (ref_age) ref.max_ref_age = Millis{*ref_age};
  ref.unknown = UnknownFields(json, {"snapshot-id", "type", "min-snapshots-to-keep",
                                     "max-snapshot-age-ms", "max-ref-age-ms"});
  return ref;
}

}  // namespace firn::table
