"""Vectors of the providers that have no library of their own for Node.js: computed with nothing but Python's
hmac module, and once the package cryptography. Where the provider has a library for Python, it has accepted them.
Usage: pip install -r requirements.txt && python3 vectors.py <folder for the vectors>"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import sys
import zlib
from importlib.metadata import version
from unittest import mock

FOLDER = pathlib.Path(sys.argv[1])
SENT_AT = 1763892600
SENT_AT_TEXT = "2025-11-23T10:10:00Z"
URL = "https://hooks.example.com/in/abc?tenant=7"
COMPUTED = "computed independently, no official library"


def mac(secret, text, digest=hashlib.sha256):
    key = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.new(key, text.encode(), digest)


def b64(octets):
    return base64.b64encode(octets).decode()


class Then(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(SENT_AT + 3, tz)


def accepted(package, accepts, good, **bad):
    """The origin of what a library accepts, once it has refused each of the others."""
    def asked(arguments):
        # The libraries compare times with the clock.
        with mock.patch("time.time", lambda: SENT_AT + 3), mock.patch("standardwebhooks.webhooks.datetime", Then):
            return accepts(*arguments)

    assert asked(good), f"{package} refuses it"
    for what, arguments in bad.items():
        try:
            verdict = asked(arguments)
        except Exception as problem:
            print(f"{package} on {what}: {problem!r}")
            verdict = False
        assert not verdict, f"{package} accepts {what}"
    refused = " and ".join(what.replace("_", " ") for what in bad)
    return f"accepted by PyPI {package} {version(package)}, which refuses {refused}"


SEEN = set()


def vector(provider, headers, body, *, secret="a secret", another_secret="another", rule=None, origin=COMPUTED,
           signed_at=None, tolerance_seconds=300, signature_header="", tamper="every_octet", keys=(), verdict="verified",
           event_id=None, event_type=None, items=()):
    whole = {
        "origin": origin,
        "rule": {"provider": provider, **(rule or {})},
        "secret": secret,
        "another_secret": another_secret,
        "now": SENT_AT + 3,
        "signed_at": signed_at,
        "tolerance_seconds": tolerance_seconds,
        "signature_header": next(iter(headers), None) if signature_header == "" else signature_header,
        "tamper": tamper,
        "request": {"method": "POST", "url": URL, "headers": list(map(list, headers.items())), "body": body},
        "keys": [list(key) for key in keys],
        "expect": {"verdict": verdict, "event_id": event_id, "event_type": event_type, "items": [list(item) for item in items]},
    }
    file = FOLDER / f"{provider}.json"
    earlier = json.loads(file.read_text()) if provider in SEEN else []
    SEEN.add(provider)
    file.write_text(json.dumps([*earlier, whole], indent=1, ensure_ascii=False) + "\n")


def hexed(provider, header, body, *, prefix="", digest=hashlib.sha256, headers=None, secret="a secret", **more):
    signature = prefix + mac(secret, body, digest).hexdigest()
    vector(provider, {header: signature, **(headers or {})}, body, secret=secret, **more)


def based(provider, header, body, *, prefix="", headers=None, secret="a secret", **more):
    signature = prefix + b64(mac(secret, body).digest())
    vector(provider, {header: signature, **(headers or {})}, body, secret=secret, **more)


# --- time and body
body = '{"type":"zen:event-type:ticket.created","detail":{"id":"1","subject":"Grüße"}}'
vector("zendesk", {"X-Zendesk-Webhook-Signature": b64(mac("a secret", SENT_AT_TEXT + body).digest()),
                   "X-Zendesk-Webhook-Signature-Timestamp": SENT_AT_TEXT, "X-Zendesk-Webhook-Invocation-Id": "01GQ8"},
       body, signed_at=SENT_AT, event_id="01GQ8", event_type="zen:event-type:ticket.created")
body = '{"event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/E/invitees/I"}}'
vector("calendly", {"Calendly-Webhook-Signature": f"t={SENT_AT},v1=" + mac("a secret", f"{SENT_AT}.{body}").hexdigest()}, body,
       signed_at=SENT_AT, event_id="invitee.created https://api.calendly.com/scheduled_events/E/invitees/I", event_type="invitee.created")
body = '{"subscription":{"id":"f1c2","type":"channel.follow"},"event":{"user_name":"Grüße"}}'
time = "2025-11-23T10:10:00.634234626Z"
vector("twitch", {"Twitch-Eventsub-Message-Signature": "sha256=" + mac("s3cre7s3cre7", f"befa7b53{time}{body}").hexdigest(),
                  "Twitch-Eventsub-Message-Id": "befa7b53", "Twitch-Eventsub-Message-Timestamp": time,
                  "Twitch-Eventsub-Message-Type": "notification", "Twitch-Eventsub-Subscription-Type": "channel.follow"},
       body, secret="s3cre7s3cre7", signed_at=SENT_AT, tolerance_seconds=600, event_id="befa7b53", event_type="channel.follow")

import increase

body = '{"id":"event_1","associated_object_id":"account_1","associated_object_type":"account","category":"account.created","created_at":"2025-11-23T10:10:00Z","type":"event"}'
message = "event_2KWPBgLlAfxdpx2AI54pPJ85f4W"
secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
headers = {"webhook-signature": "v1," + b64(mac(secret, f"{message}.{SENT_AT}.{body}").digest()), "webhook-id": message, "webhook-timestamp": str(SENT_AT)}


def unwraps(body, secret):
    """The secret as the library itself takes it from the environment."""
    return increase.Increase(api_key="x", webhook_secret=secret).events.unwrap(body, headers=headers)


vector("increase", headers, body, secret=secret, another_secret="another", signed_at=SENT_AT, event_id=message, event_type="account.created",
       origin=accepted("increase", unwraps, (body, secret), the_body_changed=(body.replace("account_1", "account_2"), secret),
                       another_secret=(body, "another")))

# --- the body in hexadecimal
hexed("intercom", "X-Hub-Signature", '{"type":"notification_event","id":"notif_1","topic":"user.created","data":{}}',
      prefix="sha1=", digest=hashlib.sha1, event_id="notif_1", event_type="user.created")
body = '{"event":{"id":"01BWEFN7C9WOIV4N9AQ3M4RJCA","event_type":"incident.triggered","data":{}}}'
hexed("pagerduty", "X-PagerDuty-Signature", body, prefix="v1=" + "0" * 64 + ",v1=",
      event_id="01BWEFN7C9WOIV4N9AQ3M4RJCA", event_type="incident.triggered")
hexed("dropbox", "X-Dropbox-Signature", '{"list_folder":{"accounts":["dbid:AAH4f99"]}}', event_type="accounts.changed")
hexed("bitbucket", "X-Hub-Signature", "Hello World!", prefix="sha256=", secret="It's a Secret to Everybody",
      origin="the example of Atlassian's documentation, computed again",
      headers={"X-Request-UUID": "b4f5b1d1", "X-Event-Key": "repo:push"}, event_id="b4f5b1d1", event_type="repo:push")
hexed("jira", "X-Hub-Signature", '{"timestamp":1,"webhookEvent":"jira:issue_updated","issue":{"key":"A-1"}}', prefix="sha256=",
      headers={"X-Atlassian-Webhook-Identifier": "w-1"}, event_id="w-1", event_type="jira:issue_updated")
hexed("vercel", "x-vercel-signature", '{"id":"uev_1","type":"deployment.created","payload":{}}', digest=hashlib.sha1,
      event_id="uev_1", event_type="deployment.created")
hexed("paystack", "x-paystack-signature", '{"event":"charge.success","data":{"id":302961}}', digest=hashlib.sha512,
      secret="sk_test_hookreel", event_type="charge.success")
hexed("sentry", "Sentry-Hook-Signature", '{"action":"created","data":{"issue":{"id":"1"}}}',
      headers={"Request-ID": "d8b7c5", "Sentry-Hook-Resource": "issue"}, event_id="d8b7c5", event_type="issue.created")
hexed("asana", "X-Hook-Signature",
      '{"events":[{"action":"changed","resource":{"gid":"1","resource_type":"task"}},{"action":"added","resource":{"gid":"2","resource_type":"story"}}]}',
      items=[(None, "task.changed"), (None, "story.added")])
hexed("generic_hmac", "X-Sig", '{"id":7,"kind":"order.created"}', rule={"header": "X-Sig", "event_id_pointer": "/id", "event_type_pointer": "/kind"},
      event_id="7", event_type="order.created")

# --- the body in Base64
based("typeform", "Typeform-Signature", '{"event_id":"LtWXD3crgy","event_type":"form_response"}', prefix="sha256=",
      event_id="form_response:LtWXD3crgy", event_type="form_response")
based("woocommerce", "X-WC-Webhook-Signature", '{"id":12,"status":"processing"}',
      headers={"X-WC-Webhook-Delivery-ID": "abc", "X-WC-Webhook-Topic": "order.created"}, event_type="order.created")
body = '{"events":[{"resourceId":"717f2bfc","eventDateUtc":"2025-11-23T10:10:00.100","eventType":"UPDATE","eventCategory":"CONTACT"}],"firstEventSequence":3,"lastEventSequence":3,"entropy":"S0m3"}'
based("xero", "x-xero-signature", body, event_id="717f2bfc:2025-11-23T10:10:00.100", event_type="CONTACT.UPDATE",
      items=[("717f2bfc:2025-11-23T10:10:00.100", "CONTACT.UPDATE")])
body = '{"event":"envelope-completed","configurationId":10397,"generatedDateTime":"2025-11-23T10:10:00.123Z","data":{"envelopeId":"f1ae"}}'
vector("docusign", {"X-DocuSign-Signature-2": b64(mac("a secret", body).digest()), "X-DocuSign-Signature-1": b64(mac("an old secret", body).digest())},
       body, event_id="10397:f1ae:envelope-completed:2025-11-23T10:10:00.123Z", event_type="envelope-completed", signature_header="numbered")
body = '{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create"},{"name":"Vendor","id":"1","operation":"Create"}]}}]}'
based("quickbooks", "intuit-signature", body, items=[(None, "Customer.Create"), (None, "Vendor.Create")])
based("quickbooks", "intuit-signature", '[{"specversion":"1.0","id":"e1","source":"intuit.dsnBgb","type":"qbo.customer.created.v1","intuitentityid":"1"}]',
      event_id="intuit.dsnBgb:e1", event_type="qbo.customer.created.v1", items=[("intuit.dsnBgb:e1", "qbo.customer.created.v1")])

# --- a row of the source's own: every field of it
body = '{"at":1763892600,"what":"Grüße"}'
rule = {"header": "X-Sig", "format": "fields", "signature_field": "sig", "separator": ";", "digest": "sha512", "encoding": "base64url",
        "key_form": "hex", "timestamp_field": "when", "timestamp_unit": "ms", "signed": "v2:{timestamp}:{method}:{header:X-Id}:{json:/what}:{url}:{body}",
        "event_id_header": "X-Id", "event_type_pointer": "/what"}
text = f"v2:{SENT_AT}000:POST:id-1:Grüße:{URL}:{body}"
signature = base64.urlsafe_b64encode(mac(bytes.fromhex("00ff10"), text, hashlib.sha512).digest()).decode().rstrip("=")
vector("custom", {"X-Sig": f"when={SENT_AT}000;sig={signature}", "X-Id": "id-1"}, body, secret="00ff10", another_secret="00ff11", rule=rule,
       signed_at=SENT_AT, event_id="id-1", event_type="Grüße")
vector("custom", {"X-Sig": "one,two v3," + mac(hashlib.sha1(b"a secret").digest(), body, hashlib.sha1).hexdigest()}, body,
       rule={"header": "X-Sig", "format": "tagged", "signature_field": "v3", "digest": "sha1", "key_form": "sha1",
             "timestamp_pointer": "/at"}, signed_at=SENT_AT)

# --- tokens
AUTHENTICATED = {"verdict": "authenticated", "tamper": "not_covered"}
vector("gitlab", {"X-Gitlab-Token": "a secret", "X-Gitlab-Event": "Push Hook", "X-Gitlab-Event-UUID": "13792a34", "Idempotency-Key": "f5e5f430"},
       '{"object_kind":"push"}', event_id="f5e5f430", event_type="Push Hook", **AUTHENTICATED)
body = '{"eventType":"com.okta.event_hook","data":{"events":[{"uuid":"f790999f","eventType":"user.lifecycle.create"}]}}'
vector("okta", {"Authorization": "a secret"}, body, event_id="f790999f", event_type="user.lifecycle.create",
       items=[("f790999f", "user.lifecycle.create")], **AUTHENTICATED)
vector("okta", {"X-Okta-Hook": "a secret"}, body, rule={"header": "X-Okta-Hook"}, event_id="f790999f", event_type="user.lifecycle.create",
       items=[("f790999f", "user.lifecycle.create")], **AUTHENTICATED)
vector("telegram", {"X-Telegram-Bot-Api-Secret-Token": "a_secret"}, '{"update_id":10000,"message":{"message_id":1365}}', secret="a_secret",
       event_id="10000", event_type="message", **AUTHENTICATED)
basic = {"Authorization": "Basic " + b64(b"user:pass:word")}
vector("postmark", basic, '{"RecordType":"Delivery","MessageID":"883953f4","Recipient":"ada@example.com","DeliveredAt":"2025-11-23T10:10:00Z"}', secret="user:pass:word",
       another_secret="user:other", event_id="Delivery:883953f4:ada@example.com:2025-11-23T10:10:00Z", event_type="Delivery", **AUTHENTICATED)
vector("adobe_sign", {"X-AdobeSign-ClientId": "CBJCHBCAABAA"}, '{"webhookNotificationId":"n1","event":"AGREEMENT_CREATED"}', secret="CBJCHBCAABAA",
       event_id="n1", event_type="AGREEMENT_CREATED", **AUTHENTICATED)
vector("ebay", {}, '{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION"}}', another_secret=None,
       origin="nothing is verified: only eBay's own applications can fetch its keys", signature_header=None,
       verdict="unattempted", tamper="not_covered")

# --- in the body
from mailgun.security import SecurityGuard

token = "80a2e4ef7ad94a2c1c7ce1e0e1d9b2d1a0f7d3b2"
body = json.dumps({"signature": {"timestamp": str(SENT_AT), "token": token, "signature": mac("a secret", f"{SENT_AT}{token}").hexdigest()},
                   "event-data": {"id": "CPgfbmQMTCKtHW6uIWtuVe", "event": "delivered"}})
subaccount = json.dumps({"signature": {"timestamp": str(SENT_AT), "token": token, "signature": "0" * 64,
                                       "parent-signature": mac("a secret", f"{SENT_AT}{token}").hexdigest()},
                         "event-data": {"id": "CPgfbmQMTCKtHW6uIWtuVe", "event": "delivered"}})
good = ("a secret", token, str(SENT_AT), mac("a secret", f"{SENT_AT}{token}").hexdigest())
origin = accepted("mailgun", SecurityGuard.verify_webhook, good, another_token=(good[0], token[::-1], *good[2:]),
                  another_time=(*good[:2], str(SENT_AT + 1), good[3]), another_secret=("another", *good[1:]))
for sent in (body, subaccount):
    vector("mailgun", {}, sent, signed_at=SENT_AT, signature_header=None, event_id="CPgfbmQMTCKtHW6uIWtuVe", event_type="delivered",
           origin=origin, **AUTHENTICATED)

# --- a certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from OpenSSL import crypto
from paypalrestsdk import WebhookEvent

key = rsa.generate_private_key(65537, 2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(datetime.datetime(2025, 1, 1)).not_valid_after(datetime.datetime(2026, 1, 1)).sign(key, hashes.SHA256())
)
body = '{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"note":"Grüße"}}'
webhook_id = "1JE4291016473214C"
text = f"69cd13f0-d67a-11e5-baa3-778b53f4ae55|{SENT_AT_TEXT}|{webhook_id}|{zlib.crc32(body.encode())}"
url = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
signature = b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))


def verifies(webhook_id, body):
    """The library fetches the certificate: it gets this one, which no authority has signed."""
    with mock.patch.object(WebhookEvent, "_get_cert", lambda url: crypto.load_certificate(crypto.FILETYPE_PEM, pem)), \
         mock.patch.object(WebhookEvent, "_verify_certificate", lambda certificate: True):
        return WebhookEvent.verify("69cd13f0-d67a-11e5-baa3-778b53f4ae55", SENT_AT_TEXT, webhook_id, body, url, signature, "SHA256withRSA")


origin = accepted("paypalrestsdk", verifies, (webhook_id, body), the_body_changed=(webhook_id, body.replace("ß", "s")), another_webhook_id=("another", body))
vector("paypal", {"PAYPAL-TRANSMISSION-SIG": signature,
                  "PAYPAL-TRANSMISSION-ID": "69cd13f0-d67a-11e5-baa3-778b53f4ae55", "PAYPAL-TRANSMISSION-TIME": SENT_AT_TEXT,
                  "PAYPAL-CERT-URL": url, "PAYPAL-AUTH-ALGO": "SHA256withRSA"},
       body, secret=None, another_secret=None, rule={"webhook_id": webhook_id},
       keys=[(url, pem)], origin=f"{origin}; its check of the certificate's authorities left out",
       event_id="WH-2WR32451HC0233532-67976317FL4543714", event_type="PAYMENT.CAPTURE.COMPLETED")
print(len(SEEN), "providers")
