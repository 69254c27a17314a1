// What a result leaves is enough to make it again: each command is repeated from its own files
// alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.h"
#include "image/encode.h"
#include "image/resize.h"
#include "subprocess.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

class Repeat : public ::testing::Test {
 protected:
  Repeat() {
    std::string lines;
    for (int i = 0; i < 3; ++i) {
      const Image sharp = testing::make_scene(64, 48, i);
      const std::string number = std::to_string(i);
      write_file_atomic(folder_.path() / ("a" + number + ".png"), encode_png(sharp));
      write_file_atomic(folder_.path() / ("b" + number + ".png"),
                        encode_png(resize_bicubic(resize_bicubic(sharp, {16, 12}), {64, 48})));
      const Json images = {"a" + number + ".png", "b" + number + ".png"};
      lines +=
          Json{{"id", number}, {"prompt", "p"}, {"images", images}, {"ranking", {1, 2}}}.dump() +
          "\n";
    }
    folder_.write("votes.jsonl", lines);
  }
  Ran juror(const Words& words) const { return run({.folder = folder_.path()}, words); }

  /// The command line that an object `run` tells of.
  static Words command_of(const Json& run) {
    Words words;
    std::istringstream command(run["command"].get<std::string>());
    for (std::string word; command >> word;) words.push_back(word);
    for (const char* name : {"seed", "threads"})
      words.insert(words.end(), {std::string("--") + name, run[name].dump()});
    for (const auto& [name, value] : run["options"].items()) {
      std::string flag = name;
      std::replace(flag.begin(), flag.end(), '_', '-');
      if (value.is_boolean()) {
        words.push_back((value == true ? "--" : "--no-") + flag);
      } else if (value != "" && !value.empty()) {
        words.push_back("--" + flag + "=" +
                        (value.is_string() ? value.get<std::string>() : value.dump()));
      }
    }
    words.push_back("--");
    for (const auto& [name, value] : run["arguments"].items()) {
      for (const Json& word : value.is_array() ? value : Json::array({value}))
        words.push_back(word);
    }
    return words;
  }
  std::string journal(const std::string& run) const {
    std::istringstream lines(read_file(folder_.path() / run / "journal.jsonl"));
    std::string text, line;
    std::getline(lines, line);  // the header tells of its own output folder
    while (std::getline(lines, line)) {
      Json json = Json::parse(line);
      json.erase("ms");
      text += json.dump() + "\n";
    }
    return text;
  }

  const TempFolder folder_;
};

TEST_F(Repeat, ARankingAndAComparisonFromTheirJson) {
  for (Words words : {Words{"rank", "", "a0.png", "b0.png", "a1.png"},
                      Words{"compare", "", "a0.png", "b0.png"}}) {
    words.insert(words.end(), {"--json", "--seed", "5", "--votes", "1", "--threads", "1",
                               "--max-new-tokens", "24", "--temperature", "1.1"});
    const Ran first = juror(words);
    ASSERT_EQ(first.code, 0) << first.err;
    const Json run = Json::parse(first.out)["run"];
    for (const char* key : {"juror", "torch", "model_hash", "prompt_hash"})
      EXPECT_FALSE(run.at(key).get<std::string>().empty()) << key;
    Words again = command_of(run);
    again.insert(again.begin() + 1, "--json");
    const Ran second = juror(again);
    EXPECT_EQ(second.out, first.out) << second.err;
  }
}

TEST_F(Repeat, AnEvaluationFromItsToml) {
  const Ran first = juror({"eval", "votes.jsonl", "--model", "linear", "--seed", "7", "--limit",
                           "2", "--output-dir", "one", "--threads", "1"});
  ASSERT_EQ(first.code, 0) << first.err;
  const Ran second = juror({"eval", "votes.jsonl", "--config", "one/eval.toml", "--output-dir",
                            "two", "--threads", "1"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(journal("two"), journal("one"));
  const auto summary = [&](const char* run) {
    return Json::parse(read_file(folder_.path() / run / "summary.json"));
  };
  EXPECT_EQ(summary("two")["options"]["seed"], 7);
  EXPECT_EQ(summary("two")["data"]["hash"], summary("one")["data"]["hash"]);
}

TEST_F(Repeat, ATrainingFromItsConfig) {
  const Words options = {"model_name_or_path=mini",
                         "dataset=votes.jsonl",
                         "num_generations=2",
                         "max_steps=1",
                         "per_device_train_batch_size=2",
                         "max_completion_length=8",
                         "reward_funcs=brier",
                         "peak_tflops=1"};
  Words words = {"train", "grpo", "output_dir=one", "--seed", "9", "--threads", "1", "-q"};
  words.insert(words.end(), options.begin(), options.end());
  const Ran first = juror(words);
  ASSERT_EQ(first.code, 0) << first.err;
  const Ran second =
      juror({"train", "grpo", "one/config.toml", "output_dir=two", "--threads", "1", "-q"});
  ASSERT_EQ(second.code, 0) << second.err;
  for (const char* file : {"checkpoint-1/model.safetensors", "completions.jsonl", "run.json"})
    EXPECT_TRUE(read_file(folder_.path() / "one" / file) ==
                read_file(folder_.path() / "two" / file))
        << file;
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "two/run.json"))["seed"], 9);
}

}  // namespace
}  // namespace juror
