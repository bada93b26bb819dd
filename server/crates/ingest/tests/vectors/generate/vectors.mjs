// Vectors of the providers that have a library of their own: the library has signed the request, or
// has accepted it. What a library would fetch or build when it is installed is not needed.
// Usage: npm install --ignore-scripts && node vectors.mjs <folder for the vectors>

import assert from 'node:assert';
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';

const require = createRequire(import.meta.url);
const folder = process.argv[2];
const SENT_AT = 1763892600;
const URL_ = 'https://hooks.example.com/in/abc?tenant=7';

// The libraries compare times with the clock.
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) { super(...(args.length ? args : [SENT_AT * 1000])); }
  static now() { return SENT_AT * 1000; }
};

const version = (name) => {
  let dir = path.join(path.dirname(new URL(import.meta.url).pathname), 'node_modules', name);
  return `npm ${name} ${JSON.parse(fs.readFileSync(path.join(dir, 'package.json'))).version}`;
};
const hmac = (digest, key, text, encoding) => crypto.createHmac(digest, key).update(text).digest(encoding);

async function vector(provider, v, accepts) {
  assert.ok(await accepts(), `${provider}: the library refuses it`);
  const { secret = null, another_secret = null, rule = {}, headers, body, expect, origin } = v;
  const whole = {
    origin,
    rule: { provider, ...rule },
    secret, another_secret,
    now: v.now ?? SENT_AT + 3,
    signed_at: v.signed_at === undefined ? SENT_AT : v.signed_at,
    tolerance_seconds: v.tolerance_seconds ?? 300,
    signature_header: v.signature_header === undefined ? Object.keys(headers)[0] : v.signature_header,
    tamper: v.tamper ?? 'every_octet',
    request: { method: 'POST', url: v.url ?? URL_, headers: Object.entries(headers), body },
    keys: v.keys ?? [],
    expect: { verdict: 'verified', event_id: null, event_type: null, items: [], ...expect },
  };
  const file = path.join(folder, `${provider}.json`);
  const vectors = seen.has(file) ? JSON.parse(fs.readFileSync(file)) : [];
  seen.add(file);
  fs.writeFileSync(file, JSON.stringify([...vectors, whole], null, 1) + '\n');
}
const seen = new Set();
/** The same of a library that refuses, too: `accepts` is asked again with the changed body and with the other secret. */
async function judged(provider, v, accepts) {
  const refuses = async (what, changes) => {
    const verdict = await Promise.resolve({ ...v, ...changes }).then(accepts).catch(() => false);
    assert.ok(!verdict, `${provider}: the library accepts ${what}`);
  };
  if (v.changed) {
    assert.notEqual(v.changed, v.body);
    await refuses('another body', { body: v.changed });
  }
  await refuses('another secret', { secret: v.another_secret });
  await vector(provider, v, () => accepts(v));
}
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };

