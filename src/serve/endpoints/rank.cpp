// POST /v1/rank, as one answer or as a stream of events.
#include "serve/endpoints/endpoints.h"
#include "serve/http/multipart.h"

namespace juror {
namespace {

constexpr std::size_t kMostParts = 512;

RankCall read_call(const HttpRequest& request, const RankDefaults& defaults) {
  if (const auto boundary = multipart_boundary(request.header("content-type")))
    return read_rank_form(read_multipart(request.body, *boundary, kMostParts), defaults);
  return read_rank_call(read_json_body(request.body), defaults);
}

std::string event(const std::string& name, const OrderedJson& data) {
  return "event: " + name + "\ndata: " + json_text(data) + "\n\n";
}

/// A ranking under way, with all that its reply says of the request.
struct Asked {
  RankCall call;
  std::string model;
  GatheredPictures gathered;
  Patience patience;
  ServiceClock::time_point began;
  RankTicket ticket;
  std::vector<std::string> criteria;
  bool ignores_prompt = false;

  OrderedJson reply(const RankOutcome& outcome) const {
    const double seconds = std::chrono::duration<double>(ServiceClock::now() - began).count();
    return rank_json({.call = call,
                      .model = model,
                      .failures = gathered.failures,
                      .indices = gathered.indices,
                      .outcome = outcome,
                      .criteria = criteria,
                      .was_remembered = ticket.was_remembered(),
                      .seconds = seconds,
                      .ignores_prompt = ignores_prompt});
  }
};

std::shared_ptr<Asked> ask(const HttpRequest& request, ServerParts parts) {
  const auto began = ServiceClock::now();
  RankCall call = read_call(request, parts.defaults);
  const ModelSource model = parts.runner.service().model(call.model);
  GatheredPictures gathered = parts.runner.gather(call.images, model);
  for (PictureSource& source : call.images) source.text.clear();  // decoded: their memory can go
  RankTicket ticket = parts.runner.submit(call, model.name, gathered);
  const Patience patience = Patience::of(request, call.timeout_s);
  return std::shared_ptr<Asked>(
      new Asked{std::move(call), model.name, std::move(gathered), patience, began,
                std::move(ticket), model.prompt_template.criteria,
                model.prompt_template.user.find("{prompt}") == std::string::npos});
}

/// Events: progress {"done","total"}, then result or error; a comment line every few seconds, so
/// that a client that has gone is noticed.
void stream(const Asked& asked, const PieceWriter& write) {
  auto last = ServiceClock::now();
  std::size_t told = 0;
  bool begun = false;
  try {
    const auto outcome =
        RankRunner::wait(asked.ticket, asked.patience, [&](std::size_t done, std::size_t total) {
          if (total > 0 && (done > told || !begun)) {
            begun = true;
            told = done;
            last = ServiceClock::now();
            return write(event("progress", {{"done", done}, {"total", total}}));
          }
          if (ServiceClock::now() - last < std::chrono::seconds(3)) return true;
          last = ServiceClock::now();
          return write(": waiting\n\n");
        });
    write(event("result", asked.reply(*outcome)));
  } catch (...) {
    write(event("error", OrderedJson::parse(error_response(std::current_exception()).body)));
  }
}

HttpReply rank(const HttpRequest& request, ServerParts parts) {
  const std::shared_ptr<Asked> asked = ask(request, parts);
  if (request.header("accept").find("text/event-stream") == std::string::npos) {
    const auto outcome = RankRunner::wait(asked->ticket, asked->patience);
    return {.body = json_text(asked->reply(*outcome))};
  }
  return {.content_type = "text/event-stream",
          .headers = {{"Cache-Control", "no-store"}},
          .stream = [asked](const PieceWriter& write) { stream(*asked, write); }};
}

}  // namespace

void add_rank_endpoints(Router& router, ServerParts parts) {
  router.add("POST", "/v1/rank",
             [parts](const HttpRequest& request) { return rank(request, parts); });
}

}  // namespace juror
