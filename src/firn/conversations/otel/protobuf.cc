// SPDX-License-Identifier: Apache-2.0
//
// The wire format is a run of fields: a varint of number and wire type, then a varint, four or
// eight bytes, or a length and so many bytes. Which field is what is in the tables below, in the
// order of opentelemetry-proto 1.x. A message is read in two steps, because a repeated field may
// stand anywhere in it and JSON wants it in one place: first its fields are listed, then written in
// the order of the table.

#include "firn/conversations/otel/protobuf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "firn/base/base64.h"
#include "firn/base/bytes.h"
#include "firn/conversations/json_record.h"

namespace firn::conversations::otel {
namespace {

constexpr int kDepthMax = 64;
constexpr size_t kFieldsMax = 2'000'000;  // Of a request; each takes some bytes while it is read.

enum class Wire : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

enum class Kind : uint8_t {
  kText,
  kHex,     // Ids, which OTLP writes in hexadecimal.
  kBase64,  // Other bytes.
  kBool,
  kNumber,  // A varint or four bytes, without sign.
  kSigned,  // A zigzag varint.
  kLong,    // 64 bits with a sign, which JSON holds as text.
  kCount,   // 64 bits without one.
  kDouble,
  kMessage,
};

struct MessageType;

struct FieldType {
  uint32_t number;
  const char* name;
  Kind kind;
  const MessageType* type = nullptr;
  bool repeated = false;
};

struct MessageType {
  std::span<const FieldType> fields;