// --- an HMAC of body, or of time and body
{
  const Stripe = require('stripe');
  const stripe = new Stripe('sk_test_x');
  const body = '{"id":"evt_1QxHookreel0001","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","note":"Grüße 🪝"}}}';
  const secret = 'whsec_hookreel_test_secret';
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: SENT_AT });
  await vector('stripe', {
    origin: `signed and accepted by ${version('stripe')}`, secret, another_secret: 'whsec_another',
    headers: { 'Stripe-Signature': header, ...JSON_TYPE }, body,
    expect: { event_id: 'evt_1QxHookreel0001', event_type: 'invoice.paid' },
  }, () => stripe.webhooks.constructEvent(body, header, secret));
}
{
  const { sign, verify } = await import('@octokit/webhooks-methods');
  const body = '{"action":"opened","number":7,"pull_request":{"title":"Grüße 🪝"}}';
  const secret = 'hookreel-github-secret';
  const header = await sign(secret, body);
  await vector('github', {
    origin: `signed and accepted by ${version('@octokit/webhooks-methods')}`, secret, another_secret: 'another', signed_at: null,
    headers: { 'X-Hub-Signature-256': header, 'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958', 'X-GitHub-Event': 'pull_request' }, body,
    expect: { event_id: '72d3162e-cc78-11e3-81ab-4c9367dc0958', event_type: 'pull_request' },
  }, () => verify(secret, body, header));
}
{
  const { isValidSlackRequest } = require('./node_modules/@slack/bolt/dist/receivers/verify-request.js');
  const body = '{"token":"x","team_id":"T1","event":{"type":"app_mention","text":"Grüße"},"type":"event_callback","event_id":"Ev0PV52K25"}';
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const header = `v0=${hmac('sha256', secret, `v0:${SENT_AT}:${body}`, 'hex')}`;
  await vector('slack', {
    origin: `accepted by ${version('@slack/bolt')}`, secret, another_secret: 'another',
    headers: { 'X-Slack-Signature': header, 'X-Slack-Request-Timestamp': String(SENT_AT) }, body,
    expect: { event_id: 'Ev0PV52K25', event_type: 'app_mention' },
  }, () => isValidSlackRequest({ signingSecret: secret, body, headers: { 'x-slack-signature': header, 'x-slack-request-timestamp': SENT_AT } }));
  const interaction = JSON.stringify({ type: 'block_actions', trigger_id: '12321423423.333649436676.d8c1bb83', user: { id: 'U1' }, actions: [{ action_id: 'a', value: 'Grüße' }] });
  const forms = [
    [new URLSearchParams({ payload: interaction }).toString(), '12321423423.333649436676.d8c1bb83', 'block_actions'],
    ['token=x&team_id=T1&command=%2Fweather&text=94070&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1&trigger_id=13345224609.738474920.80889308', '13345224609.738474920.80889308', 'slash_command.weather'],
  ];
  for (const [form, event_id, event_type] of forms) {
    const header = `v0=${hmac('sha256', secret, `v0:${SENT_AT}:${form}`, 'hex')}`;
    await vector('slack', {
      origin: `accepted by ${version('@slack/bolt')}`, secret, another_secret: 'another',
      headers: { 'X-Slack-Signature': header, 'X-Slack-Request-Timestamp': String(SENT_AT), ...FORM_TYPE }, body: form,
      expect: { event_id, event_type },
    }, () => isValidSlackRequest({ signingSecret: secret, body: form, headers: { 'x-slack-signature': header, 'x-slack-request-timestamp': SENT_AT } }));
  }
}
{
  const { Paddle } = require('@paddle/paddle-node-sdk');
  const body = '{"event_id":"evt_01hv8wptq8987qeep44cyrewp9","event_type":"transaction.completed","occurred_at":"2025-11-23T10:10:00Z","notification_id":"ntf_1","data":{"id":"txn_1","items":[],"payments":[],"details":null}}';
  const secret = 'pdl_ntfset_01gkdqs7pp8mjcg3yv0_Xx';
  const header = `ts=${SENT_AT};h1=${hmac('sha256', secret, `${SENT_AT}:${body}`, 'hex')}`;
  await vector('paddle', {
    origin: `accepted by ${version('@paddle/paddle-node-sdk')}`, secret, another_secret: 'pdl_ntfset_another',
    headers: { 'Paddle-Signature': header }, body,
    expect: { event_id: 'evt_01hv8wptq8987qeep44cyrewp9', event_type: 'transaction.completed' },
  }, () => new Paddle('x').webhooks.isSignatureValid(body, secret, header));
}
{
  const { WorkOS } = require('@workos-inc/node');
  const body = '{"id":"wh_123","event":"dsync.user.created","data":{"id":"u_1","object":"directory_user","directory_id":"d","organization_id":"o","idp_id":"i","emails":[],"groups":[],"username":"u","first_name":"f","last_name":"l","job_title":null,"state":"active","created_at":"2021-06-25T19:07:33.155Z","updated_at":"2021-06-25T19:07:33.155Z","custom_attributes":{},"raw_attributes":{}},"created_at":"2021-06-25T19:07:33.155Z"}';
  const secret = 'workos_webhook_secret';
  const header = `t=${SENT_AT}000, v1=${hmac('sha256', secret, `${SENT_AT}000.${body}`, 'hex')}`;
  await vector('workos', {
    origin: `accepted by ${version('@workos-inc/node')}`, secret, another_secret: 'another',
    headers: { 'WorkOS-Signature': header }, body,
    expect: { event_id: 'wh_123', event_type: 'dsync.user.created' },
  }, () => new WorkOS('sk_test').webhooks.verifyHeader({ payload: JSON.parse(body), sigHeader: header, secret }));
}
{
  const { LinearWebhookClient } = await import('@linear/sdk/webhooks');
  const body = `{"action":"create","type":"Issue","createdAt":"2025-11-23T10:10:00.000Z","data":{"id":"2174add1","title":"Grüße"},"organizationId":"o","webhookTimestamp":${SENT_AT}000,"webhookId":"w"}`;
  const secret = 'lin_wh_hookreel_test';
  const header = hmac('sha256', secret, body, 'hex');
  await vector('linear', {
    origin: `accepted by ${version('@linear/sdk')}`, secret, another_secret: 'lin_wh_another', tolerance_seconds: 60,
    headers: { 'Linear-Signature': header, 'Linear-Delivery': '234d1a4e-b617-4388-90fe-adc3633d6b72', 'Linear-Event': 'Issue' }, body,
    expect: { event_id: '234d1a4e-b617-4388-90fe-adc3633d6b72', event_type: 'Issue.create' },
  }, () => new LinearWebhookClient(secret).verify(Buffer.from(body), header, SENT_AT * 1000));
}
{
  const { shopifyApi, ApiVersion } = (await import('@shopify/shopify-api/adapters/node'), await import('@shopify/shopify-api'));
  const secret = 'hush';
  const shopify = shopifyApi({ apiKey: 'k', apiSecretKey: secret, scopes: [], hostName: 'h.example', apiVersion: '2025-01', isEmbeddedApp: true, logger: { log: () => {} } });
  const body = '{"id":820982911946154508,"email":"jon@example.com","note":"Grüße"}';
  const header = hmac('sha256', secret, body, 'base64');
  const headers = {
    'X-Shopify-Hmac-Sha256': header, 'X-Shopify-Topic': 'orders/create', 'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'X-Shopify-Event-Id': '98880550-7158-44d4-b7cd-2c97c8a091b5', 'X-Shopify-Shop-Domain': 's.myshopify.com', 'X-Shopify-API-Version': '2025-01',
  };
  const rawRequest = { method: 'POST', url: '/in/abc', headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v])) };
  await vector('shopify', {
    origin: `accepted by ${version('@shopify/shopify-api')}`, secret, another_secret: 'another', signed_at: null, headers, body,
    expect: { event_id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043', event_type: 'orders/create' },
  }, async () => (await shopify.webhooks.validate({ rawBody: body, rawRequest, rawResponse: {} })).valid);
}
{
  const Razorpay = require('razorpay');
  const body = '{"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1"}}}}';
  const secret = 'razorpay secret';
  const header = hmac('sha256', secret, body, 'hex');
  await vector('razorpay', {
    origin: `accepted by ${version('razorpay')}`, secret, another_secret: 'another', signed_at: null,
    headers: { 'X-Razorpay-Signature': header, 'X-Razorpay-Event-Id': 'evt_Ff1' }, body,
    expect: { event_id: 'evt_Ff1', event_type: 'payment.captured' },
  }, () => Razorpay.validateWebhookSignature(body, header, secret));
}
{
  const { verifySignature } = require('./node_modules/gocardless-nodejs/cjs/webhooks.js');
  const body = '{"events":[{"id":"EV123","created_at":"2025-11-23T10:10:00Z","action":"cancelled","resource_type":"mandates"},{"id":"EV456","action":"paid_out","resource_type":"payments"}],"meta":{"webhook_id":"WB123"}}';
  const secret = 'gocardless secret';
  const header = hmac('sha256', secret, body, 'hex');
  await vector('gocardless', {
    origin: `accepted by ${version('gocardless-nodejs')}`, secret, another_secret: 'another', signed_at: null,
    headers: { 'Webhook-Signature': header }, body,
    expect: { items: [['EV123', 'mandates.cancelled'], ['EV456', 'payments.paid_out']] },
  }, () => { verifySignature(body, secret, header); return true; });
}
{
  const { WebhooksHelper } = require('square');
  const body = '{"merchant_id":"M1","type":"payment.created","event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc","data":{"type":"payment"}}';
  const secret = 'square signature key';
  const header = hmac('sha256', secret, URL_ + body, 'base64');
  await vector('square', {
    origin: `accepted by ${version('square')}`, secret, another_secret: 'another', signed_at: null,
    headers: { 'x-square-hmacsha256-signature': header }, body,
    expect: { event_id: '6a8f5f28-54a1-4eb0-a98a-3111513fd4fc', event_type: 'payment.created' },
  }, () => WebhooksHelper.verifySignature({ requestBody: body, signatureHeader: header, signatureKey: secret, notificationUrl: URL_ }));
}
{
  const { Signature } = require('./node_modules/@hubspot/api-client/lib/src/utils/signature.js');
  const body = '[{"eventId":100,"subscriptionId":1234,"portalId":62,"occurredAt":1763892599000,"subscriptionType":"contact.creation","objectId":123},{"eventId":100,"subscriptionId":1234,"portalId":62,"occurredAt":1763892599001,"subscriptionType":"contact.deletion"}]';
  const secret = 'hubspot-client-secret';
  const timestamp = SENT_AT * 1000;
  const options = { clientSecret: secret, requestBody: body, url: URL_, timestamp };
  const header = Signature.getSignature('POST', 'v3', options);
  await vector('hubspot', {
    origin: `signed and accepted by ${version('@hubspot/api-client')}`, secret, another_secret: 'another',
    headers: { 'X-HubSpot-Signature-v3': header, 'X-HubSpot-Request-Timestamp': String(timestamp) }, body,
    expect: { items: [['62:1234:100:1763892599000', 'contact.creation'], ['62:1234:100:1763892599001', 'contact.deletion']] },
  }, () => Signature.isValid({ ...options, method: 'POST', signatureVersion: 'v3', signature: header }));
}

