"""The matrix of forged and malformed credentials (R30): what is sent, and the reason under which it must be counted.

The reason is never told to the caller. Every token names admin-1, so that one which got through would be obeyed.
"""
import dataclasses
import hashlib
import hmac
import json
import time

from tokens import MAX_TOKEN_BYTES, SigningKey, b64, compact, good_claims

SUBJECT = "admin-1"
YEAR = 365 * 86400


@dataclasses.dataclass
class Forgery:
    name: str
    headers: list  # values of the authorization header, one or more
    reason: str


class Forger:
    """Makes the matrix from the keys that services know; `url` leads to a listener that must never be called."""

    def __init__(self, es, other_es, rsa, ed, url):
        self.es, self.other_es, self.rsa, self.ed, self.url = es, other_es, rsa, ed, url
        self.foreign = SigningKey("ES256", es.kid)  # of another environment, under a kid that is known here too

    def all(self):
        tokens = {**self.times(), **self.algorithms(), **self.key_ids(), **self.headers(), **self.claims(),
                  **self.payloads(), **self.shapes(), **self.signatures()}
        forgeries = [Forgery(name, [f"Bearer {token}"], reason) for name, (token, reason) in tokens.items()]
        return forgeries + self.schemes()

    def good(self):
        return self.es.token(good_claims(SUBJECT))

    def claiming(self, **claims):
        return self.es.token(good_claims(SUBJECT, **claims))

    def headed(self, **header):
        return self.es.token(good_claims(SUBJECT), self.es.header(**header))

    def times(self):
        now = int(time.time())
        future, forever = "TOKEN_NOT_YET_VALID", "TOKEN_LIFETIME"
        cases = {
            "expired a second ago": (self.claiming(exp=now - 1), "TOKEN_EXPIRED"),
            "expired in 1970": (self.claiming(exp=0), "TOKEN_EXPIRED"),
            "nbf ahead": (self.claiming(nbf=now + 120), future),
            "iat ahead": (self.claiming(iat=now + 120), future),
            "iat far ahead": (self.claiming(iat=now + YEAR, exp=now + YEAR + 60), future),
            "lives for a year": (self.claiming(exp=now + YEAR), forever),
            "iat long ago": (self.claiming(iat=1), forever),
            "no exp": (self.claiming(exp=None), "TOKEN_CLAIMS"),
        }
        for name, value in {"text": f"{now + 60}", "true": True, "list": [now + 60], "negative": -1, "2^63-1": 2**63 - 1,
                            "2^64": 2**64}.items():
            cases[f"exp is {name}"] = (self.claiming(exp=value), "TOKEN_CLAIMS")
        for value in ("1e99", "1e999", "null"):
            payload = json.dumps(good_claims(SUBJECT, exp=0)).replace('"exp": 0', f'"exp": {value}')
            cases[f"exp is {value}"] = (self.es.token(payload), "TOKEN_CLAIMS")
        return cases

    def algorithms(self):
        wrong = "TOKEN_ALGORITHM"
        cases = {f"alg {alg!r}, not signed": (compact(self.es.header(alg=alg), good_claims(SUBJECT), b""), wrong)
                 for alg in ("none", "None", "nOnE", "NONE", "")}
        secrets = {"PEM": self.rsa.public_pem(), "modulus": self.rsa.jwk()["n"].encode(),
                   "JWK": json.dumps(self.rsa.jwk()).encode()}
        for name, secret in secrets.items():
            cases[f"RS to HS, public {name} as secret"] = (self.signed_with_public_key(secret), wrong)
        cases.update({
            "alg in lower case": (self.headed(alg="es256"), wrong),
            "alg a list": (self.headed(alg=["ES256"]), wrong),
            "no alg": (self.headed(alg=None), wrong),
            "EC key, alg RS256": (self.headed(alg="RS256"), wrong),
            "EC key, alg HS256": (self.headed(alg="HS256"), wrong),
            "RSA key, alg ES256": (self.rsa.token(good_claims(SUBJECT), self.rsa.header(alg="ES256")), wrong),
            "RSA key, alg PS256": (self.rsa.token(good_claims(SUBJECT), self.rsa.header(alg="PS256")), wrong),
            "RSA signature as the EC key's": (self.rsa.token(good_claims(SUBJECT), self.es.header()), "TOKEN_SIGNATURE"),
            "EC signature as the RSA key's": (self.es.token(good_claims(SUBJECT), self.rsa.header()), "TOKEN_SIGNATURE"),
            "EC signature as Ed25519's": (self.es.token(good_claims(SUBJECT), self.ed.header()), "TOKEN_SIGNATURE"),
        })
        return cases

    def signed_with_public_key(self, secret):
        text = f"{b64(json.dumps(self.rsa.header(alg='HS256')))}.{b64(json.dumps(good_claims(SUBJECT)))}"
        return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    def key_ids(self):
        unknown = "TOKEN_KEY_UNKNOWN"
        return {
            "kid of another valid key": (self.headed(kid=self.other_es.kid), "TOKEN_SIGNATURE"),
            "no kid": (self.headed(kid=None), "TOKEN_HEADER"),
            "kid a number": (self.headed(kid=1), "TOKEN_HEADER"),
            "kid empty": (self.headed(kid=""), unknown),
            "kid unknown": (self.headed(kid="other"), unknown),
            "kid in other case": (self.headed(kid=self.es.kid.swapcase()), unknown),
            "kid with NUL": (self.headed(kid=self.es.kid + "\0"), unknown),
            "kid a path": (self.headed(kid="../../../../dev/null"), unknown),
            "kid SQL": (self.headed(kid="x' UNION SELECT 'k' --"), unknown),
            "kid a command": (self.headed(kid="$(reboot)`reboot`"), unknown),
            "kid a URL": (self.headed(kid=f"{self.url}/jwks.json"), unknown),
            "kid huge": (self.headed(kid="k" * MAX_TOKEN_BYTES), "TOKEN_TOO_LARGE"),
        }

    def headers(self):
        refused, malformed = "TOKEN_HEADER", "TOKEN_MALFORMED"
        twice = f'{{"alg":"none","kid":"{self.es.kid}","alg":"ES256"}}'
        return {
            "jku": (self.headed(jku=f"{self.url}/jwks.json"), refused),
            "x5u": (self.headed(x5u=f"{self.url}/cert.pem"), refused),
            "x5c": (self.headed(x5c=["AAAA"]), refused),
            "own key in jwk": (self.foreign.token(good_claims(SUBJECT), self.foreign.header(jwk=self.foreign.jwk())), refused),
            "crit": (self.headed(crit=["b64"], b64=False), refused),
            "crit empty": (self.headed(crit=[]), refused),
            "typ of another kind": (self.headed(typ="dpop+jwt"), "TOKEN_TYPE"),
            "typ empty": (self.headed(typ=""), "TOKEN_TYPE"),
            "typ a number": (self.headed(typ=1), "TOKEN_TYPE"),
            "alg twice": (self.es.token(good_claims(SUBJECT), twice), malformed),
            "header a list": (self.es.token(good_claims(SUBJECT), "[]"), malformed),
            "header no JSON": (self.es.token(good_claims(SUBJECT), "ES256"), malformed),
            "header with a trailing comma": (self.es.token(good_claims(SUBJECT), '{"alg":"ES256",}'), malformed),
        }

    def claims(self):
        audience, subject = "TOKEN_AUDIENCE", "TOKEN_SUBJECT"
        return {
            "iss wrong": (self.claiming(iss="https://other.test"), "TOKEN_ISSUER"),
            "iss with a slash": (self.claiming(iss="derms-admin/"), "TOKEN_ISSUER"),
            "iss missing": (self.claiming(iss=None), "TOKEN_ISSUER"),
            "iss a list": (self.claiming(iss=["derms-admin"]), "TOKEN_CLAIMS"),
            "aud wrong": (self.claiming(aud="billing"), audience),
            "aud longer": (self.claiming(aud="derms2"), audience),
            "aud in capitals": (self.claiming(aud="DERMS"), audience),
            "aud missing": (self.claiming(aud=None), audience),
            "aud list without derms": (self.claiming(aud=["billing", "mail"]), audience),
            "aud list empty": (self.claiming(aud=[]), audience),
            "aud list with a number": (self.claiming(aud=["derms", 1]), audience),
            "aud an object": (self.claiming(aud={"derms": 1}), audience),
            "sub missing": (self.claiming(sub=None), subject),
            "sub empty": (self.claiming(sub=""), subject),
            "sub a number": (self.claiming(sub=1), subject),
            "sub a list": (self.claiming(sub=[SUBJECT]), subject),
            "sub of 256 bytes": (self.claiming(sub="a" * 256), subject),
            "sub with a space": (self.claiming(sub="admin-1 "), subject),
            "sub with a line end": (self.claiming(sub="admin-1\n"), subject),
            "sub with NUL": (self.claiming(sub="admin-1\0"), subject),
            "sub with a look-alike letter": (self.claiming(sub="аdmin-1"), subject),
            "jti a number": (self.claiming(jti=1), "TOKEN_CLAIMS"),
            "jti empty": (self.claiming(jti=""), "TOKEN_CLAIMS"),
        }

    def payloads(self):
        bad = "TOKEN_CLAIMS"
        claims = json.dumps(good_claims("nobody-1"))
        return {
            "sub twice": (self.es.token(claims[:-1] + f', "sub": "{SUBJECT}"}}'), bad),
            "payload a list": (self.es.token("[]"), bad),
            "payload no JSON": (self.es.token(f"sub={SUBJECT}"), bad),
            "payload no UTF-8": (self.es.token(b'{"sub":"\xff"}'), bad),
            "payload nested deep": (self.es.token("[" * 1000), bad),
            "payload empty": (self.es.token(""), bad),
            "payload huge": (self.claiming(pad="p" * MAX_TOKEN_BYTES), "TOKEN_TOO_LARGE"),
            "payload of another token": (self.with_other_payload(), "TOKEN_SIGNATURE"),
        }

    def with_other_payload(self):
        header, _, signature = self.es.token(good_claims("nobody-1")).split(".")
        return f"{header}.{b64(json.dumps(good_claims(SUBJECT)))}.{signature}"

    def shapes(self):
        malformed = "TOKEN_MALFORMED"
        good = self.good()
        header, payload, signature = good.split(".")
        unused_bits = {"A": "B", "Q": "R", "g": "h", "w": "x"}[good[-1]]  # 64 bytes leave four of them
        return {
            "one part": (header, malformed),
            "two dots only": ("..", malformed),
            "no second dot": (f"{header}.{payload}", malformed),
            "four parts": (f"{good}.{signature}", malformed),
            "five parts, as encrypted": (f"{good}.a.b", malformed),
            "trailing dot": (f"{good}.", malformed),
            "leading dot": (f".{good}", malformed),
            "no header": (f".{payload}.{signature}", malformed),
            "no payload": (f"{header}..{signature}", "TOKEN_SIGNATURE"),
            "padded": (f"{good}==", malformed),
            "stray bits in the last character": (good[:-1] + unused_bits, malformed),
            "space inside": (f"{header}. {payload}.{signature}", malformed),
            "standard alphabet": (f"{header}.{payload}.+/{signature[2:]}", malformed),
            "two tokens": (f"{good},{good}", malformed),
            "quoted": (f'"{good}"', malformed),
            "garbage": ("!!!!", malformed),
        }

    def signatures(self):
        wrong = "TOKEN_SIGNATURE"
        text = self.good().rsplit(".", 1)[0]
        right = self.es.sign(text)
        zero, above = bytes(32), b"\xff" * 32  # above: more than the order of the group

        def signed(signature):
            return f"{text}.{b64(signature)}", wrong

        def unsigned(key, signature):
            return compact(key.header(), good_claims(SUBJECT), signature), wrong

        return {
            "signature empty": (f"{text}.", wrong), "signature garbage": signed(b"x" * 64),
            "zero r and s": signed(zero + zero), "zero r": signed(zero + right[32:]), "zero s": signed(right[:32] + zero),
            "r and s above the order": signed(above + above),
            "s and r": signed(right[32:] + right[:32]), "one bit": signed(right[:10] + bytes([right[10] ^ 1]) + right[11:]),
            "a byte short": signed(right[:63]), "a byte long": signed(right + b"\0"),
            "signature as ASN.1": signed(self.es.sign_der(text)),
            "key of another environment": (self.foreign.token(good_claims(SUBJECT)), wrong),
            "RSA zero": unsigned(self.rsa, bytes(256)), "RSA empty": unsigned(self.rsa, b""),
            "Ed25519 zero": unsigned(self.ed, bytes(64)), "Ed25519 empty": unsigned(self.ed, b""),
        }

    def schemes(self):
        good, repeated, scheme = self.good(), "AUTHORIZATION_REPEATED", "AUTHORIZATION_SCHEME"
        return [
            Forgery("header twice", [f"Bearer {good}"] * 2, repeated),
            Forgery("header twice, the second good", ["Bearer x", f"Bearer {good}"], repeated),
            Forgery("scheme Basic", [f"Basic {b64('admin-1:admin')}"], scheme),
            Forgery("token without scheme", [good], scheme),
            Forgery("scheme glued to the token", [f"Bearer{good}"], scheme),
            Forgery("scheme alone", ["Bearer"], scheme),
            Forgery("header empty", [""], scheme),
            Forgery("scheme of a cousin", [f"DPoP {good}"], scheme),
            Forgery("two spaces", [f"Bearer  {good}"], "TOKEN_MALFORMED"),
        ]
