// Pickles read as data. Those in hexadecimal are Python's own (pickle.dumps of 3.11, numpy 2), of
// the dictionaries that flow_grpo's clients send.
#include "serve/api/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "serve/test_server.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

constexpr const char* kNumpy4 =
    "80049507010000000000007d94288c06696d61676573945d94284304ffd8616294430689504e47636494658c"
    "0770726f6d707473948c166e756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374"
    "727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b02"
    "859468098c0564747970659493948c0355313194898887945294284b038c013c944e4e4e4b2c4b044b087494"
    "6289435861000000200000006300000061000000740000000000000000000000000000000000000000000000"
    "0000000065000000690000006e0000002000000048000000e400000073000000630000006800000065000000"
    "6e00000094749462752e";
constexpr const char* kNumpy5 =
    "800595f2000000000000007d94288c06696d61676573945d94284304ffd8616294430689504e47636494658c"
    "0770726f6d707473948c136e756d70792e5f636f72652e6e756d65726963948c0b5f66726f6d627566666572"
    "9493942896580000000000000061000000200000006300000061000000740000000000000000000000000000"
    "0000000000000000000000000065000000690000006e0000002000000048000000e400000073000000630000"
    "0068000000650000006e000000948c056e756d7079948c0564747970659493948c0355313194898887945294"
    "284b038c013c944e4e4e4b2c4b044b087494624b0285948c01439474945294752e";
constexpr const char* kLists =
    "80049583000000000000007d94288c06696d61676573945d942843026162944302636494658c0770726f6d70"
    "7473945d94288c0178948c017994658c0a6d6574615f6461746173945d947d94288c03746167948c0174948c"
    "016e944b038c016694473ff80000000000008c017a944afeffffff680d4b014e88879475618c0b6f6e6c795f"
    "7374726963749489752e";
constexpr const char* kObjects =
    "800495ac000000000000007d94288c06696d61676573945d944302616294618c0770726f6d707473948c166e"
    "756d70792e5f636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d"
    "7079948c076e6461727261799493944b0085944301629487945294284b014b01859468088c05647479706594"
    "93948c024f3894898887945294284b038c017c944e4e4e4affffffff4affffffff4b3f749462895d948c0178"
    "9461749462752e";
constexpr const char* kEvil =
    "8004953a000000000000007d948c06696d61676573945d948c05706f736978948c0673797374656d9493948c"
    "10746f756368202f746d702f70776e6564948594529461732e";
constexpr const char* kEvil0 =
    "286470300a56696d616765730a70310a286c70320a63706f7369780a73797374656d0a70330a2856746f7563"
    "68202f746d702f70776e65640a70340a7470350a5270360a61732e";
constexpr const char* kSet = "80049515000000000000007d948c06696d61676573948f94284301619490732e";
constexpr const char* kOld =
    "80027d71005806000000696d6167657371015d7102635f636f646563730a656e636f64650a71035802000000"
    "6162710458060000006c6174696e31710586710652710761732e";

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

/// The status with which a pickle is refused, 0 for one that is read.
int refusal(const std::string& bytes) {
  try {
    read_pickle_call(bytes);
    return 0;
  } catch (const HttpError& error) {
    return error.status();
  }
}

TEST(Pickle, OfImagesAndAnArrayOfPromptsIsRead) {
  for (const char* text : {kNumpy4, kNumpy5}) {
    const PickleCall call = read_pickle_call(from_hex(text));
    EXPECT_THAT(call.images, ElementsAre("\xff\xd8"
                                         "ab",
                                         "\x89PNGcd"));
    EXPECT_THAT(call.prompts, ElementsAre("a cat", "ein Häschen"));
  }
}

TEST(Pickle, OfListsIsReadAndOtherKeysArePassedOver) {
  const PickleCall call = read_pickle_call(from_hex(kLists));
  EXPECT_THAT(call.images, ElementsAre("ab", "cd"));
  EXPECT_THAT(call.prompts, ElementsAre("x", "y"));
  EXPECT_THAT(read_pickle_call(from_hex(kObjects)).prompts, ElementsAre("x"));
  const std::string bytes = from_hex(kLists);
  const Pickle pickle(bytes);
  const PickleValue& meta = *pickle.root().find("meta_datas")->items.at(0);
  EXPECT_EQ(meta.find("n")->integer, 3);
  EXPECT_EQ(meta.find("f")->number, 1.5);
  EXPECT_EQ(meta.find("z")->integer, -2);
  EXPECT_EQ(meta.find("t")->items.size(), 3U);
}

