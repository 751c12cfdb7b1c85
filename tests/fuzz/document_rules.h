// For fuzz targets: what holds for every document, and a document written out again.
#pragma once

#include "broker/aws/document.h"
#include "broker/aws/output_writer.h"

namespace penstock::fuzz {

// CHECKs that bounds are kept, texts are UTF-8 and keys are there once; reads every byte.
void CheckDocument(const broker::Document& document);

// CHECKs that they say the same. Neither has doubles.
void CheckSame(const broker::DocumentNode& a, const broker::DocumentNode& b);

// Whether `node` can be written: the writers have no null and no doubles.
bool CanBeWritten(const broker::DocumentNode& node);
void Write(const broker::DocumentNode& node, broker::OutputWriter* writer);

}  // namespace penstock::fuzz
