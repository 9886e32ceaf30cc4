#include "libs/auth/policy_table.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/empty.pb.h>

#include "derms/v1/access.pb.h"
#include "derms/v1/audit.pb.h"
#include "derms/v1/compliance.pb.h"
#include "derms/v1/control.pb.h"
#include "derms/v1/emergency.pb.h"
#include "derms/v1/optimizer.pb.h"
#include "derms/v1/policy.pb.h"
#include "derms/v1/registry.pb.h"
#include "derms/v1/series.pb.h"
#include "derms/v1/telemetry.pb.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using domain::Role;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

constexpr std::size_t kInfrastructureMethods = 4;

// Every file of the schema that declares services; asking for a descriptor links it in.
std::vector<const FileDescriptor*> SchemaFiles() {
  return {v1::WhoAmIRequest::descriptor()->file(),
          v1::RegisterDerRequest::descriptor()->file(),
          v1::ReportReadingRequest::descriptor()->file(),
          v1::VerifyLogRequest::descriptor()->file(),
          v1::PutSeriesRequest::descriptor()->file(),
          v1::OptimizeResourcesRequest::descriptor()->file(),
          v1::AllocateEmergencyRequest::descriptor()->file(),
          v1::WhySetpointRequest::descriptor()->file(),
          v1::PutNameplateRequest::descriptor()->file()};
}

TEST(PolicyTable, TheSchemaHasNoHole) {
  std::vector<std::string> services;
  std::size_t methods = 0;
  for (const FileDescriptor* file : SchemaFiles()) {
    for (int i = 0; i < file->service_count(); ++i) {
      services.push_back(file->service(i)->full_name());
      methods += static_cast<std::size_t>(file->service(i)->method_count());
    }
  }
  EXPECT_GE(services.size(), 9u);
  const auto table = PolicyTable::Build(services);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->All().size(), methods + kInfrastructureMethods);
}

TEST(PolicyTable, ReadsTheOptionsOfAMethod) {
  ASSERT_NE(v1::RegisterDerRequest::descriptor(), nullptr);
  const auto table = PolicyTable::Build({"derms.v1.RegistryService", "derms.v1.AccessService"});
  ASSERT_TRUE(table.ok()) << table.status();
  const MethodRule* rule = table->Find("/derms.v1.RegistryService/RegisterDer");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->path, "/derms.v1.RegistryService/RegisterDer");
  EXPECT_EQ(rule->access, Access::kRoles);
  EXPECT_THAT(rule->roles, testing::ElementsAre(Role::kOwner, Role::kOperator, Role::kAdmin));
  EXPECT_EQ(rule->scope, Scope::kDer);
  EXPECT_TRUE(rule->mutation);
  EXPECT_EQ(table->Find("/derms.v1.AccessService/WhoAmI")->access, Access::kAnySubject);
}

TEST(PolicyTable, OrdersHaveALaneOfTheirOwn) {
  ASSERT_NE(v1::AllocateEmergencyRequest::descriptor(), nullptr);
  const auto table = PolicyTable::Build({"derms.v1.EmergencyService"});
  ASSERT_TRUE(table.ok()) << table.status();
  for (const char* order : {"AllocateEmergency", "ApproveEmergency", "ReleaseEmergency"}) {
    EXPECT_EQ(table->Find(std::string("/derms.v1.EmergencyService/") + order)->lane, Lane::kReserved) << order;
  }
  EXPECT_EQ(table->Find("/derms.v1.EmergencyService/GetEmergency")->lane, Lane::kUsual);
}

TEST(PolicyTable, DeniesByAbsence) {
  const auto table = PolicyTable::Build({"derms.v1.AccessService"});
  ASSERT_TRUE(table.ok()) << table.status();
  for (const char* path : {"", "/", "/derms.v1.RegistryService/GetDer", "derms.v1.AccessService/WhoAmI",
                           "/derms.v1.AccessService/whoami", "/derms.v1.AccessService/WhoAmI/",
                           "/derms.v1.AccessService/WhoAmI?x", "/grpc.channelz.v1.Channelz/GetServers"}) {
    EXPECT_EQ(table->Find(path), nullptr) << path;
  }
}

