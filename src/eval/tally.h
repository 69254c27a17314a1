// Running results of one judge by one protocol: small enough to keep for every example of a large
// data set.
#pragma once

#include <string>
#include <vector>

#include "eval/protocols.h"
#include "preference/correlation.h"

namespace juror {

/// One number with its interval. `accuracy` is NaN when nothing was counted.
struct Measured {
  std::string name;
  double accuracy = kUnknown;
  Interval interval = {};
  double n = 0;  ///< values averaged: pairs, or examples
};

/// The mean of values in [0, 1] with its 95 % interval: measured_share's.
Measured measure(const std::string& name, const std::vector<ClusteredValue>& values,
                 std::int64_t seed);

/// What several annotators say alike.
struct RepeatedJudgement {
  JudgedExample example;
  double times = 1;
};

/// The values of one judge, one entry an example and metric.
class Tally {
 public:
  Tally(const Protocol& protocol, double tie_band)
      : protocol_(&protocol), tie_band_(tie_band), values_(protocol.metrics.size()) {}

  void add(const JudgedExample& example);

  /// Several judgements of one example count as one, by their mean: the annotators of a prompt.
  void add_mean(const std::vector<RepeatedJudgement>& judgements);

  std::vector<Measured> measured(std::int64_t seed) const;

  /// [metric][example]: clusters are prompts.
  const std::vector<std::vector<ClusteredValue>>& values() const { return values_; }

 private:
  const Protocol* protocol_;
  double tie_band_;
  std::vector<std::vector<ClusteredValue>> values_;
};

/// How two judges of the same examples differ. Positive: the first is better.
struct Difference {
  std::string name;
  double first = kUnknown, second = kUnknown;
  double difference = kUnknown;
  Interval interval = {};  ///< of the difference, prompts drawn again for both at once
  bool is_real = false;    ///< the interval excludes 0
};

/// Paired bootstrap over prompts. a[i] and b[i] are the same example. Throws Error if they are not
/// as many or weigh differently.
Difference paired_difference(const std::string& name, const std::vector<ClusteredValue>& a,
                             const std::vector<ClusteredValue>& b, std::int64_t seed);

/// What two judges made of one pair of rated images.
struct ComparedPair {
  std::size_t first_image = 0, second_image = 0;
  double first = 0, second = 0;  ///< values of the first and of the second judge
};

/// The same where pairs share images: images are drawn again (measured_over_images).
Difference difference_over_images(const std::string& name, const std::vector<ComparedPair>& pairs,
                                  std::int64_t seed);

}  // namespace juror
