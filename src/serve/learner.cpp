#include "serve/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "serve/background_process.h"
#include "serve/http/message.h"
#include "serve/utc_now.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kGrace = 30s;  // from SIGINT to SIGKILL

double seconds_since(ServiceClock::time_point began) {
  return std::chrono::duration<double>(ServiceClock::now() - began).count();
}

}  // namespace

Learner::Learner(const LearnOptions& options, LearnParts parts, VoteStore& store,
                 JudgeService& service)
    : options_(options), parts_(std::move(parts)), store_(store), service_(service) {
  for (const fs::path& folder : folders()) {
    try {
      offer(folder, read_learned_run(folder));
    } catch (const std::exception& error) {
      log_warning(error.what());
    }
  }
}

Learner::~Learner() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    change_.notify_all();
  }
  if (worker_.joinable()) worker_.join();
}

std::vector<std::string> Learner::bases() const {
  std::vector<std::string> names;
  for (const auto& [name, folder] : parts_.bases) names.push_back(name);
  return names;
}

/// By their numbers.
std::vector<fs::path> Learner::folders() const {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(store_.folder() / "learned", none))
    if (fs::exists(entry.path() / "learn.json")) found.push_back(entry.path());
  const auto number = [](const fs::path& path) {
    return std::strtoll(path.filename().c_str(), nullptr, 10);
  };
  std::sort(found.begin(), found.end(),
            [&](const fs::path& a, const fs::path& b) { return number(a) < number(b); });
  return found;
}

void Learner::offer(const fs::path& folder, const LearnedRun& run) {
  if (!parts_.bases.contains(run.base)) return;  // this server has not the model it adapts
  if (const auto step = offered_step(folder, read_curve(folder)))
    service_.add_model(parts_.source(run.name, checkpoint_folder(folder, *step)));
}

void Learner::start(const std::string& model) {
  const std::string base = model.empty() && parts_.bases.size() == 1 ? parts_.bases.begin()->first
                                                                     : service_.model(model).name;
  if (!parts_.bases.contains(base))
    throw HttpError(422, "not_teachable",
                    fmt::format("'{}' is an adapter, and what a model learns is an adapter of that "
                                "model. These can be taught, by all votes: {}.",
                                base, fmt::join(bases(), ", ")));
  const std::lock_guard lock(mutex_);
  if (!taught_.empty()) throw HttpError(409, "busy", "A training is under way already.");
  const VoteSplit split = split_votes(store_.votes());
  if (split.train_pairs + split.held_out_pairs < kFewestPairsToLearn)
    throw HttpError(422, "too_few_votes",
                    fmt::format("Learning needs votes for one of two on {} pairs or more, and "
                                "there are {}.",
                                kFewestPairsToLearn, split.train_pairs + split.held_out_pairs));
  const auto known = folders();
  std::int64_t number = known.empty() ? 1 : 1 + std::stoll(known.back().filename().string());
  const fs::path learned = store_.folder() / "learned";
  while (fs::exists(learned / std::to_string(number))) ++number;  // one that never began
  const fs::path folder = learned / std::to_string(number);
  write_votes(folder, split, store_);
  begin(folder, {.name = fmt::format("{}-votes-{}", base, number),
                 .base = base,
                 .began = utc_now(),
                 .votes = static_cast<std::int64_t>(split.train.size() + split.held_out.size()),
                 .train_pairs = split.train_pairs,
                 .held_out_pairs = split.held_out_pairs,
                 .steps = options_.learn_steps});
}

void Learner::resume() {
  const std::lock_guard lock(mutex_);
  if (!taught_.empty()) throw HttpError(409, "busy", "A training is under way already.");
  const auto known = folders();
  if (known.empty()) throw HttpError(409, "nothing_to_resume", "Nothing was taught yet.");
  LearnedRun run = read_learned_run(known.back());
  if (run.state == LearnState::kDone || !parts_.bases.contains(run.base))
    throw HttpError(409, "nothing_to_resume", "The last training came to its end.");
  run.state = LearnState::kTraining;
  run.message = "";
  begin(known.back(), std::move(run));
}

