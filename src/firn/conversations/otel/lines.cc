// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/otel/lines.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "firn/conversations/json_record.h"
#include "firn/conversations/platform.h"

namespace firn::conversations::otel {
namespace {

// Where a request has its records.
struct Layout {
  const char* name;
  const char* resources;
  const char* scopes;
  const char* records;
};

constexpr std::array<Layout, 3> kLayouts = {
    Layout{"logs", "resourceLogs", "scopeLogs", "logRecords"},
    Layout{"spans", "resourceSpans", "scopeSpans", "spans"},
    Layout{"metrics", "resourceMetrics", "scopeMetrics", "metrics"}};

constexpr std::array<std::string_view, 5> kMetricKinds = {"gauge", "sum", "histogram",
                                                          "exponentialHistogram", "summary"};

void AddMember(std::string_view name, std::string_view json, std::string& text) {
  if (text.back() != '{') text += ',';
  text.append(ToJsonText(name)).append(":").append(json);
}

// The members of an object but for some, behind those in `text`.
void AddOthers(const JsonObject& object, std::initializer_list<std::string_view> left_out,
               std::string_view prefix, std::string& text) {
  for (const auto& [key, value] : object) {
    if (std::ranges::find(left_out, key) != left_out.end()) continue;
    std::string name(prefix);
    AddMember(name.append(key), simdjson::minify(value), text);
  }
}

class LineWriter {
 public:
  LineWriter(const Layout& layout, RecordLines& lines) : layout_(layout), lines_(lines) {}

  Status Request(const JsonArray& resources) {
    return ForEach(resources, [&](const JsonObject& resource) -> Status {
      const auto scopes = FindArray(resource, layout_.scopes);
      if (!scopes) return Ok();
      std::string head = std::string(R"({"otlp":")") + layout_.name + '"';
      AddShared(resource, "resource", layout_.scopes, head);
      return ForEach(*scopes, [&](const JsonObject& scope) { return Scope(scope, head); });
    });
  }

 private:
  template <typename Use>
  Status ForEach(const JsonArray& elements, Use use) {
    for (const JsonElement& element : elements) {
      JsonObject object;
      if (element.get(object) != simdjson::SUCCESS) {
        ++lines_.rejected;
        continue;
      }
      FIRN_TRY(use(object));
    }
    return Ok();
  }

  // What a level says of all below it: "resource", and its other members as "resource.schemaUrl".
  static void AddShared(const JsonObject& level, std::string_view name, std::string_view below,
                        std::string& head) {
    if (const auto own = FindElement(level, name)) AddMember(name, simdjson::minify(*own), head);
    AddOthers(level, {name, below}, std::string(name) + ".", head);
  }

  Status Scope(const JsonObject& scope, std::string head) {
    const auto records = FindArray(scope, layout_.records);
    if (!records) return Ok();
    AddShared(scope, "scope", layout_.records, head);
    return ForEach(*records, [&](const JsonObject& record) { return Record(record, head); });
  }

  Status Record(const JsonObject& record, const std::string& head) {
    ++lines_.records;
    for (const std::string_view kind : kMetricKinds) {
      const auto of_kind = FindObject(record, kind);
      const auto points = of_kind ? FindArray(*of_kind, "dataPoints") : std::nullopt;
      if (points) return Points(record, kind, *of_kind, *points, head);
    }
    return Line(head, simdjson::minify(record));
  }

  // A metric with one of its points.
  Status Points(const JsonObject& metric, std::string_view kind, const JsonObject& of_kind,
                const JsonArray& points, const std::string& head) {
    std::string outer = "{";
    AddOthers(metric, {kind}, "", outer);
    std::string inner = "{";
    AddOthers(of_kind, {"dataPoints"}, "", inner);
    return ForEach(points, [&](const JsonObject& point) {
      std::string one = inner;
      AddMember("dataPoints", "[" + std::string(simdjson::minify(point)) + "]", one);
      std::string record = outer;
      AddMember(kind, one + "}", record);
      return Line(head, record + "}");
    });
  }

  Status Line(const std::string& head, std::string_view record) {
    if (lines_.text.size() + head.size() + record.size() > kLinesBytesMax) {
      return ResourceExhausted("an OTLP request takes more bytes as lines than",
                               static_cast<int64_t>(kLinesBytesMax));
    }
    lines_.text.append(head).append(R"(,"record":)").append(record).append("}\n");
    return Ok();
  }

  const Layout& layout_;
  RecordLines& lines_;
};

}  // namespace

Status AddJsonLines(std::string_view request, RecordLines& lines) {
  std::string padded(request);
  padded.append(kPadding, '\0');
  bool whole = true;
  JsonRecordReader reader;
  Status status = Ok();
  bool known = false;
  reader.ForEach(
      std::string_view(padded).substr(0, request.size()),
      [&](const JsonObject& found, std::string_view) {
        for (const Layout& layout : kLayouts) {
          const auto resources = FindArray(found, layout.resources);
          if (!resources || !status.ok()) continue;
          known = true;
          status = LineWriter(layout, lines).Request(*resources);
        }
        // A request may hold nothing at all.
        known = known || found.begin() == found.end();
      },
      [&](std::string_view) { whole = false; });
  FIRN_TRY(status);
  if (!whole || !known) return Corrupt("not an OTLP request in JSON");
  return Ok();
}

Status AddProtobufLines(Signal signal, std::string_view request, RecordLines& lines) {
  FIRN_ASSIGN(const std::string json, JsonOfProtobuf(signal, request));
  return AddJsonLines(json, lines);
}

}  // namespace firn::conversations::otel
