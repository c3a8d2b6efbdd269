// SPDX-License-Identifier: Apache-2.0
//
// The layout of a crawl of Common Crawl: a segment a part, in it files that come in threes: WARC
// (the conversation as JSON, a resource record), WAT (what is known of it, a metadata record of
// JSON) and WET (its plain text, a conversion record), and lists of their paths. A crawl is named
// by two instants: how old the conversations are, and when the set was made.

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "firn/base/compression.h"
#include "firn/training/formats.h"
#include "firn/training/warc.h"

namespace firn::training {
namespace {

// Of names of records: made once, at random.
constexpr Uuid kSpace{{0x9d, 0x1f, 0x3c, 0x52, 0x7e, 0x0b, 0x4a, 0x86, 0xb3, 0x6e, 0x51, 0xd8, 0x27,
                       0xc4, 0x90, 0xfa}};

enum Kind : size_t { kWarc, kWat, kWet, kKinds };
constexpr std::array<std::string_view, kKinds> kFolders = {"warc", "wat", "wet"};
constexpr std::array<std::string_view, kKinds> kSuffixes = {".warc.gz", ".warc.wat.gz",
                                                            ".warc.wet.gz"};

// "20251105093000"
std::string Stamp(TimeUs time) {
  std::string digits;
  for (const char c : WarcDate(time)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

// The name of a field has no blanks.
std::string FieldName(std::string name) {
  std::ranges::replace(name, ' ', '-');
  return name;
}

// An id as a part of a URI: what could not stand there is percent-encoded.
std::string UriPart(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '/';
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
    out += plain ? std::string(1, c) : std::string(code.data());
  }
  return out;
}

std::string UriOf(const Example& example) {
  return "firn://" + UriPart(example.platform) + "/" + UriPart(example.conversation_id);
}

Json AboutOf(const Example& example) {
  Json about{Json::Object()};
  about.Set("conversation_id", example.conversation_id);
  about.Set("platform", example.platform);
  const auto set = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) about.Set(name, text);
  };
  set("title", example.title);
  set("model", example.model);
  set("language", example.language);
  if (example.start) about.Set("start_timestamp", example.start->ToString());
  about.Set("num_messages", static_cast<int64_t>(example.messages.size()));
  about.Set("num_tokens", example.tokens);
  return about;
}

std::string PayloadOf(const Example& example) {
  Json payload = AboutOf(example);
  payload.Set("messages", MessagesOf(example));
  if (Json::Array tools = ToolsOf(example); !tools.empty()) payload.Set("tools", std::move(tools));
  return payload.Dump();
}

std::string PlainTextOf(const Example& example) {
  std::string text = example.title.empty() ? "" : example.title + "\n\n";
  for (const ChatMessage& message : example.messages) {
    text += message.role + ":";
    if (!message.content.empty()) text += "\n" + message.content;
    text += "\n";
    for (const ToolCall& call : message.calls)
      text += call.name + " " + call.arguments + "\n";
    text += "\n";
  }
  return text;
}

class CommonCrawlSet : public SetWriter {
 public:
  explicit CommonCrawlSet(SetPlace place)
      : place_(std::move(place)), parts_(place_.settings.splits.size()) {}

  Result<RenderedExample> Render(const Example& example) const override {
    const Uuid id = IdOf("resource", example.conversation_id);
    WarcRecord resource =
        MakeWarcRecord("resource", id, DateOf(example), "application/json", PayloadOf(example));
    resource.fields.emplace_back("WARC-Target-URI", UriOf(example));
    resource.fields.emplace_back("WARC-Payload-Digest", WarcDigest(resource.block));
    WarcRecord text = MakeWarcRecord("conversion", IdOf("conversion", example.conversation_id),
                                     DateOf(example), "text/plain", PlainTextOf(example));
    text.fields.emplace_back("WARC-Target-URI", UriOf(example));
    text.fields.emplace_back("WARC-Refers-To", WarcId(id));
    RenderedExample rendered(kKinds);
    FIRN_ASSIGN(rendered[kWarc], WarcMember(resource));
    rendered[kWat] = EnvelopeOf(example, resource).Dump();
    FIRN_ASSIGN(rendered[kWet], WarcMember(text));
    return rendered;
  }

  Status Write(size_t split, const Example& example, const RenderedExample& rendered) override {
    Part& part = parts_[split];
    const bool is_full = part.files[kWarc] && part.files[kWarc]->bytes() >= place_.file_bytes;
    if (is_full) FIRN_TRY(End(part));
    if (!part.files[kWarc]) FIRN_TRY(Begin(part, place_.settings.splits[split]));
    return Add(part, example, rendered);
  }

  Result<std::vector<SetFile>> Close() override {
    for (Part& part : parts_) {
      if (part.files[kWarc]) FIRN_TRY(End(part));
    }
    SortByPath(done_);
    FIRN_TRY(WriteLists());
    SortByPath(done_);
    return std::move(done_);
  }

 private:
  struct Part {
    std::array<std::optional<OpenSetFile>, kKinds> files;
    int count = 0;
  };

