"""The judge of errors is judged; and gRPC answers by itself as docs/errors.md says."""
import pytest

from error_hygiene import defects_of


@pytest.mark.parametrize("error", [
    ("NOT_FOUND", "NO_SUCH_REASON", "x"), ("INTERNAL", "DER_NOT_FOUND", "another code"), ("UNKNOWN", "", "no reason"),
    ("INTERNAL", "TOKEN_SIGNATURE", "for operators only"), ("NOT_FOUND", "DER_NOT_FOUND", "see /usr/lib/x.so"),
    ("ABORTED", "LOCKED", "SELECT 1 FROM der")])
def test_a_planted_defect_is_found(error):
    assert defects_of({error})
    assert not defects_of({("NOT_FOUND", "DER_NOT_FOUND", "no DER X is registered"), ("UNAVAILABLE", "", "Socket closed")})


@pytest.mark.parametrize("bytes_sent", (b"\x0a\x01\xff", b"\x0a\x7fshort", b"\xff\xff\xff"))
def test_bytes_that_are_no_message_are_unimplemented_without_a_message(system, bytes_sent):
    answer = system.api("RegistryService", "admin-1").call("RegistryService/GetDer", bytes_sent)
    assert (answer.code, answer.reason, answer.message) == ("UNIMPLEMENTED", "", "")


def test_a_stream_ends_at_bytes_that_are_no_message(system, new_der):
    api, good = system.api("RegistryService", "admin-1"), {"items": [{"der_id": new_der(), "status": "DER_STATUS_ONLINE"}]}
    answer = api.call("RegistryService/UpdateDerStatuses", [good, b"\x0a\x01\xff", good])
    assert answer.ok and len(answer.values) == 1


@pytest.mark.parametrize("fields, metadata", [(b"\x0a\x80\x80\x80\x02" + b"A" * (4 << 20), []),
                                              ({}, [("x-large", "A" * (17 << 10))])])
def test_more_than_the_limits_is_resource_exhausted(system, fields, metadata):
    api = system.api("RegistryService", token=system.token("admin-1"))  # of its own: the service may close the connection
    answer = api.call("RegistryService/GetDer", fields, metadata=metadata)
    api.close()
    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "")