{
  const { verifyWebhookSignature } = require('@notionhq/client');
  const body = '{"id":"367cba44-b6f3-4c92-81e7-6a2e9659efd4","timestamp":"2025-11-23T10:10:00Z","type":"page.created","entity":{"id":"1"}}';
  const secret = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
  const header = `sha256=${hmac('sha256', secret, body, 'hex')}`;
  await vector('notion', {
    origin: `accepted by ${version('@notionhq/client')}`, secret, another_secret: 'secret_another', signed_at: null,
    headers: { 'X-Notion-Signature': header }, body,
    expect: { event_id: '367cba44-b6f3-4c92-81e7-6a2e9659efd4', event_type: 'page.created' },
  }, () => verifyWebhookSignature({ body, signature: header, verificationToken: secret }));
}

{
  const { WebflowClient } = require('webflow-api');
  const body = '{"triggerType":"form_submission","payload":{"name":"Grüße"}}';
  const secret = 'webflow client secret';
  const timestamp = `${SENT_AT}000`;
  const headers = { 'x-webflow-signature': hmac('sha256', secret, `${timestamp}:${body}`, 'hex'), 'x-webflow-timestamp': timestamp };
  await vector('webflow', {
    origin: `accepted by ${version('webflow-api')}`, secret, another_secret: 'another', headers, body,
    expect: { event_type: 'form_submission' },
  }, () => new WebflowClient({ accessToken: 'x' }).webhooks.verifySignature({ headers, body, secret }));
}

{
  const { AwsLambdaReceiver } = await import('@zoom/rivet/meetings');
  const body = '{"event":"meeting.started","event_ts":1763892600000,"payload":{"object":{"uuid":"u"}}}';
  const secret = 'a secret';
  const headers = { 'x-zm-signature': `v0=${hmac('sha256', secret, `v0:${SENT_AT}:${body}`, 'hex')}`, 'x-zm-request-timestamp': String(SENT_AT) };
  await judged('zoom', {
    origin: `accepted by ${version('@zoom/rivet')}, which refuses the body changed and another secret`, secret, another_secret: 'another', headers, body,
    changed: body.replace('started', 'stbrted'), expect: { event_type: 'meeting.started' },
  }, async ({ body, secret }) => {
    const receive = new AwsLambdaReceiver({ webhooksSecretToken: secret }).start();
    return (await receive({ body, headers, isBase64Encoded: false })).statusCode === 200;
  });
}
{
  // Meta's own library for WhatsApp, which makes the signature that it compares with. Later versions of the name are empty.
  const { generateXHub256Sig } = require('./node_modules/whatsapp/build/utils.js');
  const body = '{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"messages","value":{"messages":[{"id":"wamid.ID","text":{"body":"Grüße"}}]}}]}]}';
  const secret = 'a secret';
  const header = `sha256=${generateXHub256Sig(body, secret)}`;
  await judged('meta', {
    origin: `signed by ${version('whatsapp')}, otherwise with the body changed and with another secret`, rule: { verify_token: 'meatyhamhock' },
    secret, another_secret: 'another', signed_at: null, headers: { 'X-Hub-Signature-256': header }, body, changed: body.replace('Grüße', 'Grüßf'),
    expect: { event_id: 'wamid.ID', event_type: 'whatsapp_business_account.messages' },
  }, ({ body, secret }) => header === `sha256=${generateXHub256Sig(body, secret)}`);
}
{
  // Made for the Account Activity API; the Activity API after it signs in the same way.
  const { validateSignature } = require('twitter-autohook');
  const secret = 'a secret';
  const bodies = [
    ['{"for_user_id":"2244994945","tweet_create_events":[{"id_str":"1"}]}', 'tweet_create_events'],
    ['{"data":{"event_uuid":"2080761390344937796","filter":{"user_id":"1"},"event_type":"post.create","tag":"posts","payload":{"id":"2080761390344937796","text":"Grüße"}}}', 'post.create'],
  ];
  for (const [body, event_type] of bodies) {
    const headers = { 'x-twitter-webhooks-signature': `sha256=${hmac('sha256', secret, body, 'base64')}` };
    await judged('x', {
      origin: `accepted by ${version('twitter-autohook')}, which refuses the body changed and another secret`, secret, another_secret: 'another', signed_at: null,
      headers, body, changed: body.replace('id', 'ie'), expect: { event_type },
    }, ({ body, secret }) => validateSignature(headers, { consumer_secret: secret }, body));
  }
}
{
  const { basicAuthValidator } = await import('chargebee');
  const headers = { Authorization: `Basic ${Buffer.from('user:pass:word').toString('base64')}` };
  await judged('chargebee', {
    origin: `accepted by ${version('chargebee')}, which refuses another user and password`, secret: 'user:pass:word', another_secret: 'user:other', signed_at: null,
    headers, body: '{"id":"ev_16BHbhF4s42tO2lK","event_type":"customer_created"}', tamper: 'not_covered',
    expect: { verdict: 'authenticated', event_id: 'ev_16BHbhF4s42tO2lK', event_type: 'customer_created' },
  }, async ({ secret }) => {
    await basicAuthValidator((user, password) => `${user}:${password}` === secret)(headers);
    return true;
  });
}