  TimeUs DateOf(const Example& example) const {
    return example.start.value_or(place_.settings.made_at);
  }
  static Uuid IdOf(std::string_view kind, std::string_view name) {
    return Uuid::FromName(kSpace, std::string(kind) + " " + std::string(name));
  }

  Status Begin(Part& part, const std::string& split) {
    const SetSettings& settings = place_.settings;
    const std::string stem = "FIRN-MAIN-" + Stamp(settings.as_of) + "-" + Stamp(settings.made_at) +
                             "-" + FileNumber(part.count++);
    for (size_t kind = 0; kind < kKinds; ++kind) {
      const std::string name = stem + std::string(kSuffixes[kind]);
      const std::string path = "segments/" + split + "/" + std::string(kFolders[kind]) + "/" + name;
      FIRN_ASSIGN(part.files[kind], OpenSetFile::Create(place_, path, split));
      std::string block =
          "software: firn\r\nformat: WARC File Format 1.1\r\nisPartOf: " + settings.dataset_id +
          "\r\n";
      for (const auto& [fact, value] : settings.facts)
        block += FieldName(fact) + ": " + value + "\r\n";
      WarcRecord info =
          MakeWarcRecord("warcinfo", IdOf("warcinfo", settings.dataset_id + " " + path),
                         settings.made_at, "application/warc-fields", std::move(block));
      info.fields.emplace_back("WARC-Filename", name);
      FIRN_TRY(Put(*part.files[kind], info));
    }
    return Ok();
  }

  static Status Put(OpenSetFile& file, const WarcRecord& record) {
    FIRN_ASSIGN(const std::string member, WarcMember(record));
    return file.Write(member);
  }

  Status Add(Part& part, const Example& example, const RenderedExample& rendered) {
    const OpenSetFile& warc = *part.files[kWarc];
    const WarcRecord about = About(example, rendered[kWat], warc.bytes(), warc.path());
    FIRN_TRY(part.files[kWarc]->Write(rendered[kWarc]));
    FIRN_TRY(Put(*part.files[kWat], about));
    FIRN_TRY(part.files[kWet]->Write(rendered[kWet]));
    for (auto& file : part.files)
      file->Count(example);
    return Ok();
  }

  // The shape of Common Crawl's own WAT records: what is in the record,
  static Json EnvelopeOf(const Example& example, const WarcRecord& resource) {
    Json fields{Json::Object()};
    for (const auto& [name, value] : resource.fields)
      fields.Set(name, value);
    Json payload = Json::Object{{"Actual-Content-Type", "application/json"},
                                {"Actual-Content-Length", std::to_string(resource.block.size())},
                                {"Conversation-Metadata", AboutOf(example)}};
    Json envelope{Json::Object()};
    envelope.Set("Format", "WARC");
    envelope.Set("WARC-Header-Length", std::to_string(WarcHead(resource).size()));
    envelope.Set("Actual-Content-Length", std::to_string(resource.block.size()));
    envelope.Set("Block-Digest", WarcDigest(resource.block));
    envelope.Set("WARC-Header-Metadata", std::move(fields));
    envelope.Set("Payload-Metadata", std::move(payload));
    return envelope;
  }

  // and where it is.
  WarcRecord About(const Example& example, const std::string& envelope, int64_t offset,
                   const std::string& path) const {
    const Json container = Json::Object{{"Filename", std::string(io::FileNameOf(path))},
                                        {"Compressed", true},
                                        {"Offset", std::to_string(offset)}};
    WarcRecord record = MakeWarcRecord(
        "metadata", IdOf("metadata", example.conversation_id), DateOf(example), "application/json",
        R"({"Container":)" + container.Dump() + R"(,"Envelope":)" + envelope + "}");
    record.fields.emplace_back("WARC-Target-URI", UriOf(example));
    record.fields.emplace_back("WARC-Refers-To", WarcId(IdOf("resource", example.conversation_id)));
    return record;
  }

  Status End(Part& part) {
    for (auto& file : part.files) {
      FIRN_ASSIGN(SetFile done, file->Close());
      done_.push_back(std::move(done));
      file.reset();
    }
    return Ok();
  }

  // "warc.paths.gz" and so on, as each crawl has them.
  Status WriteLists() {
    std::vector<SetFile> lists;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      std::string paths;
      for (const SetFile& file : done_) {
        if (file.path.ends_with(kSuffixes[kind])) paths += file.path + "\n";
      }
      FIRN_ASSIGN(const std::string bytes, Deflate(paths, DeflateFormat::kGzip));
      FIRN_ASSIGN(OpenSetFile list,
                  OpenSetFile::Create(place_, std::string(kFolders[kind]) + ".paths.gz", ""));
      FIRN_TRY(list.Write(bytes));
      FIRN_ASSIGN(SetFile done, list.Close());
      lists.push_back(std::move(done));
    }
    std::ranges::move(lists, std::back_inserter(done_));
    return Ok();
  }

  SetPlace place_;
  std::vector<Part> parts_;
  std::vector<SetFile> done_;
};

}  // namespace

std::unique_ptr<SetWriter> OpenCommonCrawlSet(SetPlace place) {
  return std::make_unique<CommonCrawlSet>(std::move(place));
}

}  // namespace firn::training
