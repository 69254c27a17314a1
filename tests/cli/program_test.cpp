// The program end to end: what is typed, what is printed, what the shell is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <thread>

#include "data/pictures.h"
#include "image/encode.h"
#include "subprocess.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

/// A folder with three pictures, a text and a damaged picture; words that make judging quick.
class Cli : public ::testing::Test {
 protected:
  Cli() {
    for (int i = 0; i < 3; ++i) {
      write_file_atomic(folder_.path() / (std::string(1, static_cast<char>('a' + i)) + ".png"),
                        encode_png(testing::make_scene(96, 72, i)));
    }
    folder_.write("l.json", "{}");
    folder_.write("text.jpg", "these are words");
    folder_.write("short.png", read_file(folder_.path() / "a.png").substr(0, 500));
    fs::create_directory(folder_.path() / "album");
    folder_.write("asking.toml", "user = '{prompt}: {image_1} {image_2}'\n");
  }
  Ran juror(const Words& words, const std::map<std::string, std::string>& variables = {}) const {
    return run({.folder = folder_.path(), .variables = variables}, words);
  }
  /// `juror VERB WORDS --no-think --threads 1`
  Ran judge(Words words) const {
    words.insert(words.end(), {"--no-think", "--threads", "1"});
    return juror(words);
  }
  const TempFolder folder_;
};

Words keys(const Json& json) {
  Words names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

TEST_F(Cli, RankPrintsResultsToStdoutAndTheRestToStderr) {
  const Ran ran = judge({"rank", "", "a.png", "b.png", "c.png"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("win probability"), HasSubstr("a.png"), HasSubstr("c.png")));
  EXPECT_THAT(ran.err, HasSubstr("seed 0"));
  EXPECT_EQ(judge({"rank", "", "a.png", "b.png", "c.png", "-q"}).err, "");
}

TEST_F(Cli, RankAsJsonHasASchemaAndStableKeys) {
  const Ran ran = judge({"rank", "", "a.png", "b.png", "--json", "--seed", "5"});
  const Json json = Json::parse(ran.out);
  EXPECT_THAT(keys(json), ElementsAre("schema", "prompt", "model", "seed", "background", "results",
                                      "comparisons", "cycles", "spent", "errors", "run"));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["seed"], 5);
  EXPECT_THAT(keys(json["results"][0]), ElementsAre("index", "image", "position", "rank",
                                                    "tied_with", "score", "ci", "reason"));
  EXPECT_EQ(json["results"][0]["position"], 1);
  EXPECT_EQ(json["results"][1]["position"], 2);
  EXPECT_GE(json["results"][0]["score"], json["results"][1]["score"]);
  ASSERT_EQ(json["comparisons"].size(), 1U);
  EXPECT_EQ(json["comparisons"][0]["votes"].size(), 2U);  // one read in each order
}

TEST_F(Cli, CompareAsJsonSaysHowProbablyTheFirstIsBetter) {
  const Json there = Json::parse(judge({"compare", "", "a.png", "b.png", "--json"}).out);
  const Json back = Json::parse(judge({"compare", "", "b.png", "a.png", "--json"}).out);
  EXPECT_NEAR(there["p"].get<double>() + back["p"].get<double>(), 1.0, 1e-5);
  EXPECT_EQ(keys(there)[0], "schema");
}

TEST_F(Cli, OneBadPictureAmongGoodOnesIsNamedAndTheOthersAreRanked) {
  const Ran ran =
      judge({"rank", "", "a.png", "text.jpg", "short.png", "gone.png", "b.png", "--json"});
  EXPECT_EQ(ran.code, 3);
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["results"].size(), 2U);
  ASSERT_EQ(json["errors"].size(), 3U);
  const char* names[] = {"text.jpg", "short.png", "gone.png"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(json["errors"][i]["image"], names[i]);
    EXPECT_THAT(json["errors"][i]["error"].get<std::string>(), HasSubstr(names[i]));
    EXPECT_THAT(ran.err, HasSubstr(names[i]));
  }
}

