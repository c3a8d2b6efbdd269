// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "firn/base/env.h"
#include "firn/io/http_client.h"
#include "firn/search/embedder.h"

namespace firn::search {

/// A server that speaks as OpenAI's `POST /v1/embeddings` does.
struct EndpointOptions {
  std::string url;                           ///< "https://host/v1/embeddings"
  std::string model;                         ///< "text-embedding-3-small"
  std::string key;                           ///< Sent as bearer token; empty: none.
  int64_t dimensions = 0;                    ///< Asked for; 0: as many as the model gives.
  size_t batch = 64;                         ///< Texts in one request.
  size_t text_bytes_max = size_t{16} << 10;  ///< Of each text so much is sent, from its beginning.
  Millis timeout{60'000};
};

/// Vectors of such a server. What is busy, broken or silent is asked again, with growing waits, a
/// few times. `http` and `env` outlive it.
/// Errors of `Embed`: `kUnauthenticated`, `kForbidden` and `kInvalidArgument` as the server
/// answers; `kUnavailable` and `kTimeout` once all tries failed; `kCorrupt` for an answer that is
/// none.
std::unique_ptr<Embedder> MakeEndpointEmbedder(io::HttpClient& http, Env& env,
                                               EndpointOptions options);

}  // namespace firn::search