// --- Standard Webhooks and its users
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const ANOTHER = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MSG = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
const { Webhook: Standard } = require('standardwebhooks');
const { Webhook: Svix } = require('svix');
const trio = (family, signature, id = `${family}-id`) => ({
  [`${family}-signature`]: signature, [id]: MSG, [`${family}-timestamp`]: String(SENT_AT),
});
const typed = (type) => `{"type":"${type}","timestamp":"2025-11-23T10:10:00Z","data":{"id":"1f81eb52","note":"Grüße"}}`;
async function standard(provider, { family = 'webhook', type = 'contact.created', secret = SECRET, body = typed(type), origin, accepts, id, key = secret }) {
  const signature = new Standard(key).sign(MSG, new Date(SENT_AT * 1000), body);
  const headers = trio(family, signature, id);
  const by = family === 'svix' ? Svix : Standard;
  await vector(provider, {
    origin: origin ?? `signed and accepted by ${version(family === 'svix' ? 'svix' : 'standardwebhooks')}, which the provider uses or names`,
    secret, another_secret: secret === SECRET ? ANOTHER : 'QW5vdGhlcg==', headers, body,
    expect: { event_id: MSG, event_type: type },
  }, () => (accepts ? accepts(body, headers, secret) : by && new by(key).verify(body, headers)));
}
await standard('standard_webhooks', { origin: `signed and accepted by ${version('standardwebhooks')}` });
await standard('standard_webhooks', { family: 'svix', origin: `signed by ${version('standardwebhooks')}, accepted by ${version('svix')}` });
// The bodies have the shape that each provider documents.
await standard('stytch', {
  family: 'svix', type: 'direct.organization.create',
  body: '{"project_id":"project-test-1","event_id":"event-test-1","action":"CREATE","object_type":"organization","source":"DIRECT","id":"organization-test-1","timestamp":"2025-11-23T10:10:00Z","organization":{"organization_name":"Grüße"}}',
});
await standard('vanta', { family: 'svix', type: 'questionnaire', body: '{"questionnaire":{"id":"123","status":"COMPLETE"}}' });
await standard('render', { type: 'deploy_ended', body: '{"type":"deploy_ended","timestamp":"2025-11-23T10:10:00Z","data":{"id":"evt-1","serviceId":"srv-1","serviceName":"Grüße","status":"succeeded"}}' });
await standard('brex', { type: 'TRANSFER_PROCESSED', body: '{"event_type":"TRANSFER_PROCESSED","transfer_id":"ptx_1","payment_type":"ACH","return_for_id":null,"company_id":"cuacc_1"}' });
await standard('supabase', {
  type: 'signup',
  body: '{"user":{"id":"8484b834","aud":"authenticated","role":"authenticated","email":"ada@example.com","user_metadata":{"name":"Grüße"}},"email_data":{"token":"305805","token_hash":"7d5b7b1964cf","redirect_to":"http://localhost:3000/","email_action_type":"signup","site_url":"http://localhost:9999","token_new":"","token_hash_new":""}}',
});
await standard('supabase', {
  type: 'before-user-created',
  body: '{"metadata":{"uuid":"8b34dcdd","time":"2025-11-23T10:10:00Z","name":"before-user-created","ip_address":"127.0.0.1"},"user":{"id":"ff7fc9ae","email":"ada@example.com"}}',
});
await standard('etsy', { type: 'order.paid', body: '{"event_type":"order.paid","resource_url":"https://openapi.etsy.com/v3/application/shops/12345/receipts/54321","shop_id":12345}' });
await standard('incident_io', {
  type: 'public_alert.alert_created_v1',
  body: '{"event_type":"public_alert.alert_created_v1","public_alert.alert_created_v1":{"id":"01GW2G3V0S59R238FAHPDS1R66","status":"firing","title":"Grüße"}}',
});
await standard('loops', {
  type: 'contact.created',
  body: '{"eventName":"contact.created","eventTime":1763892600,"webhookSchemaVersion":"1.0.0","contactIdentity":{"id":"cll6b3i8901a9jx0oyktl2m4u","email":"ada@example.com","userId":null}}',
});
await standard('gemini', { type: 'batch.succeeded', body: '{"type":"batch.succeeded","version":"v1","timestamp":"2025-11-23T10:10:00Z","data":{"id":"batch_1","output_file_uri":"gs://bucket/results.jsonl"}}' });
// Replicate names the specification; its own library wants no more than the headers.
await standard('replicate', {
  type: 'starting',
  body: '{"id":"ufawqhfynnddngldkgtslldrkq","version":"5c7d5dc6","created_at":"2025-11-23T10:10:00Z","started_at":null,"completed_at":null,"status":"starting","input":{"text":"Grüße"},"output":null,"error":null,"logs":null,"metrics":{}}',
});
{
  const OpenAI = require('openai').default;
  await standard('openai', {
    type: 'response.completed', origin: `accepted by ${version('openai')}`,
    accepts: (body, headers, secret) => new OpenAI({ apiKey: 'x' }).webhooks.unwrap(body, headers, secret),
  });
  const { validateWebhook } = require('replicate');
  await standard('replicate', {
    type: 'succeeded', origin: `accepted by ${version('replicate')}`,
    body: '{"id":"ufawqhfynnddngldkgtslldrkq","version":"5c7d5dc6","created_at":"2025-11-23T10:09:57Z","started_at":"2025-11-23T10:09:58Z","completed_at":"2025-11-23T10:10:00Z","status":"succeeded","input":{"text":"Alice"},"output":"Hello, Alice","error":null,"logs":"","metrics":{"predict_time":2}}',
    accepts: (body, headers, secret) => validateWebhook({ id: MSG, timestamp: String(SENT_AT), signature: headers['webhook-signature'], body, secret }),
  });
  const { Resend } = require('resend');
  await standard('resend', {
    family: 'svix', type: 'email.sent', origin: `accepted by ${version('resend')}`,
    accepts: (payload, headers, webhookSecret) => new Resend('re_x').webhooks.verify({
      payload, webhookSecret, headers: { id: headers['svix-id'], timestamp: headers['svix-timestamp'], signature: headers['svix-signature'] },
    }),
  });
  const { verifyWebhook } = await import('@clerk/backend/webhooks');
  await standard('clerk', {
    family: 'svix', type: 'user.created', origin: `accepted by ${version('@clerk/backend')}`,
    accepts: (body, headers, signingSecret) => verifyWebhook(new Request(URL_, { method: 'POST', headers, body }), { signingSecret }),
  });
  const { validateEvent, WebhookVerificationError } = await import('@polar-sh/sdk/webhooks');
  const polar = 'polar_whs_0123456789abcdef';
  await standard('polar', {
    type: 'hookreel.test', secret: polar, key: Buffer.from(polar).toString('base64'), origin: `accepted by ${version('@polar-sh/sdk')}`,
    accepts: (body, headers, secret) => {
      // The signature is looked at before the type, which is none that the library knows.
      try { validateEvent(body, headers, secret); } catch (error) { return !(error instanceof WebhookVerificationError); }
      return true;
    },
  });
  const Finch = require('@tryfinch/finch-api').default;
  const finch = 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  await standard('finch', {
    family: 'finch', id: 'finch-event-id', type: 'account.updated', secret: finch, key: finch,
    body: '{"company_id":"720be419-0293-4d32-a707-32179b0827ab","account_id":"fb2bcd87","event_type":"account.updated","data":{"status":"connected","note":"Grüße"}}',
    origin: `accepted by ${version('@tryfinch/finch-api')}`,
    accepts: (body, headers, secret) => new Finch({ accessToken: 'x', webhookSecret: secret }).webhooks.unwrap(body, headers, secret),
  });
}
{
  // Ed25519 of the specification; the library does not implement it.
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const raw = (key) => key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const other = crypto.generateKeyPairSync('ed25519').publicKey;
  const body = typed('contact.updated');
  const signature = crypto.sign(null, Buffer.from(`${MSG}.${SENT_AT}.${body}`), privateKey);
  await vector('standard_webhooks', {
    origin: 'computed with Node.js as the specification says, no library signs v1a', secret: `whpk_${raw(publicKey)}`, another_secret: `whpk_${raw(other)}`,
    headers: trio('webhook', `v1a,${signature.toString('base64')}`), body, expect: { event_id: MSG, event_type: 'contact.updated' },
  }, () => true);
}

