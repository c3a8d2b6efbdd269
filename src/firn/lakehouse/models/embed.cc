// SPDX-License-Identifier: Apache-2.0
//
// The vectors are a model of a package like others: the pipeline finds what changed and writes it.
// Its query calls `embed_text`, which is the embedder; to fit one, the same query is run with an
// embedder that learns instead. A new fit is another value of a variable that the query names, and
// so a reason to compute all rows anew.

#include "firn/lakehouse/models/embed.h"

#include <algorithm>
#include <utility>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/io/http_client.h"
#include "firn/io/location.h"
#include "firn/lakehouse/models/run_models.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/pipeline/run.h"
#include "firn/pipeline/shipped.h"
#include "firn/search/endpoint_embedder.h"
#include "firn/search/latent_model.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

constexpr std::string_view kTable = "gold.conversation_embeddings";
constexpr std::string_view kFunction = "embed_text";
constexpr int64_t kModelBytesMax = int64_t{1} << 30;
constexpr int64_t kGrowth = 2;
constexpr int64_t kTextsFittedMax = 10'000;

Result<std::unique_ptr<search::Embedder>> OpenEndpoint(const EmbedContext& context) {
  const EmbeddingsConfig& config = context.folder.config.embeddings;
  if (config.model.empty()) {
    return InvalidArgument("firn.toml: [embeddings] names an endpoint and no model")
        .WithHint("add a line such as: model = \"text-embedding-3-small\"");
  }
  search::EndpointOptions options;
  options.url = config.endpoint;
  options.model = config.model;
  options.dimensions = config.dimensions;
  options.batch = static_cast<size_t>(config.batch);
  FIRN_TRY(io::ParseHttpUrl(options.url));
  if (!config.api_key_env.empty()) {
    const auto key = context.environment.find(config.api_key_env);
    if (key == context.environment.end() || key->second.empty()) {
      return InvalidArgument("the environment has no variable", config.api_key_env)
          .WithHint("[embeddings] api_key_env of firn.toml names it");
    }
    options.key = key->second;
  }
  return search::MakeEndpointEmbedder(context.http, context.env, std::move(options));
}

// The model fitted last; unset where there is none that can be read.
Result<std::unique_ptr<search::LatentModel>> StoredModel(const EmbedContext& context) {
  const std::string location = io::FileLocation(context.folder.LatentModelPath());
  const auto bytes = context.disk.ReadAll(location, kModelBytesMax);
  if (!bytes && bytes.error().kind == ErrorKind::kNotFound)
    return std::unique_ptr<search::LatentModel>();
  FIRN_TRY(bytes);
  auto model = search::LatentModel::Parse(*bytes);
  if (!model) return std::unique_ptr<search::LatentModel>();
  return std::make_unique<search::LatentModel>(std::move(*model));
}

Status StoreModel(const EmbedContext& context, const search::LatentModel& model) {
  const std::string location = io::FileLocation(context.folder.LatentModelPath());
  FIRN_ASSIGN(const bool exists, context.disk.Exists(location));
  if (exists) FIRN_TRY(context.disk.Delete(location));
  const Status written = context.disk.WriteAll(location, model.Serialise());
  // Somebody else fitted at the same time: equal lakes give equal models.
  return written || written.error().kind == ErrorKind::kAlreadyExists ? Ok() : written;
}

// What `embed_text` is at the time.
struct CurrentEmbedder {
  const search::Embedder* embedder = nullptr;
};

class Embedding {
 public:
  Embedding(const EmbedContext& context, const pipeline::RunContext& run,
            const EmbedRequest& request)
      : context_(context), run_(run), request_(request) {}

  Result<EmbedReport> Run() {
    FIRN_TRY(CountConversations());
    FIRN_TRY(DefineFunction());
    FIRN_TRY(ChooseEmbedder());
    current_->embedder = embedder_.get();
    report_.model = embedder_ != nullptr ? embedder_->name() : "firn-lsa";
    report_.version = embedder_ != nullptr ? embedder_->version() : "";
    FIRN_ASSIGN(const pipeline::Package package, BoundPackage());
    RunRequest run_request;
    run_request.full_refresh = request_.full_refresh;
    run_request.dry_run = request_.dry_run;
    FIRN_ASSIGN(report_.run, RunModels(run_, run_request, package, context_.folder.config.scale));
    return std::move(report_);
  }

 private:
  Status CountConversations() {
    const auto described = DescribeTable(run_.catalog, "silver.conversations");
    if (!described && described.error().kind == ErrorKind::kNotFound) {
      return NotFound("there are no conversations to embed")
          .WithHint("'firn up' collects them and makes silver.conversations");
    }
    FIRN_TRY(described);
    report_.conversations = described->summary.rows;
    return Ok();
  }

  Status DefineFunction() {
    const auto embed = [current = current_](const std::vector<std::string_view>& texts) {
      return current->embedder->Embed(texts);
    };
    return run_.engine.DefineVectorFunction(kFunction, embed);
  }

  Status ChooseEmbedder() {
    if (!context_.folder.config.embeddings.endpoint.empty()) {
      FIRN_ASSIGN(embedder_, OpenEndpoint(context_));
      return Ok();
    }
    FIRN_ASSIGN(auto stored, StoredModel(context_));
    const bool fits = stored != nullptr && !request_.full_refresh &&
                      report_.conversations < kGrowth * std::max<int64_t>(stored->corpus(), 1);
    if (fits) {
      embedder_ = std::move(stored);
      return Ok();
    }
    report_.fitted = true;
    return request_.dry_run ? Ok() : Fit();
  }

  Status Fit() {
    search::LatentFitter fitter;
    FIRN_TRY(run_.engine.DefineView("touched",
                                    "SELECT conversation_id FROM silver.conversations ORDER BY "
                                    "md5(conversation_id) LIMIT " +
                                        std::to_string(kTextsFittedMax)));
    current_->embedder = &fitter;
    FIRN_ASSIGN(const pipeline::Package package, BoundPackage());
    const Status read = run_.engine.Execute(package.Find(kTable)->sql);
    run_.engine.Unregister("touched");
    FIRN_TRY(read);
    auto model = std::make_unique<search::LatentModel>(fitter.Fit(report_.conversations));
    FIRN_TRY(StoreModel(context_, *model));
    embedder_ = std::move(model);
    return Ok();
  }

  Result<pipeline::Package> BoundPackage() const {
    FIRN_ASSIGN(pipeline::Package package, pipeline::EmbeddingsPackage());
    FIRN_TRY(pipeline::BindVariables(
        package, {{"embedding_model", report_.model}, {"embedding_version", report_.version}}));
    return package;
  }

  const EmbedContext& context_;
  const pipeline::RunContext& run_;
  const EmbedRequest& request_;
  std::shared_ptr<CurrentEmbedder> current_ = std::make_shared<CurrentEmbedder>();
  std::unique_ptr<search::Embedder> embedder_;
  EmbedReport report_;
};

}  // namespace

Result<std::unique_ptr<search::Embedder>> OpenEmbedder(const EmbedContext& context) {
  if (!context.folder.config.embeddings.endpoint.empty()) return OpenEndpoint(context);
  FIRN_ASSIGN(std::unique_ptr<search::Embedder> stored, StoredModel(context));
  return stored;
}

Result<EmbedReport> EmbedConversations(const EmbedContext& context, const pipeline::RunContext& run,
                                       const EmbedRequest& request) {
  return Embedding(context, run, request).Run();
}

}  // namespace firn::lakehouse