TEST(PolicyTable, NamesTheInfrastructure) {
  const auto table = PolicyTable::Build({});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->All().size(), kInfrastructureMethods);
  EXPECT_EQ(table->Find("/grpc.health.v1.Health/Check")->access, Access::kPublic);
  EXPECT_EQ(table->Find("/grpc.health.v1.Health/Watch")->access, Access::kPublic);
  for (const char* version : {"v1", "v1alpha"}) {
    const std::string path = std::string("/grpc.reflection.") + version + ".ServerReflection/ServerReflectionInfo";
    EXPECT_EQ(table->Find(path)->access, Access::kAnySubject) << path;
  }
}

// A service of one method, made at run time, with the policy a careless author might write.
class Holes : public testing::Test {
 protected:
  google::protobuf::MethodOptions options_;
  v1::MethodPolicy& Policy() { return *options_.MutableExtension(v1::policy); }

  absl::Status Build() {
    FileDescriptorProto file;
    file.set_name("test/careless.proto");
    file.set_package("test");
    file.set_syntax("proto3");
    file.add_dependency("google/protobuf/empty.proto");
    auto* service = file.add_service();
    service->set_name("Careless");
    auto* method = service->add_method();
    method->set_name("Open");
    method->set_input_type(".google.protobuf.Empty");
    method->set_output_type(".google.protobuf.Empty");
    *method->mutable_options() = options_;
    EXPECT_NE(google::protobuf::Empty::descriptor(), nullptr);
    DescriptorPool pool(DescriptorPool::generated_pool());
    EXPECT_NE(pool.BuildFile(file), nullptr);
    return PolicyTable::Build({"test.Careless"}, pool).status();
  }

  void ExpectHole(const char* words) {
    const absl::Status status = Build();
    EXPECT_EQ(base::ReasonOf(status), "POLICY_HOLE");
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("test.Careless.Open"));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(words));
  }
};

TEST_F(Holes, NoneInAGoodPolicy) {
  Policy().add_roles(v1::ROLE_ADMIN);
  Policy().set_scope(v1::SCOPE_FLEET);
  EXPECT_TRUE(Build().ok()) << Build();
}

TEST_F(Holes, NoPolicy) {
  ExpectHole("has no policy");
}

TEST_F(Holes, EmptyPolicy) {
  Policy();
  ExpectHole("has no scope");
}

TEST_F(Holes, NoScope) {
  Policy().add_roles(v1::ROLE_ADMIN);
  ExpectHole("has no scope");
}

TEST_F(Holes, UnknownScope) {
  Policy().add_roles(v1::ROLE_ADMIN);
  Policy().set_scope(static_cast<v1::Scope>(99));
  ExpectHole("has no scope");
}

TEST_F(Holes, NobodyNamed) {
  Policy().set_scope(v1::SCOPE_FLEET);
  ExpectHole("neither roles nor any_subject");
}

TEST_F(Holes, UnsetRole) {
  Policy().set_scope(v1::SCOPE_FLEET);
  Policy().add_roles(v1::ROLE_UNSPECIFIED);
  ExpectHole("unset role");
}

TEST_F(Holes, UnknownRole) {
  Policy().set_scope(v1::SCOPE_FLEET);
  Policy().add_roles(static_cast<v1::Role>(99));
  ExpectHole("unset role");
}

TEST_F(Holes, RoleTwice) {
  Policy().set_scope(v1::SCOPE_FLEET);
  Policy().add_roles(v1::ROLE_ADMIN);
  Policy().add_roles(v1::ROLE_ADMIN);
  ExpectHole("a role twice");
}

TEST_F(Holes, RolesBesideAnySubject) {
  Policy().set_scope(v1::SCOPE_FLEET);
  Policy().add_roles(v1::ROLE_ADMIN);
  Policy().set_any_subject(true);
  ExpectHole("together with any_subject");
}

TEST(PolicyTable, RefusesAnUnknownService) {
  EXPECT_EQ(base::ReasonOf(PolicyTable::Build({"derms.v1.Nothing"}).status()), "POLICY_HOLE");
}

TEST(DescribeRoles, ReadsLikeASentence) {
  EXPECT_EQ(DescribeRoles({Role::kAdmin}), "role admin");
  EXPECT_EQ(DescribeRoles({Role::kOperator, Role::kAdmin}), "role operator or admin");
  EXPECT_EQ(DescribeRoles({Role::kOwner, Role::kOperator, Role::kAdmin}), "role owner, operator or admin");
}

}  // namespace
}  // namespace derms::auth