// --- Twilio
{
  const twilio = require('twilio');
  const secret = 'twilio auth token';
  const form = 'CallSid=CA1234567890ABCDE&CallStatus=ringing&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212';
  const parameters = Object.fromEntries(new URLSearchParams(form));
  const url = 'https://example.com/myapp.php?foo=1&bar=2';
  for (const signed of [url, 'https://example.com:443/myapp.php?foo=1&bar=2']) {
    const header = twilio.getExpectedTwilioSignature(secret, signed, parameters);
    await vector('twilio', {
      origin: `signed and accepted by ${version('twilio')}`, secret, another_secret: 'another', signed_at: null, url,
      headers: { 'X-Twilio-Signature': header, ...FORM_TYPE }, body: form, tamper: ['Digits=1234', 'Digits=1235'],
      expect: { event_type: 'ringing' },
    }, () => twilio.validateRequest(secret, header, url, parameters));
  }
  const body = '{"property":"value","boolean":true}';
  const withDigest = `${url}&bodySHA256=${crypto.createHash('sha256').update(body).digest('hex')}`;
  const header = twilio.getExpectedTwilioSignature(secret, withDigest, {});
  await vector('twilio', {
    origin: `signed and accepted by ${version('twilio')}`, secret, another_secret: 'another', signed_at: null, url: withDigest,
    headers: { 'X-Twilio-Signature': header, ...JSON_TYPE, 'I-Twilio-Idempotency-Token': 'token-1' }, body,
    expect: { event_id: 'token-1' },
  }, () => twilio.validateRequestWithBody(secret, header, withDigest, body));
  // What arrives, and what was signed: escaped as a browser does, and as the older systems do.
  const report = 'CallSid=CA1234567890ABCDE&CallStatus=completed&SequenceNumber=3';
  const asked = "https://example.com/myapp.php?name=O'Brien+%26+co&city=M%C3%BCnchen&name=second";
  for (const signed of [
    'https://example.com/myapp.php?name=O%27Brien+%26+co&city=M%C3%BCnchen&name=second',
    "https://example.com:443/myapp.php?name=O'Brien%20%26%20co&name=second&city=M%C3%BCnchen",
  ]) {
    const parameters = Object.fromEntries(new URLSearchParams(report));
    const header = twilio.getExpectedTwilioSignature(secret, signed, parameters);
    await vector('twilio', {
      origin: `signed and accepted by ${version('twilio')}`, secret, another_secret: 'another', signed_at: null, url: asked,
      headers: { 'X-Twilio-Signature': header, ...FORM_TYPE }, body: report, tamper: ['completed', 'failed'],
      expect: { event_id: 'CA1234567890ABCDE:completed:3', event_type: 'completed' },
    }, () => twilio.validateRequest(secret, header, asked, parameters));
  }
  const events = '[{"specversion":"1.0","type":"com.twilio.messaging.message.delivered","source":"/2010-04-01/Accounts/AC1/Messages/SM1","id":"EZ1","data":{}}]';
  const streamed = `${url}&bodySHA256=${crypto.createHash('sha256').update(events).digest('hex')}`;
  const streamHeader = twilio.getExpectedTwilioSignature(secret, streamed, {});
  await vector('twilio', {
    origin: `signed and accepted by ${version('twilio')}`, secret, another_secret: 'another', signed_at: null, url: streamed,
    headers: { 'X-Twilio-Signature': streamHeader, ...JSON_TYPE }, body: events,
    expect: { event_id: 'EZ1', event_type: 'com.twilio.messaging.message.delivered', items: [['EZ1', 'com.twilio.messaging.message.delivered']] },
  }, () => twilio.validateRequestWithBody(secret, streamHeader, streamed, events));
  const byRule = hmac('sha256', 'shared key of a rule', url + Object.keys(parameters).sort().map((name) => name + parameters[name]).join(''), 'base64');
  await vector('twilio', {
    origin: "computed independently, as the examples of Twilio's library for Node.js have it", secret: 'shared key of a rule', another_secret: secret, signed_at: null, url,
    headers: { 'X-Twilio-Signature': byRule, 'X-Twilio-Webhooks-Signature-Settings': 'key=SK1,algorithm=HMAC_SHA256', ...FORM_TYPE }, body: form, tamper: ['Digits=1234', 'Digits=1235'],
    expect: { event_type: 'ringing' },
  }, () => true);
}

