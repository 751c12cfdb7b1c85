// Records in and out.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "broker/kinesis/sequence_text.h"
#include "broker/kinesis/shard_place.h"
#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

RecordView RecordOf(const Structure& input) {
  return {input.Blob("Data"), input.Text("PartitionKey"), input.Text("ExplicitHashKey")};
}

void WriteStored(const PutResult& result, OutputWriter& out) {
  out.TextMember("SequenceNumber",
                 FormatSequenceNumber({result.stream, result.shard}, result.sequence_number));
  out.TextMember("ShardId", FormatShardId(result.shard));
}

// A number of another stream cannot have been given for this partition key.
absl::Status ReadOrdering(const KinesisCall& call, const std::string& stream_name,
                          PutOptions* options) {
  const std::string_view text = call.input().Text("SequenceNumberForOrdering");
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<PlacedSequenceNumber> placed =
      ParseSequenceNumber("SequenceNumberForOrdering", text);
  ASSIGN_OR_RETURN(const auto stream, call.catalog().Find(stream_name));
  if (!placed.ok() || placed->shard.stream != stream->config().id) {
    // The words of AWS, which people search for.
    return WithField(
        MakeError(ErrorReason::kInvalidArgument,
                  absl::StrCat("ExclusiveMinimumSequenceNumber ", std::string(text),
                               " used in PutRecord on stream ", stream_name, " under account ",
                               call.names().account_id(), " is invalid.")),
        "SequenceNumberForOrdering");
  }
  options->sequence_number_for_ordering = placed->number.value();
  // Clients pass the number of the put before, whatever its key was.
  options->sequence_number_for_ordering_shard = placed->shard.shard;
  return absl::OkStatus();
}

absl::Status PutRecord(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  PutOptions options;
  options.dry_run = call->Flag("DryRun");
  RETURN_IF_ERROR(ReadOrdering(*call, name, &options));
  // The call is held until the answer: the record lies in its body.
  call->context().records.PutRecord(
      name, RecordOf(call->input()),
      [call](absl::StatusOr<PutResult> result) {
        if (!result.ok()) return call->Fail(result.status());
        call->AnswerWith([&](OutputWriter& out) {
          WriteStored(*result, out);
          out.TextMember("EncryptionType", EncryptionTypeName(result->encryption_type));
        });
      },
      options);
  return absl::OkStatus();
}

void AnswerPutRecords(const KinesisCall& call, const std::vector<PutResult>& results) {
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const PutResult& result) { return !result.status.ok(); });
  // Of those that were stored; a stream has one at a time.
  const auto stored = std::find_if(results.begin(), results.end(),
                                   [](const PutResult& result) { return result.status.ok(); });
  call.AnswerWith([&](OutputWriter& out) {
    out.IntegerMember("FailedRecordCount", failed);
    out.Key("Records");
    out.BeginList();
    for (const PutResult& result : results) {
      out.BeginStructure();
      if (result.status.ok()) {
        WriteStored(result, out);
      } else {
        const std::string shard_id = FormatShardId(result.shard);
        CallSubject subject = call.subject();
        subject.shard_id = shard_id;
        const AwsError error = DescribeRecordError(result.status, subject);
        out.TextMember("ErrorCode", error.type);
        out.TextMember("ErrorMessage", error.message);
      }
      out.EndStructure();
    }
    out.EndList();
    if (stored != results.end())
      out.TextMember("EncryptionType", EncryptionTypeName(stored->encryption_type));
  });
}

absl::Status PutRecords(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  std::vector<RecordView> records;
  const std::vector<Structure> entries = call->input().Structures("Records");
  records.reserve(entries.size());
  for (const Structure& entry : entries) records.push_back(RecordOf(entry));
  PutOptions options;
  options.dry_run = call->Flag("DryRun");
  call->context().records.PutRecords(
      name, std::move(records),
      [call](const absl::StatusOr<std::vector<PutResult>>& results) {
        if (!results.ok()) return call->Fail(results.status());
        AnswerPutRecords(*call, *results);
      },
      options);
  return absl::OkStatus();
}

absl::Status GetShardIterator(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  ASSIGN_OR_RETURN(const std::string shard_id, ReadShardId(*call, input.Text("ShardId")));
  GetShardIteratorRequest request;
  request.stream_name = name;
  request.shard_id = shard_id;
  request.type = ShardIteratorTypeOf(input.Text("ShardIteratorType"))
                     .value_or(ShardIteratorType::kUnspecified);
  ASSIGN_OR_RETURN(request.starting_sequence_number,
                   ReadPlace(*call, name, "StartingSequenceNumber",
                             input.Text("StartingSequenceNumber"), request.shard_id));
  request.timestamp_ms = input.TimestampMs("Timestamp");
  request.dry_run = call->Flag("DryRun");
  ASSIGN_OR_RETURN(const std::string iterator, call->context().records.GetShardIterator(request));
  call->AnswerWith([&](OutputWriter& out) { out.TextMember("ShardIterator", iterator); });
  return absl::OkStatus();
}

void AnswerGetRecords(const KinesisCall& call, GetRecordsResult result) {
  AwsCall& aws = call.aws();
  const std::unique_ptr<OutputWriter> out =
      aws.NewWriter(RecordsBytesExpected(result.collected, aws.format() == AwsFormat::kJson));
  out->BeginStructure();
  WriteRecords(result.shard, result.collected, *out);
  // One of the two, never both: KCL asks again for ever otherwise.
  if (result.next_shard_iterator.empty()) {
    WriteChildShards(result.child_shards, *out);
  } else {
    out->TextMember("NextShardIterator", result.next_shard_iterator);
  }
  out->IntegerMember("MillisBehindLatest", result.millis_behind_latest);
  out->EndStructure();
  // The batches go with this function; what was charged for them stays until the answer is sent.
  aws.Answer(out->Take(), std::make_shared<ReadBudget::Charge>(std::move(result.charge)));
}

// The iterator alone says of which stream it is; StreamARN, where it is given, must say the same.
absl::Status CheckStream(const KinesisCall& call, const std::string& stream_name, StreamId id) {
  if (stream_name.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto stream, call.catalog().Find(id));
  if (stream->config().name == stream_name) return absl::OkStatus();
  return InvalidField("ShardIterator", absl::StrCat("is of stream ", stream->config().name,
                                                    ", but StreamARN is of stream ", stream_name));
}

absl::Status GetRecords(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  ASSIGN_OR_RETURN(const std::string name, call->MaybeStreamName());
  GetRecordsRequest request;
  request.shard_iterator = input.Text("ShardIterator");
  request.limit = call->Number("Limit");
  request.connection = call->aws().connection();
  request.dry_run = call->Flag("DryRun");
  call->context().records.GetRecords(
      request, [call, name](absl::StatusOr<GetRecordsResult> result) {
        if (!result.ok()) return call->Fail(result.status());
        if (const absl::Status other = CheckStream(*call, name, result->shard.stream); !other.ok())
          return call->Fail(other);
        // Ten MiB take milliseconds to write, and this thread is that of timers and other reads.
        boost::asio::post(call->aws().executor(),
                          [call, result = std::make_shared<GetRecordsResult>(*std::move(result))] {
                            AnswerGetRecords(*call, std::move(*result));
                          });
      });
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 4> kOperations = {{
    {"GetRecords", GetRecords},
    {"GetShardIterator", GetShardIterator},
    {"PutRecord", PutRecord},
    {"PutRecords", PutRecords},
}};

}  // namespace

std::span<const KinesisOperation> RecordOperations() {
  return kOperations;
}

}  // namespace penstock::broker
