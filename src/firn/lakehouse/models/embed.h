// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/search/embedder.h"

namespace firn::io {
class HttpClient;
}
namespace firn::pipeline {
struct RunContext;
}

namespace firn::lakehouse {

/// What embeddings are made with; all outlive it and the embedders made of it.
struct EmbedContext {
  const LakeFolder& folder;
  const std::map<std::string, std::string>& environment;  ///< Holds the key of a server.
  io::FileIO& disk;
  io::HttpClient& http;
  Env& env;
};

/// What makes this lake's vectors: the server that `firn.toml` names, else the model that was
/// fitted last. Null where none was yet, or it is damaged.
/// Errors: `kInvalidArgument` for a configuration that is incomplete.
Result<std::unique_ptr<search::Embedder>> OpenEmbedder(const EmbedContext& context);

/// Brings `gold.conversation_embeddings` up to silver. Without a server, first fits a model where
/// there is none, or where the lake has twice the conversations it had at the last fit; all
/// vectors are then made anew. The engine of `run` is one that nobody embedded with before.
/// Errors: `kNotFound` for a lake without conversations; those of a run and of the embedder.
Result<EmbedReport> EmbedConversations(const EmbedContext& context, const pipeline::RunContext& run,
                                       const EmbedRequest& request);

}  // namespace firn::lakehouse
