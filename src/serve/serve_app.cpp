#include "serve/serve_app.h"

#include "base/log.h"
#include "serve/endpoints/endpoints.h"
#include "serve/gate.h"
#include "serve/utc_now.h"

namespace juror {
namespace {

/// One JSON object a line.
void log_access(const AccessRecord& record) {
  log_info(json_text({{"time", utc_now()},
                      {"request", record.id},
                      {"remote", record.remote_address},
                      {"method", record.method},
                      {"path", record.path.substr(0, 200)},
                      {"status", record.status},
                      {"bytes_in", record.bytes_in},
                      {"ms", 1000 * record.seconds}}));
}

GateOptions gate_of(const ServeOptions& options) {
  return {.keys = options.api_key_file.empty() ? std::vector<std::string>()
                                               : read_api_keys(options.api_key_file),
          .allow_hosts = options.allow_host,
          .is_loopback = is_loopback_host(options.http.host)};
}

}  // namespace

struct ServeApp::State {
  GateOptions gate;
  RankDefaults defaults;
  JudgeService service;
  PictureReader reader;
  RankRunner runner;
  ServerMetrics metrics;
  std::unique_ptr<VoteStore> votes;
  std::unique_ptr<Learner> learner;
  Router router;
  std::unique_ptr<HttpServer> http;  // last: it ends before what it asks

  State(const ServeOptions& options, std::vector<ModelSource> models, const RankDefaults& usual,
        LearnParts learn)
      : gate(gate_of(options)),
        defaults{.judge = usual.judge,
                 .session = usual.session,
                 .ranking = usual.ranking,
                 .timeout_s = options.timeout_s,
                 .max_images = options.max_images},
        service(std::move(models), options.service),
        reader(options.pictures),
        runner(service, reader),
        metrics(service, reader) {
    const ServerParts parts{runner, defaults, metrics};
    add_info_endpoints(router, parts);
    add_rank_endpoints(router, parts);
    add_rerank_endpoints(router, parts);
    add_score_endpoints(router, parts);
    add_compute_endpoints(router, parts);
    add_chat_endpoints(router, parts);
    if (options.pickle_compat) add_pickle_endpoint(router, parts);
    if (!options.votes_folder.empty()) {
      votes = std::make_unique<VoteStore>(options.votes_folder,
                                          static_cast<std::uint64_t>(options.votes_mb) << 20);
      add_vote_endpoints(router, parts, *votes);
      if (!learn.program.empty() && options.learn.learn_minutes > 0) {
        learner = std::make_unique<Learner>(options.learn, std::move(learn), *votes, service);
        add_learn_endpoint(router, *learner, *votes);
      }
    }
    add_page_endpoints(router);
    http = std::make_unique<HttpServer>(
        options.http,
        HttpHooks{
            .handle = [this](const HttpRequest& request) { return router.handle(request); },
            .admit = [this](const RequestHead& head, const std::string&) { admit(head, gate); },
            .log = [this](const AccessRecord& record) { note(record); }});
  }

  void note(const AccessRecord& record) {
    log_access(record);
    const bool is_known = router.paths().contains(record.path);
    metrics.count(record, is_known ? record.path : "other");
  }
};

ServeApp::ServeApp(const ServeOptions& options, std::vector<ModelSource> models,
                   const RankDefaults& defaults, LearnParts learn)
    : state_(std::make_unique<State>(options, std::move(models), defaults, std::move(learn))) {}
ServeApp::~ServeApp() = default;

int ServeApp::port() const { return state_->http->port(); }
JudgeService& ServeApp::service() { return state_->service; }

void ServeApp::run(const std::function<bool()>& goes_on) {
  state_->service.run(goes_on);
  state_->http->stop();
}

}  // namespace juror
