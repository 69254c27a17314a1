// What /metrics shows: counted requests, and the state of queue, caches and models.
#pragma once

#include <memory>
#include <string>

#include "serve/http/server.h"
#include "serve/judge_service.h"
#include "serve/picture_reader.h"

namespace juror {

class ServerMetrics {
 public:
  ServerMetrics(const JudgeService& service, const PictureReader& reader);
  ~ServerMetrics();

  void count(const AccessRecord& record, const std::string& endpoint);
  /// Prometheus' text format.
  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace juror
