"""The seeds of the fuzz targets, taken from the vectors. Usage: python3 corpus.py <vectors> <corpus>"""

import hashlib
import json
import pathlib
import sys

vectors, corpus = map(pathlib.Path, sys.argv[1:])


def seed(target, text):
    data = text.encode()
    write(target, hashlib.sha256(data).hexdigest()[:12], data)


def write(target, name, data):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def request(name, rule, headers, body="{}", method="POST", url="https://hooks.example.com/in/abc?tenant=7"):
    """A seed of the target `header`, as fuzz/README.md describes it."""
    lines = [json.dumps(rule, ensure_ascii=False), f"{method} {url}", *(f"{key}: {value}" for key, value in headers)]
    write("header", name, "\n".join([*lines, "", body]).encode())


def has(headers, name):
    return any(key.lower() == name.lower() for key, _ in headers)


def in_other_family(headers):
    """Standard Webhooks under the names that Svix gives its headers, and the other way round."""
    names = {"webhook-": "svix-", "svix-": "webhook-"}
    for family, other in names.items():
        if has(headers, family + "signature"):
            return [[key.replace(family, other), value] for key, value in headers]
    return None


for file in sorted(vectors.glob("*.json")):
    if file.stem == "handshakes":
        continue
    for number, vector in enumerate(json.loads(file.read_text()), 1):
        sent = vector["request"]
        headers = sent["headers"]
        if not has(headers, "Content-Type"):
            headers = [*headers, ["Content-Type", "application/json"]]
        name = file.stem if number == 1 else f"{file.stem}-{number}"
        request(name, vector["rule"], headers, sent["body"], sent["method"], sent["url"])
        if number == 1 and file.stem not in ("polar", "increase") and (others := in_other_family(headers)):
            request(f"{file.stem}-other-family", vector["rule"], others, sent["body"])
    vector = json.loads(file.read_text())[0]
    sent = vector["request"]
    if vector["signature_header"] is not None:
        seed("header", sent["headers"][0][1])
    seed("body", sent["body"])
    seed("rule", json.dumps(vector["rule"]))
    if vector["secret"]:
        seed("secret", vector["secret"])
    for _, document in vector["keys"]:
        seed("document", document)
for query in ["", "?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1", "?crc_token=MTYz", "?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53",
              "?challenge_code=a", "?validationToken=a%20b", "?challenge=a", "?bodySHA256=00", "?a=%ff&a", ":443/?#"]:
    seed("url", f"https://hooks.example.com{query}")
seed("rule", "v0:{timestamp}:{header:X-Id}:{json:/a/b}:{method}{url}{body}")

# Beside the vectors: handshakes that are read from a header.
HEX, BASE64 = "0f" * 32, "CA" * 21 + "A="
request("okta-handshake", {"provider": "okta"}, [["X-Okta-Verification-Challenge", "abc"]], "", "GET")
request("asana-handshake", {"provider": "asana"}, [["X-Hook-Secret", "b537207f20cbfa02357cf448134da559"]])
request("adobe_sign-handshake", {"provider": "adobe_sign"}, [["X-AdobeSign-ClientId", "CBJCHBCAABAA"]], "", "GET")
request("github-handshake", {"provider": "github"},
        [["X-Hub-Signature-256", f"sha256={HEX}"], ["X-GitHub-Delivery", "1"], ["X-GitHub-Event", "ping"]])
for kind in ["webhook_callback_verification", "revocation"]:
    request(f"twitch-{kind}", {"provider": "twitch"},
            [["Twitch-Eventsub-Message-Signature", f"sha256={HEX}"], ["Twitch-Eventsub-Message-Id", "1"],
             ["Twitch-Eventsub-Message-Timestamp", "2025-11-23T10:10:00.634234626Z"],
             ["Twitch-Eventsub-Message-Type", kind]], '{"challenge":"pogchamp-kappa-360noscope-vod"}')

# Ways of writing that no vector has.
OWN = {"provider": "custom", "header": "X-Sig"}
request("custom-numbered",
        OWN | {"header": "X-Sig-", "format": "numbered", "prefix": "k=", "encoding": "base64", "timestamp_header": "X-Time",
               "timestamp_unit": "s_or_ms", "signed": "{timestamp}{body}"},
        [["X-Sig-1", f"k={BASE64}"], ["X-Sig-2", "k="], ["X-Time", "1763892600000"], ["Content-Type", "text/plain"]])
request("custom-tagged",
        OWN | {"format": "tagged", "signature_field": "v3", "timestamp_header": "X-Time", "timestamp_unit": "rfc3339",
               "signed": "{timestamp}{header:X-Id}{body}"},
        [["X-Sig", f"v3,{HEX} v2,{HEX} v3"], ["X-Time", "2025-11-23T11:10:00+01:00"], ["X-Id", "id-1"]])
