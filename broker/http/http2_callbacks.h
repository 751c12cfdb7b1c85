// Http2Callbacks: what nghttp2 calls, passed on to Http2Protocol; and the session with its options.
//
// The user data of a session is its protocol. Callbacks find the stream and pass plain values on; a
// stream that is not known any more is no error.
#pragma once

#include <cstddef>
#include <cstdint>

#include <nghttp2/nghttp2.h>

#include "broker/http/http_limits.h"

namespace penstock::broker {

class Http2Protocol;

struct Http2Callbacks {
  // Never null. The owner deletes it with nghttp2_session_del.
  static nghttp2_session* NewSession(Http2Protocol* protocol, const HttpLimits& limits);
  // The source of an answer's DATA frames.
  static ssize_t ReadData(nghttp2_session* session, int32_t id, uint8_t* buffer, size_t bytes,
                          uint32_t* flags, nghttp2_data_source* source, void* user);

 private:
  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_bytes, const uint8_t* value, size_t value_bytes, uint8_t flags,
                      void* user);
  static int OnInvalidHeader(nghttp2_session* session, const nghttp2_frame* frame,
                             const uint8_t* name, size_t name_bytes, const uint8_t* value,
                             size_t value_bytes, uint8_t flags, void* user);
  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int OnDataChunk(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* bytes,
                         size_t count, void* user);
  static int OnStreamClose(nghttp2_session* session, int32_t id, uint32_t error_code, void* user);
  static int OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int SendData(nghttp2_session* session, nghttp2_frame* frame, const uint8_t* frame_head,
                      size_t bytes, nghttp2_data_source* source, void* user);
};

}  // namespace penstock::broker
