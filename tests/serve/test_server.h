// A server in this process for tests, with a voter whose answers are set.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "data/pictures.h"
#include "image/encode.h"
#include "judge/scripted_voter.h"
#include "serve/http_client.h"
#include "serve/serve_app.h"

namespace juror::testing {

/// What the tests and the thread that votes share.
struct VoterControl {
  std::atomic<bool> is_held{false};  ///< answers nothing while it is set
  std::atomic<int> asked{0};         ///< questions
  std::atomic<int> broken{0};        ///< this many polls throw
};

/// p(first) grows with the grey of the first picture: brighter ones are better.
inline Votes brighter_is_better(const Question& question) {
  const double first = question.pictures.at(0)->image.rgb[0],
               second = question.pictures.at(1)->image.rgb[0];
  Votes votes{.verdicts = {}, .prompt_tokens = 7, .completion_tokens = 3};
  for (std::int64_t i = 0; i < question.votes; ++i) {
    votes.verdicts.push_back({.thinking = first > second ? "Image 1: light. Image 2: dark."
                                                         : "Image 1: dark. Image 2: light.",
                              .answer = first > second ? "1" : "2",
                              .p = 0.5 + (first - second) / 600,
                              .status = Status::kOk});
  }
  return votes;
}

struct ControlledVoter : ScriptedVoter {
  explicit ControlledVoter(std::shared_ptr<VoterControl> shared)
      : ScriptedVoter(brighter_is_better), control(std::move(shared)) {}
  std::size_t ask(Question question) override {
    ++control->asked;
    return ScriptedVoter::ask(std::move(question));
  }
  std::optional<Votes> poll() override {
    if (control->broken > 0 && control->broken-- > 0)
      throw Error("The voter is broken.", ErrorKind::kNetwork);
    if (!control->is_held) return ScriptedVoter::poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::nullopt;
  }
  std::shared_ptr<VoterControl> control;
};

inline PromptTemplate plain_template() {
  PromptTemplate made;
  made.user = "{prompt}: {image_1} or {image_2}?";
  made.user_without_prompt = "{image_1} or {image_2}?";
  return made;
}

inline ModelSource scripted_model(const std::string& name, std::shared_ptr<VoterControl> control) {
  return {.name = name, .prompt_template = plain_template(), .bytes = 10 << 20, .load = [control] {
            return ServedModel{std::make_unique<Judge>(std::make_unique<ControlledVoter>(control),
                                                       plain_template())};
          }};
}

/// Quick limits and a free port.
inline ServeOptions test_options() {
  ServeOptions options;
  options.http.port = 0;
  options.http.head_timeout_s = 5;
  options.http.body_timeout_s = 5;
  options.timeout_s = 30;
  return options;
}

class TestServer {
 public:
  explicit TestServer(ServeOptions options = test_options(),
                      std::vector<std::string> models = {"scripted"}, LearnParts learn = {},
                      RankDefaults defaults = {.judge = {.votes = 2}})
      : app(options, sources(std::move(models)), defaults, std::move(learn)),
        thread_([this] { app.run([this] { return !is_stopping_.load(); }); }) {
    while (!app.service().is_ready()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~TestServer() { stop(); }

  void ask_to_stop() { is_stopping_ = true; }
  void stop() {
    control->is_held = false;
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int port() const { return app.port(); }
  Reply get(const std::string& target) const { return exchange(port(), "GET", target); }
  Reply post(const std::string& target, const nlohmann::json& body,
             const std::string& headers = "") const {
    return exchange(port(), "POST", target, body.dump(), headers);
  }

  std::shared_ptr<VoterControl> control = std::make_shared<VoterControl>();
  ServeApp app;

 private:
  std::vector<ModelSource> sources(std::vector<std::string> names) {
    std::vector<ModelSource> made;
    for (const std::string& name : names) made.push_back(scripted_model(name, control));
    return made;
  }
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

/// Waits for what another thread brings about; fails the test after ten seconds.
template <class Condition>
void eventually(Condition&& condition) {
  for (int i = 0; i < 10000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "It did not come about in ten seconds.";
}

inline std::string grey_png(int grey, int side = 8) {
  return encode_png(make_grey(side, side, static_cast<std::uint8_t>(grey)));
}
inline std::string grey_text(int grey) { return base64(grey_png(grey)); }
inline std::string grey_uri(int grey) { return "data:image/png;base64," + grey_text(grey); }

}  // namespace juror::testing
