// A real SMTP server for tests. It keeps nothing: each mail that comes in is printed as a line of JSON.
//
//   node end2end/support/smtp-server.mjs [--port 0] [--tls | --starttls] [--cert FILE --key FILE]
//                                        [--user NAME --password PASSWORD] [--ascii-only] [--delay-ms 0]
//
// The first line on standard output is {"listening": PORT}. Each mail is a line
//   {"mail": {"from", "to": [...], "user", "secure", "connection", "subject", "text", "html", "headers", "raw"}}
// where `headers` has lower-case names, `user` is who signed in (or null) and `connection` is the same for all mails of
// one connection.
//
// --port 0        listens on any free port of 127.0.0.1
// --starttls      offers STARTTLS; --tls encrypts from the first byte. Without --cert the certificate is a self-signed
//                 one that comes with the package
// --user          asks for this user name and password before anything else
// --ascii-only    does not offer SMTPUTF8
// --delay-ms      waits before it greets
//
// A recipient whose address contains "refused" is refused by 550, "later" by 451; for "silence" there is no answer at
// all. A mail whose subject contains "unwanted" is refused by 554. The server ends when its standard input does.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    tls: { type: "boolean", default: false },
    starttls: { type: "boolean", default: false },
    cert: { type: "string" },
    key: { type: "string" },
    user: { type: "string" },
    password: { type: "string" },
    "ascii-only": { type: "boolean", default: false },
    "delay-ms": { type: "string", default: "0" },
  },
});

const isOpen = options.user === undefined;
const disabledCommands = [...(isOpen ? ["AUTH"] : []), ...(options.starttls ? [] : ["STARTTLS"])];

const server = new SMTPServer({
  name: "mail.test",
  banner: "Hookreel test server",
  secure: options.tls,
  ...(options.cert && options.key ? { cert: readFileSync(options.cert), key: readFileSync(options.key) } : {}),
  disabledCommands,
  hideSMTPUTF8: options["ascii-only"],
  authOptional: isOpen,
  authMethods: ["PLAIN", "LOGIN"],
  allowInsecureAuth: true,
  disableReverseLookup: true,
  closeTimeout: 100,
  onConnect: (_session, done) => setTimeout(done, Number(options["delay-ms"])),
  onAuth({ username, password }, _session, done) {
    if (username === options.user && password === options.password) return done(null, { user: username });
    done(answer(535, "Wrong user name or password"));
  },
  onRcptTo({ address }, _session, done) {
    if (address.includes("refused")) return done(answer(550, "No such mailbox here"));
    if (address.includes("later")) return done(answer(451, "The mailbox is busy"));
    if (!address.includes("silence")) done();
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => void receive(Buffer.concat(chunks), session).then((name) => done(null, name), done));
  },
});

async function receive(raw, session) {
  const mail = await PostalMime.parse(raw);
  if (mail.subject?.includes("unwanted")) throw answer(554, "This is unwanted");
  print({
    mail: {
      from: session.envelope.mailFrom.address,
      to: session.envelope.rcptTo.map(({ address }) => address),
      user: session.user ?? null,
      secure: session.secure,
      connection: session.id,
      subject: mail.subject ?? "",
      text: mail.text ?? "",
      html: mail.html ?? "",
      headers: mail.headers.map(({ key, value }) => [key.toLowerCase(), value]),
      raw: raw.toString("latin1"),
    },
  });
  return `Taken as ${session.id}`;
}

function answer(responseCode, message) {
  return Object.assign(new Error(message), { responseCode });
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

// A client may go away whenever it likes.
server.on("error", (error) => {
  if (!server.server.listening) throw error;
  process.stderr.write(`${error.message}\n`);
});
server.listen(Number(options.port), "127.0.0.1", () => print({ listening: server.server.address().port }));
process.stdin.on("end", () => process.exit(0)).resume();
