// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "firn/cli/ingest_report.h"
#include "firn/cli/run_report.h"
#include "firn/cli/stop_signal.h"
#include "firn/cli/usage_report.h"
#include "firn/cli/verb.h"
#include "firn/cli/watch_report.h"
#include "firn/lakehouse/collect/otel_inbox.h"
#include "firn/lakehouse/collect/watch.h"
#include "firn/lakehouse/config.h"
#include "firn/server/http_server.h"
#include "firn/server/otlp.h"

namespace firn::cli {
namespace {

Status TakeDuration(const Arguments& arguments, const std::string& option, Millis& duration) {
  if (!arguments.Has(option)) return Ok();
  const auto given = lakehouse::ParseDuration(arguments.Get(option));
  if (!given) return Error(given.error()).Within(option);
  duration = *given;
  return Ok();
}

Result<lakehouse::WatchRequest> WatchRequestOf(const Arguments& arguments) {
  lakehouse::WatchRequest request;
  request.paths = arguments.All("PATH");
  FIRN_TRY(TakeDuration(arguments, "--commit-every", request.commit_every));
  FIRN_TRY(TakeDuration(arguments, "--models-every", request.models_every));
  FIRN_TRY(TakeDuration(arguments, "--poll-every", request.poll_every));
  FIRN_TRY(TakeDuration(arguments, "--maintain-every", request.maintain_every));
  request.walk_every = std::max(request.walk_every, request.poll_every);
  return request;
}

// A server that keeps telemetry in the lake's inbox; null where none was asked for.
Result<std::unique_ptr<server::HttpServer>> ListenForTelemetry(Invocation& invocation,
                                                               const Arguments& arguments) {
  FIRN_ASSIGN(const std::optional<int64_t> port, arguments.Number("--otel-port"));
  if (!port) return std::unique_ptr<server::HttpServer>();
  if (*port < 0 || *port > UINT16_MAX) return InvalidArgument("--otel-port: not a port", *port);
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  FIRN_ASSIGN(auto opened, lakehouse::OtelInbox::Open(lake->path(), invocation.env()));
  const auto inbox = std::make_shared<lakehouse::OtelInbox>(std::move(opened));
  server::ServerOptions options;
  options.port = static_cast<uint16_t>(*port);
  const auto answer = [inbox](const server::Request& request) {
    return server::AnswerOtlp(
        request, [&](std::string_view signal, bool is_protobuf, std::string_view body) {
          return inbox->Take(signal, is_protobuf, body);
        });
  };
  FIRN_ASSIGN(auto listening, server::HttpServer::Listen(options, answer));
  invocation.Hint("Taking OpenTelemetry on http://127.0.0.1:" + std::to_string(listening->port()));
  return listening;
}

Result<int> Watch(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(lakehouse::WatchRequest request, WatchRequestOf(arguments));
  FIRN_ASSIGN(const StopSignal stop, StopSignal::Make());
  FIRN_ASSIGN(const auto listening, ListenForTelemetry(invocation, arguments));
  if (listening != nullptr && !request.paths.empty())
    request.paths.push_back(lakehouse::OtelInboxPath(invocation.LakePath()));
  request.stop = stop.descriptor();
  lakehouse::LakeOptions options = invocation.LakeOptionsFor(true);
  options.progress = nullptr;  // A bar that comes and goes tells nothing.
  WatchReport report(invocation);
  FIRN_TRY(lakehouse::WatchLake(options, request,
                                [&](const lakehouse::WatchStep& step) { report.Tell(step); }));
  return 0;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  if (arguments.Has("--watch")) return Watch(invocation, arguments);
  if (arguments.Has("--otel-port")) return InvalidArgument("--otel-port goes with --watch");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(true));
  lakehouse::IngestRequest request;
  request.paths = arguments.All("PATH");
  FIRN_ASSIGN(const lakehouse::IngestReport collected, lake->Ingest(request));
  TellTroubles(invocation, collected);
  invocation.Hint(IngestSummary(collected));
  if (collected.files_found == 0) {
    invocation.Hint("No histories found. Name a folder: firn up PATH (see 'firn doctor').");
  }
  FIRN_ASSIGN(const lakehouse::RunReport run, lake->Run({}));
  invocation.Hint(RunSummary(run));
  TellChecks(invocation, run);
  FIRN_ASSIGN(const lakehouse::UsageReport usage, lake->Usage({}));
  FIRN_TRY(invocation.Print(UsageTable(usage)));
  return collected.any_failed() ? 1 : RunExitCode(run);
}

}  // namespace

Verb UpVerb() {
  return {.name = "up",
          .summary = "Collect new histories, update all tables, show usage",
          .description =
              "Looks in the usual places of every assistant, or under the paths given.\n"
              "What is already in the lake is not read again.\n\n"
              "With --watch it stays and follows them: what is written is in bronze within\n"
              "seconds, models run once a minute if there is something new, and files that\n"
              "became too small to be worth having are joined. Ctrl-C ends it when what is\n"
              "under way is done. Not on a terminal it writes a line of JSON a step.\n\n"
              "With --otel-port it also takes what Claude Code and others export of their use\n"
              "by OpenTelemetry (OTLP over HTTP), from this machine alone.\n\n"
              "  firn up\n"
              "  firn up ~/exports/chatgpt ~/backup/.claude\n"
              "  firn up --watch --models-every 5m\n"
              "  firn up --watch --otel-port 4318",
          .positionals = {{"PATH", "Files or folders to look in", Positional::Count::kMany, {}}},
          .options = {{"--watch", "", "Stay, and take in what is written from now on", {}},
                      {"--commit-every", "TIME", "Commit no more often than this (2s)", {}},
                      {"--models-every", "TIME", "Run models no more often than this (1m)", {}},
                      {"--poll-every", "TIME", "Look again where changes make no events (10s)", {}},
                      {"--maintain-every", "TIME", "Join small files this often (1h)", {}},
                      {"--otel-port", "PORT", "With --watch: take telemetry; 4318 is usual", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
