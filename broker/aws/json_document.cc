#include "broker/aws/json_document.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <simdjson.h>

#include "broker/aws/aws_error.h"
#include "broker/aws/document_builder.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kJsonPaddingBytes >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kBlanks = " \t\n\r";

// One body that is being read. simdjson's iterator goes forward only: each value is read where it
// is met. Recursion is bounded by the builder's depth.
class JsonReader {
 public:
  explicit JsonReader(std::string_view body)
      : body_(body), builder_(AwsFormat::kJson, body.size()) {}

  absl::StatusOr<Document> Read() {
    ondemand::parser parser;
    const auto error =
        parser.iterate(body_.data(), body_.size(), body_.size() + simdjson::SIMDJSON_PADDING)
            .get(json_);
    if (error != simdjson::SUCCESS) return Broken(error);
    ondemand::object root;
    if (json_.get_object().get(root) != simdjson::SUCCESS) {
      return MakeAwsError(kSerializationException, "the body is not one JSON object");
    }
    RETURN_IF_ERROR(ReadObject(root));
    // Which is what it says at the end of the text.
    if (json_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return Broken("there is more after the object");
    }
    return builder_.Finish();
  }

 private:
  absl::Status Broken(std::string_view what) {
    size_t at = body_.size();
    const char* location = nullptr;
    if (json_.current_location().get(location) == simdjson::SUCCESS && location >= body_.data() &&
        location <= body_.data() + body_.size()) {
      at = static_cast<size_t>(location - body_.data());
    }
    return MakeAwsError(kSerializationException,
                        absl::StrCat("malformed JSON at byte ", at, ": ",
                                     absl::string_view(what.data(), what.size())));
  }

  absl::Status Broken(simdjson::error_code error) {
    if (error == simdjson::UTF8_ERROR) {
      return MakeAwsError(kSerializationException, "malformed JSON: not UTF-8");
    }
    if (error == simdjson::UNCLOSED_STRING || error == simdjson::UNESCAPED_CHARS ||
        error == simdjson::EMPTY || error == simdjson::CAPACITY) {
      return MakeAwsError(kSerializationException,
                          absl::StrCat("malformed JSON: ", simdjson::error_message(error)));
    }
    return Broken(std::string_view(simdjson::error_message(error)));
  }

  absl::Status Built(DocumentBuilder::Problem problem) {
    return problem.empty() ? absl::OkStatus() : Broken(problem);
  }

  absl::Status ReadObject(ondemand::object& object) {
    RETURN_IF_ERROR(Built(builder_.BeginMap()));
    for (auto next : object) {
      ondemand::field field;
      if (const auto error = std::move(next).get(field); error != simdjson::SUCCESS) {
        return Broken(error);
      }
      std::string_view key;
      RETURN_IF_ERROR(ReadKey(field, &key));
      builder_.Key(key);
      RETURN_IF_ERROR(ReadValue(field.value()));
    }
    return Built(builder_.End());
  }

  absl::Status ReadArray(ondemand::array& array) {
    RETURN_IF_ERROR(Built(builder_.BeginList()));
    for (auto next : array) {
      if (next.error() != simdjson::SUCCESS) return Broken(next.error());
      RETURN_IF_ERROR(ReadValue(next.value_unsafe()));
    }
    return Built(builder_.End());
  }

  absl::Status ReadKey(ondemand::field& field, std::string_view* key) {
    const char* begin = field.key().raw();
    const size_t left = body_.size() - static_cast<size_t>(begin - body_.data());
    const auto* end = static_cast<const char*>(std::memchr(begin, '"', left));
    if (end == nullptr) return Broken("a key does not end");
    *key = {begin, static_cast<size_t>(end - begin)};
    if (key->find('\\') == std::string_view::npos) return absl::OkStatus();
    if (const auto error = field.unescaped_key().get(*key); error != simdjson::SUCCESS) {
      return Broken(error);
    }
    *key = builder_.Copy(*key);
    return absl::OkStatus();
  }

  absl::Status ReadValue(ondemand::value value) {
    ondemand::json_type type;
    if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return Broken(error);
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        const auto error = value.get_object().get(object);
        return error == simdjson::SUCCESS ? ReadObject(object) : Broken(error);
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        const auto error = value.get_array().get(array);
        return error == simdjson::SUCCESS ? ReadArray(array) : Broken(error);
      }
      case ondemand::json_type::string:
        return ReadString(value);
      case ondemand::json_type::number:
        return ReadNumber(value);
      case ondemand::json_type::boolean: {
        bool truth = false;
        const auto error = value.get_bool().get(truth);
        if (error != simdjson::SUCCESS) return Broken("neither true nor false");
        return Built(builder_.Add(DocumentNode::Boolean(truth)));
      }
      case ondemand::json_type::null: {
        bool null = false;
        if (value.is_null().get(null) != simdjson::SUCCESS || !null) return Broken("not null");
        return Built(builder_.Add(DocumentNode()));
      }
    }
    return Broken("no value");
  }

  absl::Status ReadString(ondemand::value& value) {
    // From the quote to the next token: without escapes, the text stands there as it is.
    std::string_view token = value.raw_json_token();
    token = token.substr(0, token.find_last_not_of(kBlanks) + 1);
    if (token.size() < 2 || token.back() != '"') return Broken("a string does not end");
    if (std::memchr(token.data(), '\\', token.size()) == nullptr) {
      ondemand::raw_json_string raw;
      const auto error = value.get_raw_json_string().get(raw);
      if (error != simdjson::SUCCESS) return Broken(error);
      return Built(builder_.Add(DocumentNode::Text(token.substr(1, token.size() - 2))));
    }
    std::string_view text;
    if (const auto error = value.get_string().get(text); error != simdjson::SUCCESS) {
      return Broken(error);
    }
    return Built(builder_.Add(DocumentNode::Text(builder_.Copy(text))));
  }

  absl::Status ReadNumber(ondemand::value& value) {
    ondemand::number number;
    if (value.get_number().get(number) == simdjson::SUCCESS) {
      switch (number.get_number_type()) {
        case ondemand::number_type::signed_integer:
          return Built(builder_.Add(DocumentNode::Integer(number.get_int64())));
        case ondemand::number_type::unsigned_integer:
          return Built(builder_.Add(DocumentNode::Unsigned(number.get_uint64())));
        case ondemand::number_type::floating_point_number:
          return Built(builder_.Add(DocumentNode::Double(number.get_double())));
      }
    }
    // An integer of more than 64 bits.
    double big = 0;
    if (const auto error = value.get_double().get(big); error != simdjson::SUCCESS) {
      return Broken(error);
    }
    return Built(builder_.Add(DocumentNode::Double(big)));
  }

  const std::string_view body_;
  DocumentBuilder builder_;
  ondemand::document json_;
};

}  // namespace

absl::StatusOr<Document> ParseJson(std::string_view padded_body) {
  if (padded_body.empty()) return Document(AwsFormat::kJson);
  return JsonReader(padded_body).Read();
}

}  // namespace penstock::broker
