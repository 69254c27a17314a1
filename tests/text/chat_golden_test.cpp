// Chat templates against transformers' apply_chat_template. Made by
// tools/golden/make_chat_templates.py.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "text/jinja/template.h"
#include "text/tiny_tokenizer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using jinja::Origin;

const std::filesystem::path kFolder = std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden";

/// The fixture, or the cases that JUROR_CHAT_CASES names: see tools/golden/README.md.
const Json& cases() {
  static const Json all = [] {
    const char* other = std::getenv("JUROR_CHAT_CASES");
    return Json::parse(
        read_file(other != nullptr ? std::filesystem::path(other) : kFolder / "chat/cases.json"));
  }();
  return all;
}

jinja::Context context_of(const Json& json) {
  jinja::Context context{.variables = {}, .now = std::time(nullptr)};
  for (const auto& [key, value] : json.items())
    context.variables.emplace_back(key, jinja::from_json(value, Origin::kMessage));
  return context;
}

/// The text, or "refused: " and why.
std::string rendered(const std::string& source, const Json& context) {
  try {
    return jinja::Template::parse(source, "t").render(context_of(context)).bytes;
  } catch (const Error& error) {
    return std::string("refused: ") + error.what();
  }
}

void compare(const Json& row, const std::string& text) {
  if (row.contains("text")) {
    EXPECT_EQ(text, row["text"].get<std::string>());
  } else {
    EXPECT_TRUE(text.starts_with("refused: t:")) << text << "\nreference: " << row["error"];
  }
}

TEST(GoldenChat, SnippetsOfTheLanguageEqualJinja) {
  const Json& context = cases().at("snippet_context").at(0);
  ASSERT_GT(cases().at("snippets").size(), 100u);
  for (const Json& row : cases().at("snippets")) {
    SCOPED_TRACE(row["source"].get<std::string>());
    Json variables = context;
    variables["messages"] = Json::array();
    variables["tools"] = nullptr;
    variables["documents"] = nullptr;
    variables["add_generation_prompt"] = false;
    compare(row, rendered(row["source"], variables));
  }
}

TEST(GoldenChat, TemplatesEqualTransformers) {
  std::map<std::string, std::string> sources;
  for (const Json& row : cases().at("templates")) sources[row["name"]] = row["source"];
  ASSERT_FALSE(sources.empty());
  for (const Json& row : cases().at("renders")) {
    SCOPED_TRACE(row["template"].get<std::string>() + ", " +
                 row["conversation"].get<std::string>() + ", " +
                 row["context"].dump().substr(0, 300));
    const std::string text = rendered(sources.at(row["template"]), row["context"]);
    compare(row, text);
  }
}

TEST(GoldenChat, IdsEqualTransformers) {
  const Tokenizer tokenizer = Tokenizer::load(kFolder / "tokenizer/tokenizer.json");
  for (const Json& row : cases().at("renders")) {
    if (!row.contains("ids")) continue;
    EXPECT_EQ(tokenizer.encode(row["text"].get<std::string>(), Tokenizer::Special::kParse),
              row["ids"].get<Ids>())
        << row["template"] << ", " << row["conversation"];
  }
}

}  // namespace
}  // namespace juror