// --- public keys
{
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = (key) => key.export({ format: 'der', type: 'spki' }).toString('base64');
  const { EventWebhook } = require('@sendgrid/eventwebhook');
  const body = '[{"email":"a@example.com","event":"processed","sg_event_id":"sendgrid_internal_event_id","timestamp":1763892600},{"event":"open","sg_event_id":"second"}]\r\n';
  const header = crypto.sign('sha256', Buffer.from(SENT_AT + body), privateKey).toString('base64');
  const library = new EventWebhook();
  await vector('sendgrid', {
    origin: `accepted by ${version('@sendgrid/eventwebhook')}`, secret: spki(publicKey),
    another_secret: spki(crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
    headers: { 'X-Twilio-Email-Event-Webhook-Signature': header, 'X-Twilio-Email-Event-Webhook-Timestamp': String(SENT_AT) }, body,
    expect: { items: [['sendgrid_internal_event_id', 'processed'], ['second', 'open']] },
  }, () => library.verifySignature(library.convertPublicKeyToECDSA(spki(publicKey)), body, header, String(SENT_AT)));
}
{
  const raw = (key, encoding) => key.export({ format: 'der', type: 'spki' }).subarray(-32).toString(encoding);
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const other = crypto.generateKeyPairSync('ed25519').publicKey;
  const { verifyKey } = require('discord-interactions');
  const body = '{"version":1,"application_id":"1234","type":1,"event":{"type":"APPLICATION_AUTHORIZED","timestamp":"2025-11-23T10:10:00","data":{}}}';
  const header = crypto.sign(null, Buffer.from(SENT_AT + body), privateKey).toString('hex');
  await vector('discord', {
    origin: `accepted by ${version('discord-interactions')}`, secret: raw(publicKey, 'hex'), another_secret: raw(other, 'hex'),
    headers: { 'X-Signature-Ed25519': header, 'X-Signature-Timestamp': String(SENT_AT) }, body,
    expect: { event_type: 'APPLICATION_AUTHORIZED' },
  }, () => verifyKey(body, header, String(SENT_AT), raw(publicKey, 'hex')));

  const Telnyx = require('telnyx').default;
  const message = '{"data":{"event_type":"message.received","id":"b301ed3f-1490-491f-995f-6e64e69674d4","payload":{}}}';
  const signature = crypto.sign(null, Buffer.from(`${SENT_AT}|${message}`), privateKey).toString('base64');
  const headers = { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': String(SENT_AT) };
  await vector('telnyx', {
    origin: `accepted by ${version('telnyx')}`, secret: raw(publicKey, 'base64'), another_secret: raw(other, 'base64'), headers, body: message,
    expect: { event_id: 'b301ed3f-1490-491f-995f-6e64e69674d4', event_type: 'message.received' },
  }, () => new Telnyx({ apiKey: 'x' }).webhooks.unwrap(message, { headers, key: raw(publicKey, 'base64') }));
}
{
  // The library fetches the certificate: it gets this one.
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/tmp/sns-key.pem', '-out', '/tmp/sns-cert.pem', '-days', '36500', '-subj', '/CN=sns.amazonaws.com'], { stdio: 'ignore' });
  const key = fs.readFileSync('/tmp/sns-key.pem'), certificate = fs.readFileSync('/tmp/sns-cert.pem', 'utf8');
  const Validator = require('sns-validator');
  https.get = (url, callback) => {
    const response = Object.assign(new EventEmitter(), { statusCode: 200 });
    setImmediate(() => { callback(response); response.emit('data', certificate); response.emit('end'); });
    return new EventEmitter();
  };
  const certificateUrl = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem';
  const topic = 'arn:aws:sns:us-east-1:123456789012:orders';
  for (const signatureVersion of ['1', '2']) {
    const message = { Type: 'Notification', MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324', TopicArn: topic, Subject: 'My First Message', Message: 'Grüße \n"world"', Timestamp: '2025-11-23T10:10:00.000Z' };
    const lines = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'].map((name) => `${name}\n${message[name]}\n`).join('');
    const signature = crypto.sign(signatureVersion === '1' ? 'sha1' : 'sha256', Buffer.from(lines), key).toString('base64');
    const body = JSON.stringify({ ...message, SignatureVersion: signatureVersion, Signature: signature, SigningCertURL: certificateUrl });
    await vector('amazon_sns', {
      origin: `accepted by ${version('sns-validator')}`, rule: { topic_arn: topic }, signed_at: null, signature_header: null, now: 1800000000, // the certificate is of today
      headers: { 'Content-Type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' }, body, tamper: ['My First', 'My Other'],
      keys: [[certificateUrl, certificate]], expect: { event_id: message.MessageId, event_type: 'Notification' },
    }, () => new Promise((resolve) => new Validator().validate(body, (error) => { if (error) console.error(error); resolve(!error); })));
  }
}

{
  const { exportFunctions } = require('./node_modules/@adobe/aio-lib-events/src/signatureUtils.js');
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const body = '{"event_id":"eb9a9f3f","event":{"@type":"assets.created"},"recipient_client_id":"4798307651fb4b7c9cb9b2e7"}';
  const signature = crypto.sign('rsa-sha256', Buffer.from(body), privateKey).toString('base64');
  await vector('adobe_io', {
    origin: `accepted by ${version('@adobe/aio-lib-events')}`, rule: { client_id: '4798307651fb4b7c9cb9b2e7' }, signed_at: null,
    headers: {
      'x-adobe-digital-signature-1': signature, 'x-adobe-public-key1-path': '/prod/keys/pub-key-kruhWwu4Or.pem',
      'x-adobe-event-id': 'eb9a9f3f', 'x-adobe-event-code': 'asset_created',
    },
    body, keys: [['https://static.adobeioevents.com/prod/keys/pub-key-kruhWwu4Or.pem', pem]],
    expect: { event_id: 'eb9a9f3f', event_type: 'asset_created' },
  }, () => exportFunctions.cryptoVerify(signature, publicKey, body));
}

// --- signatures in the body
{
  const { hmacValidator: Validator } = require('@adyen/api-library');
  const validator = new Validator();
  const secret = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
  const item = (pspReference, eventCode, originalReference) => ({
    pspReference, ...(originalReference ? { originalReference } : {}), merchantAccountCode: 'TestMerchant', merchantReference: 'order:7 Grüße',
    amount: { value: 1130, currency: 'EUR' }, eventCode, success: 'true', eventDate: '2025-11-23T10:10:00+01:00', additionalData: {},
  });
  const items = [item('7914073381342284', 'AUTHORISATION'), item('7914073381342285', 'REFUND', '7914073381342284')];
  for (const one of items) one.additionalData.hmacSignature = validator.calculateHmac(one, secret);
  const body = JSON.stringify({ live: 'false', notificationItems: items.map((one) => ({ NotificationRequestItem: one })) });
  await vector('adyen', {
    origin: `signed and accepted by ${version('@adyen/api-library')}`, secret, another_secret: '00'.repeat(32), signed_at: null, signature_header: null,
    headers: JSON_TYPE, body, tamper: ['"REFUND"', '"refund"'],
    expect: { items: [['7914073381342284:AUTHORISATION:true', 'AUTHORISATION'], ['7914073381342285:REFUND:true', 'REFUND']] },
  }, () => items.every((one) => validator.validateHMAC(one, secret)));
}
{
  const braintree = require('braintree');
  const gateway = new braintree.BraintreeGateway({ environment: braintree.Environment.Sandbox, merchantId: 'm', publicKey: 'integration_public_key', privateKey: 'integration_private_key' });
  const { bt_signature, bt_payload } = gateway.webhookTesting.sampleNotification(braintree.WebhookNotification.Kind.SubscriptionWentPastDue, 'my_id');
  const body = new URLSearchParams({ bt_signature, bt_payload }).toString();
  await vector('braintree', {
    origin: `signed and accepted by ${version('braintree')}`, rule: { public_key: 'integration_public_key' }, secret: 'integration_private_key', another_secret: 'another', signed_at: null, signature_header: null,
    headers: FORM_TYPE, body, tamper: ['bt_payload=', 'bt_payload=x'], expect: { event_type: 'subscription_went_past_due' },
  }, () => gateway.webhookNotification.parse(bt_signature, bt_payload));
}

// --- JSON Web Tokens: the documentation verifies with these libraries
{
  const jwt = require('jsonwebtoken');
  const secret = 'monday signing secret';
  const aud = URL_.split('?')[0];
  const token = jwt.sign({ accountId: 1, userId: 2, aud, iat: SENT_AT, exp: SENT_AT + 300 }, secret);
  const body = '{"event":{"type":"create_pulse","triggerUuid":"b5ed2e17c530f43668de130142445cba","pulseId":1}}';
  await vector('monday', {
    origin: `signed and accepted by ${version('jsonwebtoken')}, which monday.com's documentation verifies with`, secret, another_secret: 'another', signed_at: null, signature_header: 'Authorization',
    headers: { Authorization: token }, body, tamper: 'not_covered',
    expect: { verdict: 'authenticated', event_id: 'b5ed2e17c530f43668de130142445cba', event_type: 'create_pulse' },
  }, () => jwt.verify(token, secret, { audience: aud, clockTimestamp: SENT_AT }));
}
{
  const jose = await import('jose');
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = '6c5516e1-92dc-479e-a8ff-5a51992e0001';
  const body = '{"webhook_type":"TRANSACTIONS","webhook_code":"SYNC_UPDATES_AVAILABLE","item_id":"wz666MBjYWTp2PDzzggYhM6oWWmBb"}';
  const token = await new jose.SignJWT({ iat: SENT_AT, request_body_sha256: crypto.createHash('sha256').update(body).digest('hex') }).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(privateKey);
  const document = JSON.stringify({ key: { alg: 'ES256', created_at: 1560466143, expired_at: null, kid, use: 'sig', ...publicKey.export({ format: 'jwk' }) }, request_id: 'RZ6Omi1bzzwDaLo' });
  await vector('plaid', {
    origin: `signed and accepted by ${version('jose')}, as Plaid's documentation has it`, rule: { client_id: '5c0ae2d1b4e9a20012345678' }, secret: 'plaid api secret', another_secret: null,
    headers: { 'Plaid-Verification': token }, body, keys: [[`plaid/production/${kid}`, document]],
    expect: { event_type: 'TRANSACTIONS.SYNC_UPDATES_AVAILABLE' },
  }, () => jose.jwtVerify(token, publicKey, { algorithms: ['ES256'] }));
}
{
  const jwt = require('jsonwebtoken');
  const basic = '{"value":[{"id":"lsgTZMr9KwAAA","clientState":"a secret","changeType":"created","resource":"users/1/messages/2","resourceData":{"@odata.type":"#Microsoft.Graph.Message","id":"2"}}]}';
  await vector('microsoft_graph', {
    origin: 'computed independently, no official library', secret: 'a secret', another_secret: 'another', signed_at: null, signature_header: null, headers: {}, body: basic, tamper: 'not_covered',
    expect: { verdict: 'authenticated', event_id: 'lsgTZMr9KwAAA', event_type: 'message.created', items: [['lsgTZMr9KwAAA', 'message.created']] },
  }, () => true);
  const [body, token, document] = graph(jwt);
  const kid = JSON.parse(document).keys[0].kid;
  const key = crypto.createPublicKey({ key: JSON.parse(document).keys[0], format: 'jwk' });
  await vector('microsoft_graph', {
    origin: `signed and accepted by ${version('jsonwebtoken')}, as Microsoft's documentation has it`, rule: { client_id: '8e460676-ae3f-4b1e-8790-ee0fb5d6148f' },
    secret: 'a secret', another_secret: 'another', signed_at: null, signature_header: null, headers: JSON_TYPE, body, tamper: 'not_covered',
    keys: [[`https://login.microsoftonline.com/common/discovery/keys#${kid}`, document]],
    expect: { verdict: 'authenticated', items: [['one', 'chatMessage.created'], ['two', 'chatMessage.updated']] },
  }, () => jwt.verify(token, key, { audience: ['8e460676-ae3f-4b1e-8790-ee0fb5d6148f'], issuer: ['https://sts.windows.net/84bd8158-6d4d-4958-8b9f-9d6445542f95/'], clockTimestamp: SENT_AT }));
}
/** A notification with resource data, its validation token, and Microsoft's keys. */
function graph(jwt) {
  const tid = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = 'u4OfNFPHwEBosHjtrauObV84LnY', jwk = publicKey.export({ format: 'jwk' });
  const claims = { aud: '8e460676-ae3f-4b1e-8790-ee0fb5d6148f', iss: `https://sts.windows.net/${tid}/`, iat: SENT_AT, nbf: SENT_AT, exp: SENT_AT + 3600, appid: '0bf30f3b-4a52-48df-9a82-234910c4a086', appidacr: '2', tid, ver: '1.0' };
  const token = jwt.sign(claims, privateKey, { algorithm: 'RS256', keyid: kid });
  const notification = (id, changeType) => ({ id, subscriptionId: '76619225', tenantId: tid, clientState: 'a secret', changeType, resource: "teams('1')/channels('2')/messages('3')",
    resourceData: { '@odata.type': '#Microsoft.Graph.chatMessage', id: '3' }, encryptedContent: { data: 'AAAA', dataKey: 'AAAA', dataSignature: 'AAAA', encryptionCertificateId: 'mine' } });
  const body = JSON.stringify({ value: [notification('one', 'created'), notification('two', 'updated')], validationTokens: [token] });
  return [body, token, JSON.stringify({ keys: [{ kty: 'RSA', use: 'sig', kid, n: jwk.n, e: jwk.e }] })];
}
// --- handshakes that are signed with a key that only the provider has
const handshakes = {};
{
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const secret = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const { verifyKey } = require('discord-interactions');
  handshakes.discord = [];
  for (const body of ['{"version":1,"application_id":"1234","type":0}', '{"application_id":"1234","type":1}']) {
    const signature = crypto.sign(null, Buffer.from(SENT_AT + body), privateKey).toString('hex');
    assert.ok(await verifyKey(body, signature, String(SENT_AT), secret));
    handshakes.discord.push({ origin: `accepted by ${version('discord-interactions')}`, secret, signature, timestamp: String(SENT_AT), body });
  }
}
{
  const key = fs.readFileSync('/tmp/sns-key.pem'), certificate = fs.readFileSync('/tmp/sns-cert.pem', 'utf8');
  const topic = 'arn:aws:sns:us-east-1:123456789012:orders';
  const message = {
    Type: 'SubscriptionConfirmation', MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b', Token: '2336412f37', TopicArn: topic,
    Message: 'You have chosen to subscribe to the topic.', SubscribeURL: `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37`,
    Timestamp: '2025-11-23T10:10:00.000Z',
  };
  const lines = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'].map((name) => `${name}\n${message[name]}\n`).join('');
  const SigningCertURL = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem';
  const body = JSON.stringify({ ...message, SignatureVersion: '2', Signature: crypto.sign('sha256', Buffer.from(lines), key).toString('base64'), SigningCertURL });
  const Validator = require('sns-validator');
  assert.ok(await new Promise((resolve) => new Validator().validate(body, (error) => resolve(!error))));
  handshakes.amazon_sns = { origin: `accepted by ${version('sns-validator')}`, topic_arn: topic, body, certificate_url: SigningCertURL, certificate, subscribe_url: message.SubscribeURL };
}
fs.writeFileSync(path.join(folder, 'handshakes.json'), JSON.stringify(handshakes, null, 1) + '\n');
console.log(`${seen.size} providers`);
