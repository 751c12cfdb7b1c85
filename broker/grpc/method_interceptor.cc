#include "broker/grpc/method_interceptor.h"

#include <algorithm>

#include "broker/grpc/grpc_status.h"

namespace penstock::broker {
namespace {

using ::grpc::experimental::InterceptionHookPoints;
using ::grpc::experimental::InterceptorBatchMethods;

constexpr std::string_view kPrefix = "/penstock.v1.";

class MethodInterceptor final : public ::grpc::experimental::Interceptor {
 public:
  explicit MethodInterceptor(MethodMeter& meter) : call_(&meter) {}
  // A call that goes without an answer: its connection broke.
  ~MethodInterceptor() override {
    if (!ended_) call_.End(MethodResult::Cancelled());
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      call_.End(ResultOf(methods->GetSendStatus()));
      ended_ = true;
    }
    methods->Proceed();
  }

 private:
  const MethodCall call_;
  bool ended_ = false;
};

// `name` as gRPC has it, with a slash before the service.
bool IsCountedHere(std::string_view name) {
  return name.starts_with(kPrefix) && std::find(kCountedByService.begin(), kCountedByService.end(),
                                                name.substr(1)) == kCountedByService.end();
}

}  // namespace

::grpc::experimental::Interceptor* MethodInterceptorFactory::CreateServerInterceptor(
    ::grpc::experimental::ServerRpcInfo* info) {
  const std::string_view name = info->method();
  if (!IsCountedHere(name)) return nullptr;
  MutexLock lock(mutex_);
  const auto [found, is_new] = meters_.try_emplace(info->method(), nullptr);
  if (is_new) found->second = &metrics_.Get(name.substr(1));
  return new MethodInterceptor(*found->second);
}

}  // namespace penstock::broker
