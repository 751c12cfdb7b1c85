// Tags, of streams by name and of streams and consumers by ARN.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "broker/kinesis/consumer_lookup.h"
#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

std::vector<std::string> TagKeysOf(const KinesisCall& call) {
  std::vector<std::string> keys;
  for (const std::string_view key : call.input().Texts("TagKeys")) keys.emplace_back(key);
  return keys;
}

absl::StatusOr<TaggedResource> ResourceOf(KinesisCall& call) {
  const std::string_view arn = call.input().Text("ResourceARN");
  if (ResourceNames::IsConsumerArn(arn)) {
    ASSIGN_OR_RETURN(FoundConsumer found, FindConsumerByArn(call, "ResourceARN", arn));
    return TaggedResource{std::move(found.stream_name), std::move(found.info.name)};
  }
  ASSIGN_OR_RETURN(std::string name, call.names().ParseStreamArn("ResourceARN", arn));
  call.SetStream(name);
  return TaggedResource{std::move(name), ""};
}

absl::Status AddTagsToStream(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().AddTags({std::move(name), ""}, call->GivenTags(), FinishChange(call));
  return absl::OkStatus();
}

absl::Status RemoveTagsFromStream(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().RemoveTags({std::move(name), ""}, TagKeysOf(*call), FinishChange(call));
  return absl::OkStatus();
}

absl::Status ListTagsForStream(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  ASSIGN_OR_RETURN(const TagPage page,
                   call->settings().ListTags(name, call->input().Text("ExclusiveStartTagKey"),
                                             call->Number("Limit")));
  call->AnswerWith([&](OutputWriter& out) {
    WriteTags(page.tags, out);
    out.BooleanMember("HasMoreTags", page.has_more);
  });
  return absl::OkStatus();
}

absl::Status TagResource(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(TaggedResource resource, ResourceOf(*call));
  call->settings().AddTags(std::move(resource), call->GivenTags(), FinishChange(call));
  return absl::OkStatus();
}

absl::Status UntagResource(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(TaggedResource resource, ResourceOf(*call));
  call->settings().RemoveTags(std::move(resource), TagKeysOf(*call), FinishChange(call));
  return absl::OkStatus();
}

absl::Status ListTagsForResource(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const TaggedResource resource, ResourceOf(*call));
  ASSIGN_OR_RETURN(const Tags tags, call->settings().TagsOf(resource));
  std::vector<Tag> listed;
  for (const auto& [key, value] : tags) listed.push_back({key, value});
  call->AnswerWith([&](OutputWriter& out) { WriteTags(listed, out); });
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 6> kOperations = {{
    {"AddTagsToStream", AddTagsToStream},
    {"ListTagsForResource", ListTagsForResource},
    {"ListTagsForStream", ListTagsForStream},
    {"RemoveTagsFromStream", RemoveTagsFromStream},
    {"TagResource", TagResource},
    {"UntagResource", UntagResource},
}};

}  // namespace

std::span<const KinesisOperation> TagOperations() {
  return kOperations;
}

}  // namespace penstock::broker
