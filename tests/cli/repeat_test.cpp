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

TEST_F(Repeat, SimulatedPairsFromTheirRun) {
  const Words words = {"synth",   "one",       "--photos", ".", "--split", "all",
                       "--pairs", "3",         "--seed",   "5", "-q",      "--working-size",
                       "56",      "--threads", "1"};
  ASSERT_EQ(juror(words).code, 0);
  Json run = Json::parse(read_file(folder_.path() / "one/run.json"));
  EXPECT_EQ(run["schema"], 1);
  run["arguments"]["OUT"] = "two";
  std::filesystem::create_directories(folder_.path() / "photos");  // those of the first run alone
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().extension() == ".png")
      std::filesystem::copy(entry.path(), folder_.path() / "photos");
  }
  run["options"]["photos"] = "photos";
  const Ran second = juror(command_of(run));
  ASSERT_EQ(second.code, 0) << second.err;
  for (const char* file : {"synth.jsonl", "synth.json", "images/00002-2.png"})
    EXPECT_TRUE(read_file(folder_.path() / "one" / file) ==
                read_file(folder_.path() / "two" / file))
        << file;
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "two/run.json"))["data_hash"], run["data_hash"]);
}

TEST_F(Repeat, ALinearScorerFromItsJson) {
  for (const Words& data : {Words{"votes.jsonl"}, Words{"--photos", ".", "--pairs", "6"}}) {
    Words words = {"train", "linear", "--seed", "5", "--threads", "1", "-q"};
    words.insert(words.end(), data.begin(), data.end());
    const Ran first = juror(words);
    ASSERT_EQ(first.code, 0) << first.err;
    const Json run = Json::parse(first.out)["run"];
    EXPECT_EQ(run.at("data_hash").get<std::string>().size(), 16U);
    EXPECT_EQ(juror(command_of(run)).out, first.out);
  }
}

TEST_F(Repeat, SimulatedPairsJudgedFromTheirJson) {
  const Ran first = juror({"eval", "synth", "--photos", ".", "--json", "--pairs", "2", "--no-think",
                           "--seed", "5", "--threads", "1", "-q"});
  ASSERT_EQ(first.code, 0) << first.err;
  const Json run = Json::parse(first.out)["run"];
  EXPECT_EQ(run.at("data_hash").get<std::string>().size(), 16U);
  Words again = command_of(run);
  again.insert(again.begin() + 2, "--json");
  EXPECT_EQ(juror(again).out, first.out);
}

TEST_F(Repeat, SupervisedTrainingFromItsConfig) {
  folder_.write("template.toml",
                "user = '1{image_1}2{image_2}{prompt}'\nuser_without_prompt = "
                "'1{image_1}2{image_2}'\n[views]\nworking_size = 56\n");
  folder_.write("tiny.toml",
                "model_name_or_path = 'new'\nprompt_template = 'template.toml'\nphotos = '.'\n"
                "max_steps = 2\nper_device_train_batch_size = 1\n[synth]\nworking_size = 56\n"
                "[mini]\nvision_width = 32\nvision_depth = 2\nvision_heads = 2\nvision_mlp = 48\n"
                "window = 56\ntext_width = 32\ntext_layers = 2\ntext_heads = 2\n"
                "text_kv_heads = 1\ntext_mlp = 48\nvocabulary = 330\n");
  const auto train = [&](const std::string& config, const std::string& output, Words more = {}) {
    Words words = {"train", "sft",       "--config", config, "--output-dir",
                   output,  "--threads", "1",        "-q"};
    words.insert(words.end(), more.begin(), more.end());
    return juror(words);
  };
  const Ran first = train("tiny.toml", "one", {"--seed", "9"});
  ASSERT_EQ(first.code, 0) << first.err;
  const Ran second = train("one/config.toml", "two");
  ASSERT_EQ(second.code, 0) << second.err;
  for (const char* file : {"checkpoint-2/model.safetensors", "run.json"})
    EXPECT_TRUE(read_file(folder_.path() / "one" / file) ==
                read_file(folder_.path() / "two" / file))
        << file;
  const Json run = Json::parse(read_file(folder_.path() / "two/run.json"));
  EXPECT_EQ(run["seed"], 9);
  EXPECT_EQ(run["data_hash"].get<std::string>().size(), 16U);
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
