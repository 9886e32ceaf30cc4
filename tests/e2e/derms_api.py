"""A client made of the descriptor set alone: every RPC, present and future, without generated stubs."""
import dataclasses
import pathlib
import re

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import any_pb2, descriptor_pb2 as _, duration_pb2, field_mask_pb2, timestamp_pb2  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY_FIELD, RULE_FIELD = 50501, 50502
IN_FRONT = re.compile(r"([A-Z][A-Z0-9_]+): ")
CODE_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}
ERRORS_SEEN = set()  # (code, reason, message) of every refusal that any Api got, items of bulk calls included


def load_pool(path):
    """The product's schema as a descriptor pool; well-known types come from the default pool's copies."""
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool, [f.name for f in files.file]


@dataclasses.dataclass
class Answer:
    """What a call gave: gRPC code name, message, reason of the error or the messages received."""
    code: str
    message: str = ""
    reason: str = ""
    violations: list = dataclasses.field(default_factory=list)
    metadata: dict = dataclasses.field(default_factory=dict)
    value: dict = dataclasses.field(default_factory=dict)
    values: list = dataclasses.field(default_factory=list)

    @property
    def ok(self):
        return self.code == "OK"

    def __getitem__(self, key):
        assert self.ok, f"{self.code} {self.reason}: {self.message}"
        return self.value[key]


class Schema:
    """Services, methods and messages by name."""

    def __init__(self, descriptor_set):
        self.pool, names = load_pool(descriptor_set)
        self.files = [self.pool.FindFileByName(n) for n in names]

    def services(self, package="derms.v1"):
        return [s for f in self.files if f.package == package for s in f.services_by_name.values()]

    def methods(self):
        """Every method of ours as (service descriptor, method descriptor)."""
        return [(s, m) for s in self.services() for m in s.methods]

    def method(self, name):
        service, rpc = name.split("/")
        return self.pool.FindServiceByName(f"derms.v1.{service}").FindMethodByName(rpc)

    def cls(self, descriptor):
        return message_factory.GetMessageClass(descriptor)

    def message(self, descriptor, fields):
        if isinstance(fields, bytes):
            return fields
        message = self.cls(descriptor)()
        json_format.ParseDict(fields, message, descriptor_pool=self.pool)
        return message

    def to_dict(self, message):
        return json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=self.pool)


class Api:
    """Calls of one caller to one service process."""

    def __init__(self, schema, address, ca_pem, token=None, client_cert=None):
        self.schema, self.token = schema, token
        key, cert = client_cert or (None, None)
        credentials = grpc.ssl_channel_credentials(ca_pem, key, cert)
        self.channel = grpc.secure_channel(address, credentials, options=[("grpc.enable_retries", 0)])

    def close(self):
        self.channel.close()

    def _metadata(self, extra):
        bearer = [("authorization", f"Bearer {self.token}")] if self.token else []
        return bearer + list(extra or [])

    def call(self, name, fields=None, timeout=20, metadata=None, wait_for_ready=False):
        """One unary call, or one message into a stream with the first answers read: returns an Answer.

        wait_for_ready: wait for a connection instead of failing without one. Only a call that waits moves a handshake on:
        a client that retries quickly would otherwise never connect again.
        """
        method = self.schema.method(name)
        path = f"/derms.v1.{name}"
        many = fields if isinstance(fields, list) else [fields or {}]
        requests = [self.schema.message(method.input_type, f) for f in many]
        write = lambda m: m if isinstance(m, bytes) else m.SerializeToString()  # noqa: E731
        read = self.schema.cls(method.output_type).FromString
        options = {"timeout": timeout, "metadata": self._metadata(metadata), "wait_for_ready": wait_for_ready}
        try:
            if method.client_streaming:
                stream = self.channel.stream_stream(path, write, read)(iter(requests), **options)
                values = [self.schema.to_dict(m) for m in stream]
            elif method.server_streaming:
                stream = self.channel.unary_stream(path, write, read)(requests[0], **options)
                values = [self.schema.to_dict(next(stream))]
                stream.cancel()
            else:
                values = [self.schema.to_dict(self.channel.unary_unary(path, write, read)(requests[0], **options))]
        except grpc.RpcError as error:
            return self._failure(error)
        for value in values:
            self._note_items(value)
        return Answer("OK", value=values[0] if values else {}, values=values)

    def stream(self, name, fields=None, timeout=None):
        """A server stream as an iterator of dictionaries; cancel() on the returned call ends it."""
        method = self.schema.method(name)
        call = self.channel.unary_stream(f"/derms.v1.{name}", lambda m: m.SerializeToString(),
                                         self.schema.cls(method.output_type).FromString)(
            self.schema.message(method.input_type, fields or {}), timeout=timeout, metadata=self._metadata(None))
        return call

    def _failure(self, error):
        answer = Answer(error.code().name, error.details() or "")
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._read_details(value, answer)
        in_front = IN_FRONT.match(answer.message)
        if not answer.reason and in_front:  # the gate's refusals cannot carry details
            answer.reason = in_front[1]
        ERRORS_SEEN.add((answer.code, answer.reason, answer.message))
        return answer

    @staticmethod
    def _note_items(value):
        for item in [*value.get("results", []), *value.get("rejected", [])]:
            for detail in item.get("error", {}).get("details", []):
                if detail["@type"].endswith("/google.rpc.ErrorInfo"):
                    ERRORS_SEEN.add((CODE_NAMES[item["error"]["code"]], detail["reason"], item["error"]["message"]))

    def _read_details(self, value, answer):
        status = self.schema.cls(self.schema.pool.FindMessageTypeByName("google.rpc.Status")).FromString(value)
        for detail in status.details:
            name = detail.type_url.rsplit("/", 1)[-1]
            message = self.schema.cls(self.schema.pool.FindMessageTypeByName(name)).FromString(detail.value)
            if name == "google.rpc.ErrorInfo":
                answer.reason, answer.metadata = message.reason, dict(message.metadata)
            elif name == "google.rpc.BadRequest":
                answer.violations = [(v.field, v.description) for v in message.field_violations]