void Learner::stop() {
  const std::lock_guard lock(mutex_);
  if (taught_.empty()) throw HttpError(409, "nothing_under_way", "No training is under way.");
  is_stopped_ = true;
  change_.notify_all();
}

/// With the lock held.
void Learner::begin(const fs::path& folder, LearnedRun run) {
  std::optional<FileLock> lock;
  try {
    lock.emplace(folder / "learn.lock", "This training");
  } catch (const Error& error) {
    throw HttpError(409, "busy", error.what());
  }
  write_learned_run(folder, run);
  if (worker_.joinable()) worker_.join();  // it is at its end: nothing is taught
  taught_ = folder;
  began_ = ServiceClock::now();
  is_stopped_ = false;
  worker_ = std::thread([this, folder, run = std::move(run), lock = std::move(*lock)]() mutable {
    work(folder, std::move(run), std::move(lock));
  });
}

void Learner::work(const fs::path& folder, LearnedRun run, FileLock lock) {
  const double before = run.seconds;
  try {
    std::optional<LearnState> state;
    try {
      state = train(folder, run);
    } catch (const std::exception& error) {
      state = LearnState::kFailed;
      run.message = error.what();
    }
    run.seconds = before + seconds_since(began_);
    if (state) {
      run.state = *state;
      offer(folder, run);
    }
    write_learned_run(folder, run);  // still "training" when the server ended it
  } catch (const std::exception& error) {
    log_warning(error.what());
  }
  const std::lock_guard guard(mutex_);
  { const FileLock gone = std::move(lock); }
  taught_.clear();
}

std::optional<LearnState> Learner::train(const fs::path& folder, LearnedRun& run) {
  BackgroundProcess process(training_words(options_, parts_, folder, run), folder / "log.txt");
  const auto most = std::chrono::duration_cast<ServiceClock::duration>(
      std::chrono::duration<double, std::ratio<60>>(options_.learn_minutes));
  auto kill_at = ServiceClock::time_point::max();
  std::unique_lock lock(mutex_);
  while (!process.exit_code()) {
    const bool is_late = ServiceClock::now() > began_ + most;
    if (kill_at == ServiceClock::time_point::max() && (is_stopped_ || is_ending_ || is_late)) {
      process.signal(SIGINT);  // it finishes its step and keeps a checkpoint
      kill_at = ServiceClock::now() + kGrace;
      if (is_late && !is_stopped_)
        run.message =
            fmt::format("The {:g} minutes of --learn-minutes were over.", options_.learn_minutes);
    }
    if (ServiceClock::now() > kill_at) process.signal(SIGKILL);
    change_.wait_for(lock, 100ms);
  }
  if (is_ending_) return std::nullopt;
  if (kill_at != ServiceClock::time_point::max() && read_curve(folder).step() < run.steps)
    return LearnState::kStopped;
  run.message = "";
  if (*process.exit_code() == 0) return LearnState::kDone;
  run.message = last_error(folder);
  if (run.message.empty())
    run.message = fmt::format("The training ended with exit code {}.", *process.exit_code());
  return LearnState::kFailed;
}

bool Learner::is_taught_elsewhere(const fs::path& folder) const {
  try {
    const FileLock free(folder / "learn.lock", "This training");
    return false;
  } catch (const Error&) {
    return true;
  }
}

std::vector<Learner::Told> Learner::runs() const {
  const std::lock_guard lock(mutex_);
  std::vector<Told> all;
  for (const fs::path& folder : folders()) {
    Told told{
        .run = read_learned_run(folder), .curve = read_curve(folder), .state = {}, .offered = {}};
    told.state = name(told.run.state);
    if (told.run.state == LearnState::kTraining) {
      if (folder == taught_) {
        told.run.seconds += seconds_since(began_);
      } else if (!is_taught_elsewhere(folder)) {
        told.state = "interrupted";
      }
    }
    if (parts_.bases.contains(told.run.base)) told.offered = offered_step(folder, told.curve);
    all.push_back(std::move(told));
  }
  return all;
}

}  // namespace juror
