// POST /v1/chat/completions.
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>

#include "serve/api/chat_call.h"
#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

using namespace std::chrono_literals;

/// What the thread that owns the model tells, and the request's thread takes.
class ChatInbox {
 public:
  struct News {
    std::vector<std::pair<std::size_t, std::string>> pieces;
    std::optional<ChatResult> result;
  };

  ChatListener listener(std::shared_ptr<ChatInbox> self) {
    return {.piece =
                [self](std::size_t index, std::string_view text) {
                  const std::lock_guard lock(self->mutex_);
                  self->news_.pieces.emplace_back(index, text);
                  self->change_.notify_all();
                  return !self->is_closed_;
                },
            .done =
                [self](ChatResult result) {
                  const std::lock_guard lock(self->mutex_);
                  self->news_.result = std::move(result);
                  self->change_.notify_all();
                },
            .failed =
                [self](std::exception_ptr failure) {
                  const std::lock_guard lock(self->mutex_);
                  self->failure_ = std::move(failure);
                  self->change_.notify_all();
                }};
  }

  /// What has come since; waits for a moment. Throws what the model failed with.
  News take() {
    std::unique_lock lock(mutex_);
    change_.wait_for(lock, 200ms,
                     [&] { return !news_.pieces.empty() || news_.result || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    return std::exchange(news_, {});
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  News news_;
  std::exception_ptr failure_;
  bool is_closed_ = false;
};

/// A conversation under way. Its end tells the model that nobody listens.
struct OpenChatRequest {
  ChatRequest request;
  ChatNames names;
  Patience patience;
  std::shared_ptr<ChatInbox> inbox = std::make_shared<ChatInbox>();
  ~OpenChatRequest() { inbox->close(); }

  ChatResult follow(const std::function<bool(std::size_t, const std::string&)>& told) const {
    while (true) {
      ChatInbox::News news = inbox->take();
      for (const auto& [index, text] : news.pieces)
        if (!told(index, text)) throw HttpError(499, "abandoned", "The client has gone.");
      if (news.result) return std::move(*news.result);
      if (patience.is_abandoned && patience.is_abandoned())
        throw HttpError(499, "abandoned", "The client has gone.");
      if (ServiceClock::now() >= patience.until)
        throw HttpError(504, "timeout", "The answer was not finished within the time it had.");
    }
  }
};

/// Pictures go to the model as they are: no template cuts views out of a conversation's.
PromptTemplate whole_picture_template() { return {}; }

std::shared_ptr<OpenChatRequest> ask(const HttpRequest& http, ServerParts parts) {
  auto open = std::make_shared<OpenChatRequest>();
  open->patience = Patience::of(http, parts.defaults.timeout_s);
  open->request = read_chat_request(read_json_body(http.body), parts.defaults.judge.sampling);
  const ModelSource model = parts.runner.service().model(open->request.model);
  open->names = {.id = "chatcmpl-" + http.id, .model = model.name, .created = std::time(nullptr)};
  ModelSource whole = model;
  whole.prompt_template = whole_picture_template();
  const GatheredPictures gathered = parts.runner.gather(open->request.pictures, whole);
  if (!gathered.failures.empty()) throw HttpError(gathered.failures.begin()->second);
  for (const auto& picture : gathered.pictures)
    open->request.task.pictures.push_back(picture->candidate.views.at(0));
  parts.runner.service().ask_chat(model.name, open->request.task,
                                  open->inbox->listener(open->inbox));
  return open;
}

std::string event(const OrderedJson& data) { return "data: " + json_text(data) + "\n\n"; }

void stream(const OpenChatRequest& open, const PieceWriter& write) {
  const auto count = static_cast<std::size_t>(open.request.task.completions);
  try {
    for (std::size_t i = 0; i < count; ++i) write(event(role_chunk(open.names, i)));
    const ChatResult result = open.follow([&](std::size_t index, const std::string& text) {
      return write(event(text_chunk(open.names, index, text)));
    });
    for (std::size_t i = 0; i < result.answers.size(); ++i)
      write(event(end_chunk(open.names, i, open.request, result.answers[i])));
    if (open.request.includes_usage) write(event(usage_chunk(open.names, result)));
    write("data: [DONE]\n\n");
  } catch (...) {
    write(event(OrderedJson::parse(error_response(std::current_exception()).body)));
  }
}

HttpReply chat(const HttpRequest& http, ServerParts parts) {
  const std::shared_ptr<OpenChatRequest> open = ask(http, parts);
  if (open->request.stream)
    return {.content_type = "text/event-stream",
            .headers = {{"Cache-Control", "no-store"}},
            .stream = [open](const PieceWriter& write) { stream(*open, write); }};
  const ChatResult result = open->follow([](std::size_t, const std::string&) { return true; });
  return {.body = json_text(chat_json(open->names, open->request, result))};
}

}  // namespace

void add_chat_endpoints(Router& router, ServerParts parts) {
  router.add("POST", "/v1/chat/completions",
             [parts](const HttpRequest& request) { return chat(request, parts); });
}

}  // namespace juror