TEST_F(Cli, PicturesOfOnePixelAndThreadsAreRankedLikeOthers) {
  for (const auto& [name, size] : std::map<std::string, Size>{
           {"pixel.png", {1, 1}}, {"thread.png", {1, 5000}}, {"wide.png", {5000, 1}}}) {
    write_file_atomic(folder_.path() / name,
                      encode_png(testing::make_grey(size.width, size.height, 90)));
  }
  const Ran ran = judge({"rank", "", "a.png", "pixel.png", "thread.png", "wide.png", "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["results"].size(), 4U);
}

/// A mistake, and what its sentence must say.
struct Mistake {
  Words words;
  int code;
  std::string says;
};

TEST_F(Cli, MistakesAreToldInASentenceWithTheWayOut) {
  const std::vector<Mistake> mistakes = {
      {{}, 2, "juror --help"},
      {{"rnak"}, 2, "Did you mean 'rank'?"},
      {{"train"}, 2, "'train sft'"},
      {{"config", "sho"}, 2, "Did you mean 'show'?"},
      {{"rank", "", "a.png", "b.png", "--vots", "3"}, 2, "Did you mean '--votes'?"},
      {{"rank", "", "a.png", "b.png", "--votes"}, 2, "needs a value"},
      {{"rank", "", "a.png", "b.png", "--votes", "0"}, 2, "from 1 to 4096"},
      {{"compare", "", "a.png", "b.png", "--csv"}, 2, "has no --csv"},
      {{"rank", "", "a.png", "b.png", "--json", "--jsonl"}, 2, "exclude one another"},
      {{"rank", "", "a.png", "b.png", "--think", "--no-think"},
       2,
       "--think and --no-think exclude"},
      {{"compare", "", "a.png", "b.png", "--no-think", "--think"}, 2, "choose one"},
      {{"eval", "gone.jsonl", "--no-think", "-q", "--think=true"}, 2, "--think and --no-think"},
      {{"rank"}, 2, "Pictures to rank are missing: juror rank \"PROMPT\" IMAGE …"},
      {{"rank", "a cat", "a.png"}, 2, "needs two pictures or more, and 'a.png'"},
      {{"rank", "", "album"}, 2, "'album' holds no picture (JPEG,"},
      {{"rank", "a.png", "b.png", "c.png"}, 2, "The prompt comes first, and 'a.png' is a file"},
      {{"rank", "", "text.jpg", "a.png"}, 2, "1 of 2 pictures could be read"},
      {{"compare", "a.png", "b.png"}, 2, "SECOND is missing"},
      {{"compare", "", "a.png", "text.jpg"}, 2, "'text.jpg'"},
      {{"compare", "", "a.png", "b.png", "c.png"}, 2, "'c.png'"},
      {{"rank", "", "a.png", "b.png", "--model", "nosuch"}, 4, "juror models"},
      {{"rank", "", "a.png", "b.png", "--model", "album"}, 4, "config.json"},
      {{"rank", "", "a.png", "b.png", "--model", "c.png"}, 4, "'c.png' is a file, and a model is"},
      {{"rank", "", "a.png", "b.png", "--model", "l.json"}, 4, "A linear scorer judges in `juror"},
      {{"rank", "", "a.png", "b.png", "--no-think=maybe"}, 2, "'--no-think' is the whole flag"},
      {{"rank", "", "-", "a.png", "-"}, 2, "'-', a picture from standard input, is named more"},
      {{"compare", "", "-", "-"}, 2, "can be read once"},
      {{"rank", "", "a.png", "b.png", "--judge-model", "x"}, 2, "--judge-url is missing"},
      {{"rank", "", "a.png", "b.png", "--temperature", "1e-40"}, 2, "0, or a number from 0.001"},
      {{"rank", "", "a.png", "b.png", "--bootstrap-replicates", "1"}, 2, "from 100 to 100000"},
      {{"rank", "", "a.png", "b.png", "-o", "gone/x.json"}, 2, "there is no folder 'gone'"},
      {{"rank", "", "a.png", "b.png", "-o", "album"}, 2, "'album', which is a folder"},
      {{"rank", "", "a.png", "b.png", "--prompt-template", "album"}, 2, "'album' is a folder, and"},
      {{"rank", "", "a.png", "b.png", "--model", "no", "--calibration", "gone"}, 2, "'gone'"},
      {{"rank", "", "a.png", "b.png", "--model", "no", "--background", "a"},
       2,
       "background is 'a'"},
      {{"compare", "", "a.png", "b.png", "--model", "no", "--background", "a"}, 2, "like #ff8000"},
      {{"eval", "synth", "--model", "no", "--photos", "gone"}, 2, "'gone'"},
      {{"train", "grpo", "--dry-run", "--device", "nonsense"}, 2, "auto, cpu, cuda or cuda:N"},
      {{"rank", "", "a.png", "b.png", "--config", "gone.toml"}, 2, "gone.toml"},
      {{"rank", "", "a.png", "b.png", "--prompt-template", "asking.toml"}, 2, "prompt is empty"},
      {{"inspect", "tokens"}, 2, "--strings FILE"},
  };
  for (const Mistake& mistake : mistakes) {
    const Ran ran = juror(mistake.words);
    EXPECT_EQ(ran.code, mistake.code) << ::testing::PrintToString(mistake.words) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(mistake.says));
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(Cli, AnIgnoredPromptIsTold) {
  EXPECT_THAT(judge({"rank", "a cat", "a.png", "b.png"}).err, HasSubstr("takes no prompt"));
}

TEST_F(Cli, HelpShowsExamplesFirstAndNeverPlaceholdersInBrackets) {
  for (const Words& words : {Words{"--help"}, Words{"rank", "--help"},
                             Words{"help", "train", "sft"}, Words{"compare", "-h"}}) {
    const Ran ran = juror(words);
    EXPECT_EQ(ran.code, 0);
    EXPECT_LT(ran.out.find("Examples"), ran.out.find("Options"));
    EXPECT_THAT(ran.out, Not(ContainsRegex(" \\[[A-Za-z]")));  // as in "rank [OPTIONS]"
  }
  EXPECT_THAT(juror({"--version"}).out, HasSubstr("juror 0."));
}

TEST_F(Cli, AVerbOfTwoWordsIsNotMistakenForItsFirst) {
  EXPECT_THAT(juror({"eval", "synth", "--help"}).out, HasSubstr("juror eval synth"));
  EXPECT_THAT(juror({"eval", "--help"}).out, HasSubstr("juror eval DATA"));
}

TEST_F(Cli, DryRunSaysWhatWouldBeShorter) {
  const Ran ran = juror({"rank", "", "a.png", "b.png", "c.png", "--dry-run"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("--no-think"), HasSubstr("--votes 1")));
  const Ran least =
      juror({"rank", "", "a.png", "b.png", "--dry-run", "--no-think", "--orders", "given"});
  EXPECT_THAT(least.out, Not(HasSubstr("Shorter")));
}

TEST_F(Cli, DryRunCountsInWholeNumbersAndInEveryFormat) {
  const Words words = {"rank", "", "a.png", "b.png", "--no-think", "--dry-run"};
  const auto as = [&](const char* format) {
    Words more = words;
    more.push_back(format);
    return juror(more).out;
  };
  const Json json = Json::parse(as("--json"));
  for (const char* key : {"images", "comparisons", "completions", "prompt_tokens"})
    EXPECT_TRUE(json.at(key).is_number_integer()) << key;
  EXPECT_EQ(Json::parse(as("--jsonl"))["comparisons"], 1);
  EXPECT_THAT(as("--csv"), ::testing::StartsWith("dry_run,images,comparisons,completions,"));
}

TEST_F(Cli, AModelThatDoesNotFitIsRefusedBeforeItIsReadWithWhatWouldFit) {
  const fs::path model = folder_.path() / "model";
  fs::copy(JUROR_SOURCE_DIR "/models/mini", model, fs::copy_options::recursive);
  fs::remove(model / "model.safetensors");
  Json config = Json::parse(read_file(model / "config.json"));
  config["intermediate_size"] = 8 << 20;
  config["num_hidden_layers"] = 16;  // of 3 x 256 x 8 Mi weights: 103 G in all
  write_file_atomic(model / "config.json", config.dump());
  const Words words = {"rank", "", "a.png", "b.png", "--model", "model", "--dtype", "float32"};
  const Ran refused = juror(words);
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.err, HasSubstr("The weights of 'model' take 412.3 GB in float32"));
  Words planned = words;
  planned.insert(planned.end(), {"--dry-run", "--json"});
  const Json plan = Json::parse(juror(planned).out);
  EXPECT_FALSE(plan["fits"].get<bool>());
  EXPECT_EQ(std::llround(plan["weight_bytes"].get<double>() / 1e8), 4123);
  planned.back() = "--quiet";
  EXPECT_THAT(juror(planned).out, HasSubstr("This does not fit: the machine has"));
}

TEST_F(Cli, AModelWithoutItsPromptTemplateIsToldByItsForcedVotes) {
  const fs::path model = folder_.path() / "model";
  fs::copy(JUROR_SOURCE_DIR "/models/mini", model, fs::copy_options::recursive);
  const Words words = {"compare", "",   "a.png",  "b.png", "--model",   "model", "--votes",
                       "1",       "-q", "--seed", "3",     "--threads", "1",     "--max-new-tokens",
                       "12"};
  EXPECT_THAT(juror(words).err, HasSubstr("None of 2 votes came to an answer of its own"));
  fs::remove(model / "juror_template.toml");
  fs::create_directory(model / "juror_template.toml");
  const Ran ran = juror(words);
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("juror_template.toml' is a folder"));
}

TEST_F(Cli, DryRunCountsAndJudgesNothing) {
  const Json json = Json::parse(
      juror({"rank", "", "a.png", "b.png", "c.png", "--votes", "2", "--dry-run", "--json"}).out);
  EXPECT_EQ(json["comparisons"], 3);
  EXPECT_EQ(json["completions"], 12);
  EXPECT_EQ(json["completion_tokens_at_most"], 12 * 256);
  EXPECT_FALSE(json.contains("results"));
}

TEST_F(Cli, FlagsCountMoreThanVariablesThanConfigThanJurorToml) {
  folder_.write("juror.toml", "seed = 1\n[rank]\nvotes = 11\ntie_band = 0.1\n");
  folder_.write("my.toml", "seed = 2\n[rank]\nvotes = 12\n");
  const auto shown = [&](const Words& more,
                         const std::map<std::string, std::string>& variables = {}) {
    Words words = {"config", "show", "--origin", "--command", "rank"};
    words.insert(words.end(), more.begin(), more.end());
    return juror(words, variables).out;
  };
  const auto line = [](const std::string& text, const std::string& key) {
    const std::size_t begin = text.find("\n" + key + " = ") + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_THAT(line(shown({}), "seed"), AllOf(HasSubstr("= 1"), HasSubstr("juror.toml:1")));
  EXPECT_THAT(line(shown({"--config", "my.toml"}), "seed"),
              AllOf(HasSubstr("= 2"), HasSubstr("my.toml:1")));
  EXPECT_THAT(line(shown({"--config", "my.toml"}, {{"JUROR_SEED", "3"}}), "seed"),
              AllOf(HasSubstr("= 3"), HasSubstr("JUROR_SEED")));
  const std::string all =
      shown({"--config", "my.toml", "--seed", "4"}, {{"JUROR_SEED", "3"}, {"JUROR_VOTES", "13"}});
  EXPECT_THAT(line(all, "seed"), AllOf(HasSubstr("= 4"), HasSubstr("--seed")));
  EXPECT_THAT(line(all, "votes"), AllOf(HasSubstr("= 13"), HasSubstr("JUROR_VOTES")));
  EXPECT_THAT(line(all, "tie_band"), HasSubstr("juror.toml:4"));
}

TEST_F(Cli, ATableThatIsAlsoAnotherCommandsIsReadByTheOneThatRuns) {
  folder_.write("my.toml", "[synth]\ncamera = 0.4\n");  // of `juror synth` too
  const std::string shown =
      juror({"config", "show", "--command", "train sft", "--config", "my.toml"}).out;
  EXPECT_THAT(shown, HasSubstr("camera = 0.4"));
}

TEST_F(Cli, WrongKeysOfAFileAreToldWithTheirLine) {
  folder_.write("juror.toml", "seed = 1\n[rank]\nvots = 3\n");
  const Ran ran = juror({"rank", "", "a.png", "b.png"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("juror.toml:3"), HasSubstr("votes")));
}

TEST_F(Cli, InspectTokensReadsSpecialTokensAsText) {
  folder_.write("s.json", R"(["1", "<|im_end|>", ""])");
  const Ran ran = juror({"inspect", "tokens", "--strings", "s.json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json[0].size(), 1U);
  EXPECT_GT(json[1].size(), 1U);
  EXPECT_EQ(json[2].size(), 0U);
  folder_.write("s.json", R"(["1", 2])");
  EXPECT_THAT(juror({"inspect", "tokens", "--strings", "s.json"}).err,
              HasSubstr("element 1 is number"));
}

/// A safetensors file without libtorch: eight bytes of length, JSON, values.
struct SafetensorsText {
  explicit SafetensorsText(const fs::path& file) : bytes(read_file(file)) {
    std::memcpy(&length, bytes.data(), 8);
    header = Json::parse(bytes.substr(8, length));
  }
  std::string values(const std::string& name) const {
    const std::size_t begin = header[name]["data_offsets"][0],
                      end = header[name]["data_offsets"][1];
    return bytes.substr(8 + length + begin, end - begin);
  }
  std::string bytes;
  std::uint64_t length = 0;
  Json header;
};

TEST_F(Cli, InspectForwardWritesTheTensorsOfTheGoldenFile) {
  const fs::path golden = kGoldenFolder / "forward/tied_f16";
  const Ran ran =
      juror({"inspect", "forward", "--model", (kGoldenFolder / "checkpoints/tied_f16").string(),
             "--request", (golden / "one.request.json").string(), "--out", "o.safetensors",
             "--json", "--threads", "1"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const SafetensorsText ours(folder_.path() / "o.safetensors"),
      theirs(golden / "one.expected.safetensors");
  std::size_t compared = 0;
  for (const auto& [name, tensor] : theirs.header.items()) {
    if (name == "__metadata__" || name == "labelled_tokens") continue;
    ASSERT_TRUE(ours.header.contains(name)) << name;
    EXPECT_EQ(ours.header[name]["shape"], tensor["shape"]) << name;
    if (tensor["dtype"] == "I64")
      EXPECT_EQ(ours.values(name), theirs.values(name)) << name;  // floats: golden_forward_test.cpp
    ++compared;
  }
  EXPECT_GE(compared, 6U);
}

TEST_F(Cli, FoldersOfEveryFamilyAreJudgedWithAndWithoutThoughts) {
  const std::pair<const char*, const char*> families[] = {{"qwen2_vl_hub_bf16", "Qwen2-VL"},
                                                          {"hub_layout_bf16", "Qwen2.5-VL"},
                                                          {"qwen3_vl_hub_bf16", "Qwen3-VL"}};
  for (const auto& [checkpoint, name] : families) {
    const std::string model = (kGoldenFolder / "checkpoints" / checkpoint).string();
    EXPECT_THAT(juror({"doctor", "--model", model}).out, HasSubstr(name));
    const Ran ranked =
        judge({"rank", "a cat", "a.png", "b.png", "c.png", "--model", model, "--json"});
    ASSERT_EQ(ranked.code, 0) << ranked.err;
    EXPECT_EQ(Json::parse(ranked.out)["results"].size(), 3U) << name;
    const Ran thought = juror({"compare", "a cat", "a.png", "b.png", "--model", model, "--votes",
                               "2", "--max-new-tokens", "8", "--threads", "1", "--json"});
    EXPECT_EQ(thought.code, 0) << thought.err;
  }
}

TEST_F(Cli, AFullDiskIsOurFaultAndSaidSo) {
  const Ran ran = run({.folder = folder_.path(), .stdout_to = "/dev/full"}, {"--help"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("No space left"));
  EXPECT_EQ(juror({"models", "-o", "album"}).code, 2);  // a folder is no file to write
  EXPECT_EQ(juror({"models", "--json", "-o", "m.json"}).code, 0);
  EXPECT_EQ(Json::parse(read_file(folder_.path() / "m.json"))["schema"], 1);
}

TEST_F(Cli, CtrlCPrintsThePartialResultMarkedPartial) {
  Words words = {"rank", "", "--json", "--threads", "1", "--votes", "4", "--batch-rows", "8"};
  for (int i = 0; i < 12; ++i) words.push_back(i % 2 == 0 ? "a.png" : "b.png");  // 66 comparisons
  const Start start{.folder = folder_.path()};
  folder_.write(".err", "");
  const pid_t process = start_program(start, words);
  for (int i = 0;
       i < 500 && read_file(folder_.path() / ".err").find("comparing") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the first pair
  ::kill(process, SIGINT);
  const Ran ran = finish(process, start);
  EXPECT_EQ(ran.code, 130) << ran.err;
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["partial"], true);
  EXPECT_EQ(json["results"].size(), 12U);
  EXPECT_GE(json["comparisons"].size(), 1U);
  EXPECT_LT(json["comparisons"].size(), 66U);
}

}  // namespace
}  // namespace juror