TEST(Pickle, ThatCallsSomethingIsRefused) {
  EXPECT_EQ(refusal(from_hex(kEvil)), 415);
  EXPECT_EQ(refusal(from_hex(kEvil0)), 415);
  EXPECT_EQ(refusal(from_hex(kSet)), 415);
  EXPECT_EQ(refusal(from_hex(kOld)), 415) << "_codecs.encode";
  EXPECT_EQ(refusal("cbuiltins\neval\n."), 415);
  EXPECT_EQ(refusal("cnumpy\nload\n."), 415);
  EXPECT_EQ(refusal("cnumpy ndarray\n\n."), 415);
  for (const char opcode : {'i', 'o', 'P', 'Q', 'I', 'L', 'S', 'V', 'F', 'd', 'l', 'p', 'g'})
    EXPECT_EQ(refusal(std::string("N") + opcode), 415) << opcode;
  for (const int opcode : {0x81, 0x82, 0x83, 0x84, 0x8B, 0x8F, 0x90, 0x91, 0x92, 0x97, 0x98})
    EXPECT_EQ(refusal(std::string("N") + static_cast<char>(opcode)), 415) << opcode;
}

TEST(Pickle, ThatIsBrokenIsRefused) {
  const std::string whole = from_hex(kNumpy4);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(refusal(whole.substr(0, size)), 0);
  EXPECT_EQ(refusal("N."), 400);
  EXPECT_EQ(refusal("NN."), 400);
  EXPECT_EQ(refusal("a."), 400);
  EXPECT_EQ(refusal("}h\x05."), 400);
  EXPECT_EQ(refusal(std::string("\x8e\xff\xff\xff\xff\xff\xff\xff\xff", 9)), 400) << "a length";
}

TEST(Pickle, OfOneImageNamedManyTimesDoesNotUnfold) {
  // {"images": [b"a" * 250, the same, the same, …]}
  std::string bytes = "}(X" + std::string("\x06\0\0\0", 4) + "images](C\xfa" +
                      std::string(250, 'a') + std::string("q\0", 2);
  for (int i = 0; i < 100; ++i) bytes += std::string("h\0", 2);
  EXPECT_EQ(refusal(bytes + "eu."), 400);
}

TEST(Pickle, OfRandomBytesIsReadOrRefusedAndNothingElse) {
  Random random({16, 5});
  const std::string wholes[] = {from_hex(kNumpy4), from_hex(kNumpy5), from_hex(kLists),
                                from_hex(kEvil)};
  for (int round = 0; round < 50000; ++round) {
    std::string bytes = wholes[random.below(4)];
    for (std::uint64_t change = 1 + random.below(5); change > 0; --change)
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    refusal(bytes.substr(0, random.below(bytes.size() + 1)));
  }
}

TEST(Pickle, OfAReplyIsWhatPythonWrites) {
  const std::string reply = pickle_reply({0.5});
  const Pickle pickle(reply);
  EXPECT_EQ(pickle.root().find("outputs")->items.at(0)->number, 0.5);
  EXPECT_EQ(pickle.root().find("scores")->items.size(), 1U);
  EXPECT_EQ(reply.substr(0, 15), std::string("\x80\x02}(X\x07\0\0\0outputs", 16).substr(0, 15));
}

TEST(PickleCompat, GivesRewardsToFlowGrposClient) {
  ServeOptions options = test_options();
  options.pickle_compat = true;
  TestServer server(options);
  const auto image = [](int grey) {
    const std::string png = grey_png(grey);
    return "C" + std::string(1, static_cast<char>(png.size())) + png;
  };
  const std::string body = "}(X" + std::string("\x06\0\0\0", 4) + "images](" + image(10) +
                           image(20) + "eX" + std::string("\x07\0\0\0", 4) + "prompts](X" +
                           std::string("\1\0\0\0", 4) + "aX" + std::string("\1\0\0\0", 4) + "aeu.";
  const Reply reply = exchange(server.port(), "POST", "/", body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Pickle pickle(reply.body);
  const auto& outputs = pickle.root().find("outputs")->items;
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_LT(outputs[0]->number, outputs[1]->number);
  EXPECT_EQ(exchange(server.port(), "POST", "/", from_hex(kEvil)).status, 415);
  TestServer without;
  EXPECT_EQ(exchange(without.port(), "POST", "/", body).status, 405) << "GET / is the page";
}

}  // namespace
}  // namespace juror
