#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

TEST(JsonFault, AMissingKeyOfAConstObjectIsAFaultOfOursAndNeverUndefined) {
  const nlohmann::json json = {{"a", 1}};
  EXPECT_THROW(json["b"].is_null(), std::logic_error);
  EXPECT_EQ(json["a"], 1);
  const nlohmann::ordered_json ordered = {{"a", 1}};
  EXPECT_THROW(ordered["b"].is_null(), std::logic_error);
}

TEST(JsonFault, ArgumentsOfASentenceThatIsNotSaidAreReadToo) {
  const nlohmann::json json = {{"a", 1}};
  EXPECT_THROW(require(true, "b is {}.", json["b"].dump()), std::logic_error);
}

}  // namespace
}  // namespace juror
