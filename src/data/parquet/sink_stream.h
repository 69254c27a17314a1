// Arrow's output stream into a ParquetSink.
#pragma once

#include <arrow/io/interfaces.h>

#include <exception>

#include "data/parquet.h"

namespace juror {

class SinkStream : public arrow::io::OutputStream {
 public:
  explicit SinkStream(ParquetSink* sink) : sink_(sink) { set_mode(arrow::io::FileMode::WRITE); }
  arrow::Status Write(const void* data, std::int64_t size) override {
    try {
      if (thrown_) return arrow::Status::IOError("written after a fault");
      sink_->write(data, static_cast<std::size_t>(size));
      written_ += size;
      return arrow::Status::OK();
    } catch (...) {
      thrown_ = std::current_exception();
      return arrow::Status::IOError("the file cannot be written");
    }
  }
  using arrow::io::OutputStream::Write;
  arrow::Result<std::int64_t> Tell() const override { return written_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  /// Runs `work`; where the sink threw, that is thrown, whatever Arrow made of it.
  template <class Work>
  void run(Work&& work) {
    try {
      work();
    } catch (...) {
      if (thrown_) std::rethrow_exception(thrown_);
      throw;
    }
  }

 private:
  ParquetSink* sink_;
  std::int64_t written_ = 0;
  bool closed_ = false;
  std::exception_ptr thrown_;
};

}  // namespace juror
