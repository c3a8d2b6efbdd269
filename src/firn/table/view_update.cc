// SPDX-License-Identifier: Apache-2.0

#include "firn/table/view_update.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "firn/table/shared_update.h"

namespace firn::table {
namespace {

constexpr char kHistoryProperty[] = "version.history.num-entries";
constexpr char kDropDialectProperty[] = "replace.drop-dialect.allowed";
constexpr size_t kHistoryDefault = 10;

class ViewApplier {
 public:
  ViewApplier(ViewMetadata base, TimeMs now) : out_(std::move(base)), now_(now) {}

  Status operator()(const AssignUuid& update) {
    if (out_.view_uuid == update.uuid) return Ok();
    if (out_.view_uuid != Uuid{}) {
      return InvalidArgument("a view's uuid never changes", out_.view_uuid, update.uuid);
    }
    out_.view_uuid = update.uuid;
    return Ok();
  }

  Status operator()(const UpgradeFormatVersion& update) {
    if (update.format_version > kViewFormatVersionMax) {
      return Unsupported("format version of a view", update.format_version);
    }
    if (update.format_version < out_.format_version) {
      return InvalidArgument("a view's format version never goes down", update.format_version);
    }
    return Ok();
  }

  Status operator()(const AddSchema& update) {
    added_schema_ = internal::AddOrFindSchema(update.schema, out_.schemas);
    return Ok();
  }

  Status operator()(const SetLocation& update) { return internal::Apply(update, out_); }
  Status operator()(const SetProperties& update) { return internal::Apply(update, out_); }
  Status operator()(const RemoveProperties& update) { return internal::Apply(update, out_); }

  Status operator()(const AddViewVersion& update) {
    ViewVersion version = update.version;
    if (version.schema_id.value == -1) {
      if (!added_schema_) return InvalidArgument("no schema was added before this update");
      version.schema_id = *added_schema_;
    }
    if (out_.FindSchema(version.schema_id) == nullptr) {
      return NotFound("no such schema", version.schema_id);
    }
    version.id = ViewVersionId(1);
    for (const ViewVersion& known : out_.versions) {
      if (known.SameDefinition(version)) {
        added_version_ = known.id;
        return Ok();
      }
      version.id = std::max(version.id, ViewVersionId(known.id.value + 1));
    }
    FIRN_TRY(CheckDialectsStay(version));
    added_version_ = version.id;
    new_versions_.insert(version.id);
    out_.versions.push_back(std::move(version));
    return Ok();
  }

  Status operator()(const SetCurrentViewVersion& update) {
    ViewVersionId id = update.version_id;
    if (id.value == -1) {
      if (!added_version_) return InvalidArgument("no version was added before this update");
      id = *added_version_;
    }
    const ViewVersion* version = out_.FindVersion(id);
    if (version == nullptr) return NotFound("no such version of the view", id);
    if (id == out_.current_version_id && !out_.version_log.empty()) return Ok();
    out_.current_version_id = id;
    out_.version_log.push_back({new_versions_.contains(id) ? version->timestamp : now_, id, {}});
    return Ok();
  }

  Result<ViewMetadata> Finish() && {
    FIRN_TRY(CheckViewMetadata(out_));
    FIRN_ASSIGN(const size_t keep, VersionsToKeep());
    if (out_.versions.size() > keep) DropVersions(keep);
    return std::move(out_);
  }

 private:
  // Engines that read the old dialect would no longer find the view.
  Status CheckDialectsStay(const ViewVersion& next) const {
    const ViewVersion* current = out_.FindVersion(out_.current_version_id);
    const auto allowed = out_.properties.find(kDropDialectProperty);
    const bool may_drop = allowed != out_.properties.end() && allowed->second == "true";
    if (current == nullptr || may_drop) return Ok();
    for (const ViewRepresentation& old : current->representations) {
      const bool stays = std::any_of(
          next.representations.begin(), next.representations.end(),
          [&](const ViewRepresentation& one) { return SameDialect(one.dialect, old.dialect); });
      if (!stays) {
        return InvalidArgument("the view would lose the dialect", old.dialect)
            .WithHint("give its SQL too, or set replace.drop-dialect.allowed to true");
      }
    }
    return Ok();
  }

  // Those added now are kept at least until the next change.
  Result<size_t> VersionsToKeep() const {
    const auto found = out_.properties.find(kHistoryProperty);
    size_t keep = kHistoryDefault;
    if (found != out_.properties.end()) {
      const std::string& text = found->second;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), keep);
      if (error != std::errc() || end != text.data() + text.size() || keep == 0) {
        return InvalidArgument(std::string(kHistoryProperty) + " is not a positive number", text);
      }
    }
    return std::max(keep, new_versions_.size());
  }

  void DropVersions(size_t keep) {
    std::vector<ViewVersionId> newest;
    for (const ViewVersion& version : out_.versions) {
      if (version.id != out_.current_version_id) newest.push_back(version.id);
    }
    std::sort(newest.rbegin(), newest.rend());
    newest.resize(keep - 1);
    std::set<ViewVersionId> kept(newest.begin(), newest.end());
    kept.insert(out_.current_version_id);
    std::erase_if(out_.versions,
                  [&](const ViewVersion& version) { return !kept.contains(version.id); });
    TrimLog(kept);
    TrimSchemas();
  }

  // Asking for a time before must not find an older version than the one that went.
  void TrimLog(const std::set<ViewVersionId>& kept) {
    std::vector<ViewLogEntry> log;
    for (ViewLogEntry& entry : out_.version_log) {
      if (kept.contains(entry.version_id)) {
        log.push_back(std::move(entry));
      } else {
        log.clear();
      }
    }
    out_.version_log = std::move(log);
  }

  void TrimSchemas() {
    std::set<SchemaId> used;
    for (const ViewVersion& version : out_.versions) {
      used.insert(version.schema_id);
    }
    std::erase_if(out_.schemas, [&](const Schema& schema) { return !used.contains(schema.id()); });
  }

  ViewMetadata out_;
  TimeMs now_;
  std::optional<SchemaId> added_schema_;
  std::optional<ViewVersionId> added_version_;
  std::set<ViewVersionId> new_versions_;
};

}  // namespace

std::string_view ActionName(const ViewUpdate& update) {
  static constexpr std::string_view kNames[] = {
      "assign-uuid",    "upgrade-format-version", "add-schema",       "set-location",
      "set-properties", "remove-properties",      "add-view-version", "set-current-view-version",
  };
  static_assert(std::size(kNames) == std::variant_size_v<ViewUpdate>);
  return kNames[update.index()];
}

Result<ViewMetadata> ApplyViewUpdates(ViewMetadata base, std::span<const ViewUpdate> updates,
                                      TimeMs now) {
  ViewApplier applier(std::move(base), now);
  for (const ViewUpdate& update : updates) {
    Status applied = std::visit(applier, update);
    if (!applied.ok()) return std::move(applied).error().Within(ActionName(update));
  }
  return std::move(applier).Finish();
}

std::vector<ViewUpdate> ReplaceViewVersion(const ViewDefinition& definition, TimeMs now) {
  ViewVersion version;
  version.schema_id = SchemaId(-1);
  version.timestamp = now;
  version.summary = definition.summary;
  version.representations = definition.representations;
  version.default_catalog = definition.default_catalog;
  version.default_namespace = definition.default_namespace;
  return {AddSchema{AssignFreshIds(definition.schema), {}}, AddViewVersion{std::move(version)},
          SetCurrentViewVersion{}};
}

}  // namespace firn::table
