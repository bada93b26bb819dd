//! A shell command that plays the provider's part, with the source's own URL and way of signing.

use hookreel_contract::input::GenericHmacInput;
use hookreel_contract::views::SourceView;

/// The command, for those who sign in a way that fits into a few lines. Its secret is left to the person.
pub(super) fn signed_request(source: &SourceView) -> Option<String> {
    let url = &source.url;
    match (source.provider.as_str(), &source.generic) {
        ("stripe", _) => Some(stripe(url)),
        ("github", _) => Some(github(url)),
        ("generic_hmac", Some(generic)) => Some(generic_hmac(url, generic)),
        ("standard_webhooks", _) => Some(standard_webhooks(url)),
        _ => None,
    }
}

fn stripe(url: &str) -> String {
    format!(
        r#"SECRET='whsec_…'
BODY='{{"id":"evt_test_1","object":"event","type":"invoice.paid","data":{{"object":{{"id":"in_1"}}}}}}'
NOW=$(date +%s)
SIGNATURE=$(printf '%s.%s' "$NOW" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -hex | sed 's/^.* //')
curl -i '{url}' \
  -H "Stripe-Signature: t=$NOW,v1=$SIGNATURE" \
  -H 'Content-Type: application/json' -d "$BODY""#
    )
}

fn github(url: &str) -> String {
    format!(
        r#"SECRET='…'
BODY='{{"zen":"Keep it logically awesome.","hook_id":1}}'
SIGNATURE=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -hex | sed 's/^.* //')
curl -i '{url}' \
  -H "X-Hub-Signature-256: sha256=$SIGNATURE" \
  -H 'X-GitHub-Event: ping' -H "X-GitHub-Delivery: $(date +%s)-1" \
  -H 'Content-Type: application/json' -d "$BODY""#
    )
}

fn standard_webhooks(url: &str) -> String {
    format!(
        r#"SECRET='whsec_…'
BODY='{{"type":"invoice.paid","data":{{"id":"inv_1"}}}}'
NOW=$(date +%s); ID="msg_$NOW"
KEY=$(printf '%s' "${{SECRET#whsec_}}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
SIGNATURE=$(printf '%s.%s.%s' "$ID" "$NOW" "$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)
curl -i '{url}' \
  -H "webhook-id: $ID" -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIGNATURE" \
  -H 'Content-Type: application/json' -d "$BODY""#
    )
}

fn generic_hmac(url: &str, generic: &GenericHmacInput) -> String {
    let encode = match generic.encoding.as_str() {
        "base64" => "-binary | base64",
        "base64url" => "-binary | base64 | tr '+/' '-_'",
        _ => "-hex | sed 's/^.* //'",
    };
    let (header, prefix) = (&generic.header, &generic.prefix);
    let named = |name: &Option<String>, value: &str| {
        name.as_ref().map(|name| format!(" -H '{name}: {value}'")).unwrap_or_default()
    };
    let (event_id, event_type) =
        (named(&generic.event_id_header, "evt-1"), named(&generic.event_type_header, "invoice.paid"));
    format!(
        r#"SECRET='…'
BODY='{{"id":"evt-1","type":"invoice.paid"}}'
SIGNATURE=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET" {encode})
curl -i '{url}' \
  -H "{header}: {prefix}$SIGNATURE"{event_id}{event_type} \
  -H 'Content-Type: application/json' -d "$BODY""#
    )
}