request("custom-base64url",
        OWN | {"prefix": "v0=", "encoding": "base64url", "event_id_header": "X-Id", "event_type_header": "X-Type"},
        [["X-Sig", f"v0={BASE64.replace('+', '-').replace('/', '_')}"], ["X-Id", "Grüße"], ["X-Type", "a\tb"]])
request("custom-body-many-times", OWN | {"signed": "{body}" * 85}, [["X-Sig", HEX]], "ab" * 50)
request("standard_webhooks-many-v1a", {"provider": "standard_webhooks"},
        [["webhook-signature", " ".join(["v1a," + "CA" * 42 + "CA=="] * 100)], ["webhook-id", "1"],
         ["webhook-timestamp", "1763892600"]])
request("docusign-numbers", {"provider": "docusign"},
        [[f"X-DocuSign-Signature-{number}", BASE64] for number in ["", "0", "1", "+2", "007", "100", "101", "256", "1x"]])
request("pagerduty-many", {"provider": "pagerduty"}, [["X-PagerDuty-Signature", ",".join([f"v1={HEX}"] * 120)]])
request("standard_webhooks-many", {"provider": "standard_webhooks"},
        [["webhook-signature", " ".join([f"v1,{BASE64}", f"v1a,{BASE64}", "v1,", ",", "v1"] * 30)],
         ["webhook-id", "msg.1"], ["webhook-timestamp", "1763892600"]])
request("slack-twice", {"provider": "slack"},
        [["X-Slack-Signature", f"v0={HEX}"], ["X-Slack-Request-Timestamp", "1763892600"],
         ["x-slack-request-timestamp", "1763892601"]])
request("stripe-pairs", {"provider": "stripe"},
        [["Stripe-Signature", f"t=1763892600, t=1 ,v1={HEX},v1=,=,v1={HEX[:-1]},v0={HEX},v1"]])
request("twilio-settings", {"provider": "twilio"},
        [["X-Twilio-Signature", BASE64], ["X-Twilio-Webhooks-Signature-Settings", "key=1, algorithm=HMAC_SHA256,algorithm="],
         ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"]], "b=2&a=1&b=1&b=2&c=",
        url="https://[::1]:/a?q=O'Brien+%26&q=%ff#x")
request("paypal-algorithm", {"provider": "paypal", "webhook_id": "1JE4291016473214C"},
        [["PAYPAL-TRANSMISSION-SIG", BASE64], ["PAYPAL-TRANSMISSION-ID", "a|b"],
         ["PAYPAL-TRANSMISSION-TIME", "2025-11-23T10:10:00Z"], ["PAYPAL-AUTH-ALGO", "SHA1withRSA"],
         ["PAYPAL-CERT-URL", "https://api.paypal.com/v1/notifications/certs/../CERT-1"]])
request("adobe_io-path", {"provider": "adobe_io", "client_id": "4798307651fb4b7c9cb9b2e7"},
        [["x-adobe-digital-signature-1", BASE64], ["x-adobe-public-key1-path", "/prod/keys/pub-key-.pem"],
         ["x-adobe-event-id", ""], ["x-adobe-event-code", " "]])
request("plaid-token", {"provider": "plaid", "client_id": "5c0ae2d1b4e9a20012345678"},
        [["Plaid-Verification", "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uL2sifQ..."]])
request("monday-bearer", {"provider": "monday"},
        [["Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9.AAAA"]])
request("postmark-basic", {"provider": "postmark"}, [["Authorization", "bASIC  dXNlcg"]])

# Times at the ends of what is one.
for number, time in enumerate(["9999-12-31T23:59:59.999999999-23:59", "0000-01-01T00:00:00+23:59", "2016-12-31T23:59:60Z",
                               "2025-02-29T24:00:00Z", "2025-11-23t10:10:00.123456789012345678901234567890z",
                               "2025-11-23T10:10:00+99:99"], 1):
    request(f"zendesk-time-{number}", {"provider": "zendesk"},
            [["X-Zendesk-Webhook-Signature", BASE64], ["X-Zendesk-Webhook-Signature-Timestamp", time],
             ["X-Zendesk-Webhook-Invocation-Id", "1"]])
for number, time in enumerate(["999999999999", "9999999999999", "999999999999999", "9999999999999999", "-1", "+1763892600",
                               "1763892600.5", "\u0661\u0662\u0663", ""], 1):
    for provider, signature, stamp, value in [
            ("zoom", "x-zm-signature", "x-zm-request-timestamp", f"v0={HEX}"),
            ("hubspot", "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp", BASE64),
            ("webflow", "x-webflow-signature", "x-webflow-timestamp", HEX),
            ("telnyx", "telnyx-signature-ed25519", "telnyx-timestamp", "CA" * 42 + "CA=="),
            ("discord", "X-Signature-Ed25519", "X-Signature-Timestamp", HEX * 2)]:
        request(f"{provider}-time-{number}", {"provider": provider}, [[signature, value], [stamp, time]])
