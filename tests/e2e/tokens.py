"""Tokens made by hand: right and wrong ones, which no library would sign. Keys of each kind that services accept."""
import base64
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER, AUDIENCE = "derms-admin", "derms"
MAX_TOKEN_BYTES = 4096


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def good_claims(subject, **changes):
    """Claims of a token that is accepted; a change to None leaves the claim out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now - 10, "exp": now + 3600, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def text_of(part):
    return part if isinstance(part, (str, bytes)) else json.dumps(part)


def compact(header, payload, signature):
    """A token of three parts as they are: header and payload as objects or as text, the signature as bytes."""
    return f"{b64(text_of(header))}.{b64(text_of(payload))}.{b64(signature)}"


class SigningKey:
    """A private key under a key id; `algorithm` is ES256, RS256 or EdDSA."""

    def __init__(self, algorithm, kid, private=None):
        make = {"ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate,
                "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.algorithm, self.kid, self.private = algorithm, kid, private or make[algorithm]()

    def header(self, **changes):
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **changes}
        return {name: value for name, value in header.items() if value is not None}

    def jwk(self):
        public = self.private.public_key()
        if self.algorithm == "RS256":
            numbers = public.public_numbers()
            key = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        elif self.algorithm == "EdDSA":
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            key = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
        else:
            numbers = public.public_numbers()
            key = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        return {"kid": self.kid, "alg": self.algorithm, "use": "sig", **key}

    def public_pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign_der(self, text):
        return self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256()))

    def sign(self, text):
        if self.algorithm == "RS256":
            return self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "EdDSA":
            return self.private.sign(text.encode())
        r, s = decode_dss_signature(self.sign_der(text))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, payload, header=None):
        """Rightly signed, whatever header and payload say."""
        text = f"{b64(text_of(header or self.header()))}.{b64(text_of(payload))}"
        return f"{text}.{b64(self.sign(text))}"
