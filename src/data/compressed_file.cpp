#include "data/compressed_file.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <new>
#include <span>
#include <streambuf>
#include <system_error>
#include <vector>

#include "data/file_format.hpp"
#include "latent/core/errors.hpp"

namespace latent {
namespace {

constexpr std::string_view gzip_ending = ".gz";
constexpr std::string_view zstd_ending = ".zst";

// One step of decompression: what it took and what it gave.
struct Step {
  std::size_t read = 0;
  std::size_t written = 0;
};

class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder(Decoder&&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  Decoder& operator=(Decoder&&) = delete;
  virtual ~Decoder() = default;
  /// Throws Error, with the reason alone, where the bytes are not what they should be.
  virtual Step decode(std::string_view in, std::span<char> out) = 0;
  /// Whether what has been read so far is one whole file, or several.
  [[nodiscard]] virtual bool complete() const = 0;
};

// RFC 1952. Several files one behind the other are one, as for gzip.
class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() {
    constexpr int gzip_only = 16;  // to be added to the window's bits
    if (inflateInit2(&stream_, MAX_WBITS + gzip_only) != Z_OK) throw std::bad_alloc();
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder(GzipDecoder&&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  GzipDecoder& operator=(GzipDecoder&&) = delete;
  ~GzipDecoder() override { inflateEnd(&stream_); }

  Step decode(std::string_view in, std::span<char> out) override {
    if (complete_ && !in.empty()) {
      // Zeros behind the last one fill up a block of the medium.
      const std::size_t zeros = std::min(in.find_first_not_of('\0'), in.size());
      if (zeros > 0) return {zeros, 0};
      inflateReset(&stream_);
      complete_ = false;
    }
    // zlib reads from it only, although it asks for a pointer to Bytef.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // NOLINT: as above
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT: bytes are bytes
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      throw Error(stream_.msg == nullptr ? "unknown error" : stream_.msg);
    }
    if (status == Z_STREAM_END) complete_ = true;
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out};
  }

  [[nodiscard]] bool complete() const override { return complete_; }

 private:
  z_stream stream_{};
  bool complete_ = false;
};

// RFC 8878.
class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    if (context_ == nullptr) throw std::bad_alloc();
  }

  Step decode(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer input = {in.data(), in.size(), 0};
    ZSTD_outBuffer output = {out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(hint) != 0) throw Error(ZSTD_getErrorName(hint));
    // Without input it asks for the beginning of another frame: that is no news.
    if (input.pos > 0 || output.pos > 0) complete_ = hint == 0;
    return {input.pos, output.pos};
  }

  [[nodiscard]] bool complete() const override { return complete_; }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  bool complete_ = false;
};

std::unique_ptr<Decoder> decoder_for(std::string_view path) {
  if (path.ends_with(gzip_ending)) return std::make_unique<GzipDecoder>();
  return std::make_unique<ZstdDecoder>();
}

class DecompressingBuffer final : public std::streambuf {
 public:
  explicit DecompressingBuffer(const std::string& path)
      : path_(path),
        method_(path.ends_with(gzip_ending) ? "gzip" : "zstd"),
        file_(path, std::ios::binary),
        decoder_(decoder_for(path)),
        in_(block),
        out_(block) {
    require_no_folder(path);
    if (!file_) throw Error(fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)));
    file_.exceptions(std::ios::badbit);
    read_block();
    require_compressed();
  }

 protected:
  int_type underflow() override {
    while (true) {
      if (waiting_.empty()) read_block();
      const Step step = decoded();
      waiting_.remove_prefix(step.read);
      if (step.written > 0) {
        setg(out_.data(), out_.data(), out_.data() + step.written);
        return traits_type::to_int_type(out_.front());
      }
      if (step.read == 0 && waiting_.empty() && !file_) {
        if (!decoder_->complete()) {
          throw InvalidData(fmt::format("{}: the file ends before its {} data do", path_, method_));
        }
        return traits_type::eof();
      }
    }
  }

 private:
  static constexpr std::size_t block = std::size_t{1} << 18U;

  void read_block() {
    if (!file_) return;
    try {
      file_.read(in_.data(), static_cast<std::streamsize>(in_.size()));
    } catch (const std::ios::failure& failure) {
      throw Error(fmt::format("{}: cannot be read: {}", path_, failure.code().message()));
    }
    waiting_ = {in_.data(), static_cast<std::size_t>(file_.gcount())};
  }

  // A file whose name says more than its content holds.
  void require_compressed() const {
    constexpr std::size_t mark = 2;  // bytes that both methods begin with
    if (waiting_.size() < mark || looks_compressed()) return;
    const std::string what = fmt::format("{}: it is not compressed by {}, although its name ends so", path_, method_);
    if (const auto format =
            foreign_format(waiting_.substr(0, bytes_that_tell_the_format), without_compression(path_))) {
      throw InvalidData(fmt::format("{}: {}", what, *format));
    }
    throw InvalidData(fmt::format("{}; rename it to {}", what, without_compression(path_)));
  }

  [[nodiscard]] bool looks_compressed() const {
    if (method_ == "gzip") return waiting_.starts_with("\x1F\x8B");
    // A frame, or one that is to be skipped.
    return waiting_.starts_with("\x28\xB5") ||
           ((static_cast<unsigned char>(waiting_[0]) & 0xF0U) == 0x50 && waiting_[1] == '\x2A');
  }

  Step decoded() {
    try {
      return decoder_->decode(waiting_, out_);
    } catch (const Error& error) {
      throw InvalidData(fmt::format("{}: damaged, or not a {} file: {}", path_, method_, error.what()));
    }
  }

  std::string path_;
  std::string_view method_;
  std::ifstream file_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<char> in_;
  std::vector<char> out_;
  std::string_view waiting_;
};

// A stream that owns its buffer, and throws what that throws.
class DecompressingStream final : public std::istream {
 public:
  explicit DecompressingStream(const std::string& path) : std::istream(nullptr), buffer_(path) {
    rdbuf(&buffer_);
    exceptions(std::ios::badbit);
  }

 private:
  DecompressingBuffer buffer_;
};

}  // namespace

bool is_compressed(std::string_view path) { return path.ends_with(gzip_ending) || path.ends_with(zstd_ending); }

std::string_view without_compression(std::string_view path) {
  for (const std::string_view ending : {gzip_ending, zstd_ending}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

std::unique_ptr<std::istream> open_compressed(const std::string& path) {
  return std::make_unique<DecompressingStream>(path);
}

}  // namespace latent