  const FieldType* Find(uint32_t number) const {
    const auto found = std::ranges::find(fields, number, &FieldType::number);
    return found == fields.end() ? nullptr : &*found;
  }
};

extern const MessageType kAnyValue;

constexpr bool kMany = true;

const FieldType kKeyValueFields[] = {{1, "key", Kind::kText},
                                     {2, "value", Kind::kMessage, &kAnyValue}};
const MessageType kKeyValue = {kKeyValueFields};
const FieldType kArrayFields[] = {{1, "values", Kind::kMessage, &kAnyValue, kMany}};
const MessageType kArray = {kArrayFields};
const FieldType kKeyValueListFields[] = {{1, "values", Kind::kMessage, &kKeyValue, kMany}};
const MessageType kKeyValueList = {kKeyValueListFields};
const FieldType kAnyValueFields[] = {{1, "stringValue", Kind::kText},
                                     {2, "boolValue", Kind::kBool},
                                     {3, "intValue", Kind::kLong},
                                     {4, "doubleValue", Kind::kDouble},
                                     {5, "arrayValue", Kind::kMessage, &kArray},
                                     {6, "kvlistValue", Kind::kMessage, &kKeyValueList},
                                     {7, "bytesValue", Kind::kBase64}};
const MessageType kAnyValue = {kAnyValueFields};

const FieldType kEntityFields[] = {{1, "schemaUrl", Kind::kText},
                                   {2, "type", Kind::kText},
                                   {3, "idKeys", Kind::kText, nullptr, kMany},
                                   {4, "descriptionKeys", Kind::kText, nullptr, kMany}};
const MessageType kEntity = {kEntityFields};
const FieldType kResourceFields[] = {{1, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                     {2, "droppedAttributesCount", Kind::kNumber},
                                     {3, "entityRefs", Kind::kMessage, &kEntity, kMany}};
const MessageType kResource = {kResourceFields};
const FieldType kScopeFields[] = {{1, "name", Kind::kText},
                                  {2, "version", Kind::kText},
                                  {3, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                  {4, "droppedAttributesCount", Kind::kNumber}};
const MessageType kScope = {kScopeFields};

const FieldType kLogRecordFields[] = {{1, "timeUnixNano", Kind::kCount},
                                      {11, "observedTimeUnixNano", Kind::kCount},
                                      {2, "severityNumber", Kind::kNumber},
                                      {3, "severityText", Kind::kText},
                                      {12, "eventName", Kind::kText},
                                      {5, "body", Kind::kMessage, &kAnyValue},
                                      {6, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                      {7, "droppedAttributesCount", Kind::kNumber},
                                      {8, "flags", Kind::kNumber},
                                      {9, "traceId", Kind::kHex},
                                      {10, "spanId", Kind::kHex}};
const MessageType kLogRecord = {kLogRecordFields};

const FieldType kEventFields[] = {{1, "timeUnixNano", Kind::kCount},
                                  {2, "name", Kind::kText},
                                  {3, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                  {4, "droppedAttributesCount", Kind::kNumber}};
const MessageType kEvent = {kEventFields};
const FieldType kLinkFields[] = {{1, "traceId", Kind::kHex},
                                 {2, "spanId", Kind::kHex},
                                 {3, "traceState", Kind::kText},
                                 {4, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                 {5, "droppedAttributesCount", Kind::kNumber},
                                 {6, "flags", Kind::kNumber}};
const MessageType kLink = {kLinkFields};
const FieldType kStatusFields[] = {{2, "message", Kind::kText}, {3, "code", Kind::kNumber}};
const MessageType kStatus = {kStatusFields};
const FieldType kSpanFields[] = {{1, "traceId", Kind::kHex},
                                 {2, "spanId", Kind::kHex},
                                 {3, "traceState", Kind::kText},
                                 {4, "parentSpanId", Kind::kHex},
                                 {16, "flags", Kind::kNumber},
                                 {5, "name", Kind::kText},
                                 {6, "kind", Kind::kNumber},
                                 {7, "startTimeUnixNano", Kind::kCount},
                                 {8, "endTimeUnixNano", Kind::kCount},
                                 {9, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                 {10, "droppedAttributesCount", Kind::kNumber},
                                 {11, "events", Kind::kMessage, &kEvent, kMany},
                                 {12, "droppedEventsCount", Kind::kNumber},
                                 {13, "links", Kind::kMessage, &kLink, kMany},
                                 {14, "droppedLinksCount", Kind::kNumber},
                                 {15, "status", Kind::kMessage, &kStatus}};
const MessageType kSpan = {kSpanFields};

const FieldType kExemplarFields[] = {{7, "filteredAttributes", Kind::kMessage, &kKeyValue, kMany},
                                     {2, "timeUnixNano", Kind::kCount},
                                     {3, "asDouble", Kind::kDouble},
                                     {6, "asInt", Kind::kLong},
                                     {4, "spanId", Kind::kHex},
                                     {5, "traceId", Kind::kHex}};
const MessageType kExemplar = {kExemplarFields};
const FieldType kNumberPointFields[] = {{7, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                        {2, "startTimeUnixNano", Kind::kCount},
                                        {3, "timeUnixNano", Kind::kCount},
                                        {4, "asDouble", Kind::kDouble},
                                        {6, "asInt", Kind::kLong},
                                        {5, "exemplars", Kind::kMessage, &kExemplar, kMany},
                                        {8, "flags", Kind::kNumber}};
const MessageType kNumberPoint = {kNumberPointFields};
const FieldType kHistogramPointFields[] = {{9, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                           {2, "startTimeUnixNano", Kind::kCount},
                                           {3, "timeUnixNano", Kind::kCount},
                                           {4, "count", Kind::kCount},
                                           {5, "sum", Kind::kDouble},
                                           {6, "bucketCounts", Kind::kCount, nullptr, kMany},
                                           {7, "explicitBounds", Kind::kDouble, nullptr, kMany},
                                           {8, "exemplars", Kind::kMessage, &kExemplar, kMany},
                                           {10, "flags", Kind::kNumber},
                                           {11, "min", Kind::kDouble},
                                           {12, "max", Kind::kDouble}};
const MessageType kHistogramPoint = {kHistogramPointFields};
const FieldType kBucketsFields[] = {{1, "offset", Kind::kSigned},
                                    {2, "bucketCounts", Kind::kCount, nullptr, kMany}};
const MessageType kBuckets = {kBucketsFields};
const FieldType kExponentialPointFields[] = {{1, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                             {2, "startTimeUnixNano", Kind::kCount},
                                             {3, "timeUnixNano", Kind::kCount},
                                             {4, "count", Kind::kCount},
                                             {5, "sum", Kind::kDouble},
                                             {6, "scale", Kind::kSigned},
                                             {7, "zeroCount", Kind::kCount},
                                             {8, "positive", Kind::kMessage, &kBuckets},
                                             {9, "negative", Kind::kMessage, &kBuckets},
                                             {10, "flags", Kind::kNumber},
                                             {11, "exemplars", Kind::kMessage, &kExemplar, kMany},
                                             {12, "min", Kind::kDouble},
                                             {13, "max", Kind::kDouble},
                                             {14, "zeroThreshold", Kind::kDouble}};
const MessageType kExponentialPoint = {kExponentialPointFields};
const FieldType kQuantileFields[] = {{1, "quantile", Kind::kDouble}, {2, "value", Kind::kDouble}};
const MessageType kQuantile = {kQuantileFields};
const FieldType kSummaryPointFields[] = {{7, "attributes", Kind::kMessage, &kKeyValue, kMany},
                                         {2, "startTimeUnixNano", Kind::kCount},
                                         {3, "timeUnixNano", Kind::kCount},
                                         {4, "count", Kind::kCount},
                                         {5, "sum", Kind::kDouble},
                                         {6, "quantileValues", Kind::kMessage, &kQuantile, kMany},
                                         {8, "flags", Kind::kNumber}};
const MessageType kSummaryPoint = {kSummaryPointFields};
const FieldType kGaugeFields[] = {{1, "dataPoints", Kind::kMessage, &kNumberPoint, kMany}};
const MessageType kGauge = {kGaugeFields};
const FieldType kSumFields[] = {{1, "dataPoints", Kind::kMessage, &kNumberPoint, kMany},
                                {2, "aggregationTemporality", Kind::kNumber},
                                {3, "isMonotonic", Kind::kBool}};
const MessageType kSum = {kSumFields};
const FieldType kHistogramFields[] = {{1, "dataPoints", Kind::kMessage, &kHistogramPoint, kMany},
                                      {2, "aggregationTemporality", Kind::kNumber}};
const MessageType kHistogram = {kHistogramFields};
const FieldType kExponentialFields[] = {
    {1, "dataPoints", Kind::kMessage, &kExponentialPoint, kMany},
    {2, "aggregationTemporality", Kind::kNumber}};
const MessageType kExponential = {kExponentialFields};
const FieldType kSummaryFields[] = {{1, "dataPoints", Kind::kMessage, &kSummaryPoint, kMany}};
const MessageType kSummary = {kSummaryFields};
const FieldType kMetricFields[] = {{1, "name", Kind::kText},
                                   {2, "description", Kind::kText},
                                   {3, "unit", Kind::kText},
                                   {5, "gauge", Kind::kMessage, &kGauge},
                                   {7, "sum", Kind::kMessage, &kSum},
                                   {9, "histogram", Kind::kMessage, &kHistogram},
                                   {10, "exponentialHistogram", Kind::kMessage, &kExponential},
                                   {11, "summary", Kind::kMessage, &kSummary},
                                   {12, "metadata", Kind::kMessage, &kKeyValue, kMany}};
const MessageType kMetric = {kMetricFields};

const FieldType kScopeLogsFields[] = {{1, "scope", Kind::kMessage, &kScope},
                                      {2, "logRecords", Kind::kMessage, &kLogRecord, kMany},
                                      {3, "schemaUrl", Kind::kText}};
const MessageType kScopeLogs = {kScopeLogsFields};
const FieldType kResourceLogsFields[] = {{1, "resource", Kind::kMessage, &kResource},
                                         {2, "scopeLogs", Kind::kMessage, &kScopeLogs, kMany},
                                         {3, "schemaUrl", Kind::kText}};
const MessageType kResourceLogs = {kResourceLogsFields};
const FieldType kLogsFields[] = {{1, "resourceLogs", Kind::kMessage, &kResourceLogs, kMany}};
const MessageType kLogs = {kLogsFields};
const FieldType kScopeSpansFields[] = {{1, "scope", Kind::kMessage, &kScope},
                                       {2, "spans", Kind::kMessage, &kSpan, kMany},
                                       {3, "schemaUrl", Kind::kText}};
const MessageType kScopeSpans = {kScopeSpansFields};
const FieldType kResourceSpansFields[] = {{1, "resource", Kind::kMessage, &kResource},
                                          {2, "scopeSpans", Kind::kMessage, &kScopeSpans, kMany},
                                          {3, "schemaUrl", Kind::kText}};
const MessageType kResourceSpans = {kResourceSpansFields};
const FieldType kSpansFields[] = {{1, "resourceSpans", Kind::kMessage, &kResourceSpans, kMany}};
const MessageType kSpans = {kSpansFields};
const FieldType kScopeMetricsFields[] = {{1, "scope", Kind::kMessage, &kScope},
                                         {2, "metrics", Kind::kMessage, &kMetric, kMany},
                                         {3, "schemaUrl", Kind::kText}};
const MessageType kScopeMetrics = {kScopeMetricsFields};
const FieldType kResourceMetricsFields[] = {
    {1, "resource", Kind::kMessage, &kResource},
    {2, "scopeMetrics", Kind::kMessage, &kScopeMetrics, kMany},
    {3, "schemaUrl", Kind::kText}};
const MessageType kResourceMetrics = {kResourceMetricsFields};
const FieldType kMetricsFields[] = {
    {1, "resourceMetrics", Kind::kMessage, &kResourceMetrics, kMany}};
const MessageType kMetrics = {kMetricsFields};

// A field as it stands in a message.
struct Field {
  uint32_t number = 0;
  Wire wire = Wire::kVarint;
  uint64_t value = 0;      // Of a number.
  std::string_view bytes;  // Of `kBytes`.
};

Error NoMessage(std::string_view what) {
  return Corrupt("not an OTLP request in protobuf", std::string(what));
}

// Takes fields off the front of a message.
class FieldReader {
 public:
  explicit FieldReader(std::string_view rest) : rest_(rest) {}

  bool done() const { return rest_.empty(); }

  Result<Field> Next() {
    FIRN_ASSIGN(const uint64_t key, Varint());
    Field field;
    field.number = static_cast<uint32_t>(key >> 3);
    field.wire = static_cast<Wire>(key & 7);
    if (field.number == 0 || key >> 32 != 0) return NoMessage("a field without a number");
    switch (field.wire) {
      case Wire::kVarint: {
        FIRN_ASSIGN(field.value, Varint());
        return field;
      }
      case Wire::kFixed64: {
        FIRN_ASSIGN(field.value, Fixed(8));
        return field;
      }
      case Wire::kFixed32: {
        FIRN_ASSIGN(field.value, Fixed(4));
        return field;
      }
      case Wire::kBytes: {
        FIRN_ASSIGN(const uint64_t length, Varint());
        if (length > rest_.size()) return NoMessage("a field is longer than what holds it");
        field.bytes = rest_.substr(0, static_cast<size_t>(length));
        rest_.remove_prefix(static_cast<size_t>(length));
        return field;
      }
    }
    return NoMessage("an unknown wire type");
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return NoMessage("it ends within a number");
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return NoMessage("a number of more than 64 bits");
  }

  // Little endian.
  Result<uint64_t> Fixed(size_t width) {
    if (rest_.size() < width) return NoMessage("it ends within a number");
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i)
      value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(width);
    return value;
  }

 private:
  std::string_view rest_;
};

// As the JSON of protobuf has what is no number of JSON.
std::string DoubleText(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

Wire WireOf(const FieldType& type, Wire found) {
  switch (type.kind) {
    case Kind::kText:
    case Kind::kHex:
    case Kind::kBase64:
    case Kind::kMessage:
      return Wire::kBytes;
    case Kind::kDouble:
      return Wire::kFixed64;
    case Kind::kBool:
    case Kind::kSigned:
      return Wire::kVarint;
    case Kind::kNumber:
    case Kind::kLong:
    case Kind::kCount:
      break;
  }
  return found == Wire::kBytes ? Wire::kVarint : found;  // Some are of fixed width.
}

class Writer {
 public:
  Status Message(const MessageType& type, std::string_view bytes, int depth) {
    if (depth > kDepthMax) return NoMessage("messages nest too deep");
    std::vector<Field> fields;
    FieldReader reader(bytes);
    while (!reader.done()) {
      FIRN_ASSIGN(fields.emplace_back(), reader.Next());
      if (++fields_ > kFieldsMax) {
        return ResourceExhausted("an OTLP request of more fields than", kFieldsMax);
      }
    }
    json_ += '{';
    bool first = true;
    for (const FieldType& field : type.fields)
      FIRN_TRY(Member(field, fields, depth, first));
    Unknown(type, fields, first);
    json_ += '}';
    return Ok();
  }

  std::string Take() { return std::move(json_); }

 private:
  void Name(std::string_view name, bool& first) {
    if (!first) json_ += ',';
    first = false;
    json_.append("\"").append(name).append("\":");
  }

  // All there is of a field; of one that is not repeated the last counts.
  Status Member(const FieldType& type, const std::vector<Field>& fields, int depth, bool& first) {
    const auto is_it = [&](const Field& field) { return field.number == type.number; };
    if (!type.repeated) {
      const auto last = std::find_if(fields.rbegin(), fields.rend(), is_it);
      if (last == fields.rend()) return Ok();
      Name(type.name, first);
      return Value(type, *last, depth);
    }
    bool begun = false;
    for (const Field& field : fields) {
      if (!is_it(field)) continue;
      if (!begun) {
        Name(type.name, first);
        json_ += '[';
      }
      FIRN_TRY(Elements(type, field, depth, begun));
    }
    if (begun) json_ += ']';
    return Ok();
  }

  // One value of a repeated field, or numbers packed into one.
  Status Elements(const FieldType& type, const Field& field, int depth, bool& begun) {
    const Wire wire = WireOf(type, field.wire);
    const bool packed = field.wire == Wire::kBytes && wire != Wire::kBytes;
    if (!packed) {
      if (std::exchange(begun, true)) json_ += ',';
      return Value(type, field, depth);
    }
    if (!std::exchange(begun, true) && field.bytes.empty()) return Ok();
    FieldReader reader(field.bytes);
    while (!reader.done()) {
      Field one;
      // Bounds are doubles and counts of eight bytes, but for buckets, whose counts are varints.
      const bool fixed = type.kind == Kind::kDouble || !varint_counts_;
      one.wire = fixed ? Wire::kFixed64 : Wire::kVarint;
      FIRN_ASSIGN(one.value, fixed ? reader.Fixed(8) : reader.Varint());
      if (json_.back() != '[') json_ += ',';
      FIRN_TRY(Value(type, one, depth));
    }
    return Ok();
  }

  Status Value(const FieldType& type, const Field& field, int depth) {
    if (field.wire != WireOf(type, field.wire)) {
      return NoMessage(std::string(type.name) + " is of another type");
    }
    switch (type.kind) {
      case Kind::kText:
        json_ += ToJsonText(ReplaceInvalidUtf8(field.bytes));
        return Ok();
      case Kind::kHex:
        json_.append("\"").append(HexEncode(field.bytes)).append("\"");
        return Ok();
      case Kind::kBase64:
        json_.append("\"").append(EncodeBase64(field.bytes)).append("\"");
        return Ok();
      case Kind::kBool:
        json_ += field.value != 0 ? "true" : "false";
        return Ok();
      case Kind::kNumber:
        json_ += std::to_string(static_cast<uint32_t>(field.value));
        return Ok();
      case Kind::kSigned:
        json_ += std::to_string(static_cast<int64_t>(field.value >> 1) ^
                                -static_cast<int64_t>(field.value & 1));
        return Ok();
      case Kind::kLong:
        json_ += "\"" + std::to_string(static_cast<int64_t>(field.value)) + "\"";
        return Ok();
      case Kind::kCount:
        json_ += "\"" + std::to_string(field.value) + "\"";
        return Ok();
      case Kind::kDouble:
        json_ += DoubleText(std::bit_cast<double>(field.value));
        return Ok();
      case Kind::kMessage: {
        const bool outer = std::exchange(varint_counts_, type.type == &kBuckets);
        const Status written = Message(*type.type, field.bytes, depth + 1);
        varint_counts_ = outer;
        return written;
      }
    }
    return Ok();
  }

  void Unknown(const MessageType& type, const std::vector<Field>& fields, bool& first) {
    bool begun = false;
    for (const Field& field : fields) {
      if (type.Find(field.number) != nullptr) continue;
      if (!begun) Name("unknownFields", first);
      json_ += std::exchange(begun, true) ? "," : "[";
      json_ += R"({"number":)" + std::to_string(field.number) + R"(,"wireType":)" +
               std::to_string(static_cast<int>(field.wire)) + R"(,"value":")";
      json_ += field.wire == Wire::kBytes ? EncodeBase64(field.bytes) : std::to_string(field.value);
      json_ += "\"}";
    }
    if (begun) json_ += ']';
  }

  std::string json_;
  size_t fields_ = 0;
  bool varint_counts_ = false;
};

// The first message in field `number`; nothing where there is none.
std::optional<std::string_view> FirstOf(std::string_view message, uint32_t number) {
  FieldReader reader(message);
  while (!reader.done()) {
    const Result<Field> field = reader.Next();
    if (!field) return std::nullopt;
    if (field->number == number && field->wire == Wire::kBytes) return field->bytes;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> JsonOfProtobuf(Signal signal, std::string_view request) {
  Writer writer;
  const MessageType& type = signal == Signal::kLogs    ? kLogs
                            : signal == Signal::kSpans ? kSpans
                                                       : kMetrics;
  FIRN_TRY(writer.Message(type, request, 0));
  return writer.Take();
}

// A span has its times in fields 7 and 8, a log record in 1 and 11; a metric has none.
std::optional<Signal> SignalOfProtobuf(std::string_view request) {
  constexpr uint32_t kScopes = 2, kRecords = 2;
  const auto resource = FirstOf(request, 1);
  const auto scope = resource ? FirstOf(*resource, kScopes) : std::nullopt;
  const auto record = scope ? FirstOf(*scope, kRecords) : std::nullopt;
  if (!record) return std::nullopt;
  FieldReader reader(*record);
  bool is_metric = false;
  while (!reader.done()) {
    const Result<Field> field = reader.Next();
    if (!field) return std::nullopt;
    if (field->wire == Wire::kFixed64) {
      return field->number == 1 || field->number == 11 ? Signal::kLogs : Signal::kSpans;
    }
    is_metric = is_metric || (field->wire == Wire::kBytes && field->number == 1);
  }
  return is_metric ? Signal::kMetrics : Signal::kLogs;
}

}  // namespace firn::conversations::otel
