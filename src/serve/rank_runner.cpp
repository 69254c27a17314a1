#include "serve/rank_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace juror {
namespace {

using namespace std::chrono_literals;

/// Calls work(0) … work(count - 1) on up to `threads` threads.
void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) others.emplace_back(run);
  run();
  for (std::thread& other : others) other.join();
}

}  // namespace

Patience Patience::of(const HttpRequest& request, double timeout_s) {
  return {.until = ServiceClock::now() + std::chrono::duration_cast<ServiceClock::duration>(
                                             std::chrono::duration<double>(timeout_s)),
          .is_abandoned = request.is_abandoned};
}

GatheredPictures RankRunner::gather(const std::vector<PictureSource>& sources,
                                    const ModelSource& model) {
  std::vector<std::shared_ptr<const ServedPicture>> read(sources.size());
  GatheredPictures gathered;
  std::optional<HttpError> overload;
  std::mutex mutex;
  const auto fail = [&](std::size_t index, const HttpError& error) {
    const std::lock_guard lock(mutex);
    if (error.status() == 503) overload = error;
    gathered.failures.emplace(index, error);
  };
  const auto threads = static_cast<std::size_t>(reader_.options().decoders);
  in_parallel(sources.size(), threads, [&](std::size_t i) {
    const PictureSource& source = sources[i];
    try {
      read[i] = source.is_bytes
                    ? reader_.read(source.text, source.name, model.prompt_template)
                    : reader_.read_text(source.text, source.name, model.prompt_template);
    } catch (const HttpError& error) {
      fail(i, error);
    } catch (const std::exception& error) {  // memory above all
      fail(i, HttpError(503, "busy", error.what()));
    }
  });
  if (overload) throw HttpError(*overload);
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (!read[i]) continue;
    gathered.pictures.push_back(read[i]);
    gathered.indices.push_back(i);
  }
  return gathered;
}

RankTicket RankRunner::submit(const RankCall& call, const std::string& model,
                              const GatheredPictures& gathered) {
  if (gathered.pictures.size() < 2) {
    const std::string reason = gathered.failures.empty()
                                   ? ""
                                   : std::string(" ") + gathered.failures.begin()->second.what();
    throw HttpError(422, "too_few_images",
                    fmt::format("A ranking needs two images that can be read, and {} can.{}",
                                gathered.pictures.size(), reason));
  }
  require_template_can(call, service_.model(model).prompt_template);
  return service_.submit({.model = model,
                          .prompt = call.prompt,
                          .pictures = gathered.pictures,
                          .judge = call.judge,
                          .session = call.session,
                          .ranking = call.ranking,
                          .is_top_k_usual = call.is_top_k_usual});
}

std::shared_ptr<const RankOutcome> RankRunner::wait(
    const RankTicket& ticket, const Patience& patience,
    const std::function<bool(std::size_t, std::size_t)>& told) {
  std::size_t done = 0;
  while (true) {
    ticket.wait(done, std::min(patience.until, ServiceClock::now() + 200ms));
    if (auto outcome = ticket.outcome()) {
      if (told) told(ticket.done(), ticket.total());
      return outcome;
    }
    done = std::max(done, ticket.done());
    const bool has_left = patience.is_abandoned && patience.is_abandoned();
    if (has_left || (told && !told(done, ticket.total())))
      throw HttpError(499, "abandoned", "The client has gone.");
    if (ServiceClock::now() >= patience.until)
      throw HttpError(504, "timeout", "The ranking was not finished within the time it had.");
  }
}

GroupScores RankRunner::score(const std::vector<GroupItem>& items, const RankCall& options,
                              const Patience& patience) {
  const ModelSource model = service_.model(options.model);
  std::vector<PictureSource> sources;
  for (const GroupItem& item : items) sources.push_back(item.picture);
  const GatheredPictures all = gather(sources, model);
  GroupScores scores{.items = std::vector<ScoredItem>(items.size())};
  for (const auto& [index, error] : all.failures) scores.items[index].failure = error;

  std::map<std::string, GatheredPictures> groups;
  for (std::size_t i = 0; i < all.pictures.size(); ++i) {
    GatheredPictures& group = groups[items[all.indices[i]].group];
    group.pictures.push_back(all.pictures[i]);
    group.indices.push_back(all.indices[i]);
  }
  std::vector<std::pair<const Indices*, RankTicket>> tickets;
  for (const auto& [name, group] : groups) {
    if (group.pictures.size() < 2) {
      scores.items[group.indices[0]].failure = HttpError(
          422, "alone",
          "This picture has no other of its prompt to be compared with: a judge compares, so a "
          "score needs two pictures or more of one prompt.");
      continue;
    }
    RankCall call = options;
    call.prompt = items[group.indices[0]].prompt;
    tickets.emplace_back(&group.indices, submit(call, model.name, group));
  }
  for (const auto& [indices, ticket] : tickets) {
    const auto outcome = wait(ticket, patience);
    for (std::size_t place = 0; place < outcome->shown.size(); ++place)
      scores.items[(*indices)[outcome->shown[place]]].score = outcome->ranking.items[place].score;
    for (const auto& [picture, message] : outcome->refused)
      scores.items[(*indices)[picture]].failure = HttpError(422, "bad_image", message);
    scores.prompt_tokens += outcome->prompt_tokens;
    scores.completion_tokens += outcome->completion_tokens;
  }
  return scores;
}

}  // namespace juror
