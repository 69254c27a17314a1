#include "cli/engine/engine_chat.h"

#include <algorithm>

#include "base/error.h"
#include "judge/engine/verdict_parser.h"
#include "text/utf8_stream.h"

namespace juror {
namespace {

/// A task while the engine works on it; gone without `done` when the engine drops it.
struct OpenChat {
  ChatTask task;
  ChatListener listener;
  Tokenizer tokenizer;
  std::vector<std::int64_t> stop_ids;
  struct Row {
    Utf8Stream stream;
    std::string text;         ///< decoded so far
    std::size_t told = 0;     ///< bytes of it
    bool is_stopped = false;  ///< by a stop string: the text ends before it
  };
  std::vector<Row> rows;
  bool is_done = false;

  ~OpenChat() {
    if (!is_done) fail("The engine could not go on.", ErrorKind::kSystem);
  }

  void fail(const std::string& message, ErrorKind kind) const {
    if (listener.failed) listener.failed(std::make_exception_ptr(Error(message, kind)));
  }

  /// Bytes at the end that may be the beginning of a stop string.
  std::size_t held_back(const std::string& text) const {
    std::size_t most = 0;
    for (const std::string& stop : task.stop)
      for (std::size_t size = std::min(stop.size() - 1, text.size()); size > most; --size)
        if (text.ends_with(std::string_view(stop).substr(0, size))) most = size;
    return most;
  }

  TokenAction take(std::size_t sample, std::int64_t token) {
    Row& row = rows.at(sample);
    if (std::find(stop_ids.begin(), stop_ids.end(), token) != stop_ids.end() ||
        tokenizer.is_special(token))
      return TokenAction::kContinue;
    row.text += row.stream.feed(tokenizer.bytes_of(token));
    for (const std::string& stop : task.stop) {
      const auto found = row.text.find(stop);
      if (found == std::string::npos) continue;
      row.text.resize(found);
      row.is_stopped = true;
    }
    return tell(sample, row.is_stopped ? 0 : held_back(row.text));
  }

  TokenAction tell(std::size_t sample, std::size_t held) {
    Row& row = rows[sample];
    const std::size_t end = row.text.size() - std::min(held, row.text.size());
    if (end > row.told) {
      const bool goes_on =
          listener.piece(sample, std::string_view(row.text).substr(row.told, end - row.told));
      row.told = end;
      if (!goes_on) return TokenAction::kCancelRequest;
    }
    return row.is_stopped ? TokenAction::kCancelCompletion : TokenAction::kContinue;
  }

  void finish(Result result) {
    is_done = true;
    if (result.end == RequestEnd::kFailed) return fail(result.error, ErrorKind::kModel);
    ChatResult made{.prompt_tokens = result.prompt_tokens,
                    .completion_tokens = result.completion_tokens()};
    for (std::size_t i = 0; i < result.completions.size(); ++i) {
      const Completion& completion = result.completions[i];
      Row& row = rows[i];
      if (!row.is_stopped) row.text += row.stream.finish();
      tell(i, 0);
      made.answers.push_back({.text = row.text,
                              .finish = completion.finish == Finish::kLength ? "length" : "stop",
                              .tokens = tokens_of(completion)});
    }
    listener.done(std::move(made));
  }

  std::vector<ChatToken> tokens_of(const Completion& completion) const {
    std::vector<ChatToken> tokens;
    for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
      ChatToken token{.logprob = completion.logprobs.at(i)};
      if (!tokenizer.is_special(completion.token_ids[i]))
        token.bytes = tokenizer.bytes_of(completion.token_ids[i]);
      if (i < completion.watched.size())
        token.choices = {completion.watched[i].at(0), completion.watched[i].at(1)};
      tokens.push_back(std::move(token));
    }
    return tokens;
  }
};

/// The ids of the conversation, with what the assistant's turn begins with.
EncodedChat encode(const Processor& processor, const ChatTask& task) {
  EncodedChat chat = encode_chat(processor.tokenizer, task.messages, processor.chat);
  const auto begun = processor.tokenizer.encode(task.prefill);
  chat.ids.insert(chat.ids.end(), begun.begin(), begun.end());
  return chat;
}

/// Names the completions by the pictures and words, so that equal requests get equal answers.
std::uint64_t content_name(const ModelInput& prompt) {
  std::uint64_t name = 0x9E3779B97F4A7C15ULL;
  const auto mix = [&](std::uint64_t word) {
    name = (name ^ word) * 0xBF58476D1CE4E5B9ULL;
    name ^= name >> 29;
  };
  for (const std::int64_t id : prompt.token_ids) mix(static_cast<std::uint64_t>(id));
  for (const auto& image : prompt.images) mix(image->key);
  return name;
}

}  // namespace

void EngineChat::ask(ChatTask task, ChatListener listener) {
  const Processor& processor = voter_.processor();
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const auto& picture : task.pictures)
    images.push_back(to_pixels(picture->image, processor.patches));
  auto prompt = std::make_shared<const ModelInput>(
      place_images(encode(processor, task), std::move(images), processor));
  const VerdictParser parser = make_verdict_parser(processor.tokenizer, Question{});
  Request request{
      .prompt = prompt,
      .options = decode_options(parser, processor, voter_.model().config(), task.sampling)};
  const std::uint64_t name = content_name(*prompt);
  for (std::int64_t i = 0; i < task.completions; ++i)
    request.samples.push_back({.seed = static_cast<std::uint64_t>(task.seed),
                               .prompt = name,
                               .sample = static_cast<std::uint64_t>(i)});
  auto open = std::make_shared<OpenChat>(OpenChat{.task = std::move(task),
                                                  .listener = {},
                                                  .tokenizer = processor.tokenizer,
                                                  .stop_ids = request.options.stop_ids,
                                                  .rows = {}});
  open->rows.resize(request.samples.size());
  request.on_token = [open](std::size_t sample, std::int64_t token) {
    return open->take(sample, token);
  };
  const auto done = [open](Result result) { open->finish(std::move(result)); };
  open->is_done = true;  // a refusal is thrown, not told
  voter_.submit(std::move(request), done);
  open->is_done = false;
  open->listener = std::move(listener);
}

}  // namespace juror
