#include "serve/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace juror {

struct ServerMetrics::State {
  const JudgeService& service;
  const PictureReader& reader;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("juror_requests_total")
                                                          .Help("Requests by endpoint and status")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& bytes = prometheus::BuildCounter()
                                                       .Name("juror_request_bytes_total")
                                                       .Help("Bytes of requests, heads included")
                                                       .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("juror_request_seconds")
          .Help("Seconds from a request's first byte to its response's last")
          .Register(registry);

  State(const JudgeService& s, const PictureReader& r) : service(s), reader(r) {}

  void add(std::vector<prometheus::MetricFamily>& families, const char* name, const char* help,
           double value, prometheus::MetricType type) const {
    prometheus::MetricFamily family{name, help, type, {}};
    prometheus::ClientMetric metric;
    metric.gauge.value = metric.counter.value = value;
    family.metric.push_back(metric);
    families.push_back(std::move(family));
  }
};

ServerMetrics::ServerMetrics(const JudgeService& service, const PictureReader& reader)
    : state_(std::make_unique<State>(service, reader)) {}
ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::count(const AccessRecord& record, const std::string& endpoint) {
  const prometheus::Histogram::BucketBoundaries bounds = {0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1,
                                                          2.5,   5,    10,   30,  60,   300};
  state_->requests.Add({{"endpoint", endpoint}, {"status", std::to_string(record.status)}})
      .Increment();
  state_->bytes.Add({{"endpoint", endpoint}}).Increment(static_cast<double>(record.bytes_in));
  state_->seconds.Add({{"endpoint", endpoint}}, bounds).Observe(record.seconds);
}

std::string ServerMetrics::text() {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  const ServiceStats& stats = state_->service.stats();
  const auto counter = [&](const char* name, const char* help, std::uint64_t value) {
    state_->add(families, name, help, static_cast<double>(value), prometheus::MetricType::Counter);
  };
  const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    state_->add(families, name, help, static_cast<double>(value), prometheus::MetricType::Gauge);
  };
  gauge("juror_ready", "1 once the first model is loaded", state_->service.is_ready() ? 1 : 0);
  gauge("juror_rankings_waiting", "Rankings in the queue", state_->service.waiting());
  gauge("juror_rankings_working", "Rankings worked on", state_->service.working());
  gauge("juror_models_loaded", "Models in memory", state_->service.loaded_models().size());
  gauge("juror_picture_bytes", "Bytes of decoded pictures", state_->reader.bytes_held());
  counter("juror_rankings_submitted_total", "Rankings asked for", stats.submitted);
  counter("juror_rankings_joined_total", "Rankings that were under way already", stats.joined);
  counter("juror_rankings_remembered_total", "Rankings whose outcome was known", stats.remembered);
  counter("juror_rankings_refused_total", "Rankings refused with 503", stats.refused);
  counter("juror_rankings_finished_total", "Rankings finished", stats.finished);
  counter("juror_rankings_failed_total", "Rankings that ended with an error", stats.failed);
  counter("juror_rankings_abandoned_total", "Rankings whose clients went away", stats.abandoned);
  counter("juror_comparisons_total", "Pairs compared", stats.comparisons);
  counter("juror_votes_total", "Votes taken", stats.votes);
  counter("juror_votes_unread_total", "Votes that could not be read", stats.unread);
  counter("juror_prompt_tokens_total", "Tokens of prompts", stats.prompt_tokens);
  counter("juror_completion_tokens_total", "Tokens sampled", stats.completion_tokens);
  counter("juror_pictures_decoded_total", "Pictures decoded", state_->reader.decoded());
  counter("juror_pictures_found_total", "Pictures that were ready", state_->reader.found());
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace juror
