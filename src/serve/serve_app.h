// The whole server: gate, endpoints, the queue and its models, put together.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "serve/api/rank_call.h"
#include "serve/http/server.h"
#include "serve/judge_service.h"
#include "serve/learner.h"
#include "serve/picture_reader.h"

namespace juror {

struct ServeOptions {
  ListenOptions http;
  ServiceOptions service;
  ServedPictureOptions pictures;
  std::string api_key_file;
  std::vector<std::string> allow_host;
  double timeout_s = 300;
  std::int64_t max_images = 64;
  bool pickle_compat = false;
  std::string votes_folder;
  std::int64_t votes_mb = 4096;
  LearnOptions learn;

  template <class Field>
  void fields(Field&& field) {
    http.fields(field);
    field("api_key_file", api_key_file,
          "File of API keys, one a line, of which requests must bring one; empty: none is needed");
    field("allow_host", allow_host,
          "Other names by which the server may be called while it listens at 127.0.0.1");
    field("timeout_s", timeout_s, "Most seconds that a request may take", Range{0.001, 86400});
    field("max_images", max_images, "Most images of one ranking", Range{2, 4096});
    field("pickle_compat", pickle_compat,
          "Take pickles of flow_grpo's reward clients at POST /, read as data, from this machine");
    field("votes_folder", votes_folder,
          "Folder of people's votes and their pictures; empty: juror/votes in the user's data "
          "folder (XDG_DATA_HOME)");
    field("votes_mb", votes_mb, "Most megabytes of the pictures of votes", Range{0, 1 << 24});
    learn.fields(field);
    service.fields(field);
    pictures.fields(field);
  }
};

class ServeApp {
 public:
  /// Listens at once; requests get 503 until `run` has loaded the first model. Throws Error when it
  /// cannot listen, or for a wrong option. Of the defaults timeout and most images are the
  /// options'. Without `votes_folder` there are no votes, and nothing is learned.
  ServeApp(const ServeOptions& options, std::vector<ModelSource> models,
           const RankDefaults& defaults = {}, LearnParts learn = {});
  ~ServeApp();

  int port() const;
  /// Works in this thread until `goes_on` says no and what is under way is done.
  void run(const std::function<bool()>& goes_on);
  JudgeService& service();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace juror
