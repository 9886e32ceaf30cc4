"""Certificates made by hand: of the system's CA or another one, right and wrong."""
import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PRINCIPAL = "spiffe://derms/principal/"
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def pem_of(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Identity:
    """A certificate with its private key."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    @property
    def certificate_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def pair(self):
        """As grpc.ssl_channel_credentials wants them, key first."""
        return pem_of(self.key), self.certificate_pem


class Authority:
    """Whoever signs with this identity, whether it may or not."""

    def __init__(self, identity):
        self.identity = identity

    @classmethod
    def load(cls, folder):
        folder = pathlib.Path(folder)
        return cls(Identity(x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()),
                            serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)))

    @classmethod
    def new(cls, name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (builder(subject, subject, key, now() - DAY, now() + DAY)
                       .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True))
        return cls(Identity(certificate.sign(key, hashes.SHA256()), key))

    def issue(self, *names, common_name="client", usage=ExtendedKeyUsageOID.CLIENT_AUTH, begins=None, ends=None):
        """An identity with these subject alternative names; texts are URIs."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        it = (builder(subject, self.identity.certificate.subject, key, begins or now() - DAY, ends or now() + DAY)
              .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
              .add_extension(x509.ExtendedKeyUsage([usage]), critical=False))
        if names:
            uris = [x509.UniformResourceIdentifier(name) if isinstance(name, str) else name for name in names]
            it = it.add_extension(x509.SubjectAlternativeName(uris), critical=False)
        return Identity(it.sign(self.identity.key, hashes.SHA256()), key)

    def issue_server(self, **times):
        return self.issue(x509.DNSName("localhost"), common_name="localhost", usage=ExtendedKeyUsageOID.SERVER_AUTH, **times)


def builder(subject, issuer, key, begins, ends):
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends))


def self_signed(uri):
    """What somebody can make without any CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    it = builder(name, name, key, now() - DAY, now() + DAY).add_extension(
        x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
    return Identity(it.sign(key, hashes.SHA256()), key)
