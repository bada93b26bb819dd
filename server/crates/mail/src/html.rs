//! A letter as HTML that mail programs understand: tables, inline styles, nothing that is loaded.
//!
//! Colours are the dashboard's. A `<style>` adds the dark ones for programs that know it; the others show the light
//! ones or turn them round themselves.

use crate::letter::Letter;
use crate::line::Line;
use crate::link::{Instance, Link};

/// Markup. It grows by literals of this program and by escaped text, and in no other way.
struct Html(String);

impl Html {
    fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, or the value of an attribute in double quotes.
    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no">
<title>"#;

const STYLE: &str = r#"</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
.surface { background-color: #11171c !important; }
.raised { background-color: #1a2229 !important; border-color: #313c45 !important; }
.text { color: #e7edf1 !important; }
.muted { color: #a3b0ba !important; }
.accent { color: #63c3da !important; }
.button { background-color: #63c3da !important; }
.button a { color: #0b1d22 !important; border-color: #63c3da !important; }
.line { border-color: #313c45 !important; }
}
@media (max-width: 480px) {
.inside { padding: 24px 20px 8px !important; }
}
</style>
</head>
<body class="surface" style="margin:0; padding:0; background-color:#f4f7f9; -webkit-text-size-adjust:100%; word-spacing:normal;">
"#;

const CARD: &str = r#"</div>
<table role="presentation" class="surface" width="100%" border="0" cellpadding="0" cellspacing="0" style="background-color:#f4f7f9;">
<tr><td align="center" style="padding:32px 12px;">
<table role="presentation" width="600" border="0" cellpadding="0" cellspacing="0" style="width:100%; max-width:600px; font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;">
<tr><td class="accent" style="padding:0 4px 16px; font-size:16px; line-height:24px; font-weight:700; letter-spacing:-0.01em; color:#0d6679;">Hookreel</td></tr>
<tr><td class="raised inside" style="padding:32px 32px 16px; background-color:#ffffff; border:1px solid #dde4e9; border-radius:10px;">
<h1 class="text" style="margin:0 0 16px; font-size:20px; line-height:28px; font-weight:600; color:#1c2730; overflow-wrap:anywhere;">"#;

const PARAGRAPH: &str = r#"<p class="text" style="margin:0 0 16px; font-size:16px; line-height:24px; color:#1c2730; overflow-wrap:anywhere;">"#;

const FACTS: &str = r#"<table role="presentation" class="line" width="100%" border="0" cellpadding="0" cellspacing="0" style="margin:0 0 20px; border-top:1px solid #dde4e9;">
"#;

const FACT_NAME: &str = r#"<tr><td class="muted line" width="132" valign="top" style="width:132px; padding:10px 12px 10px 0; border-bottom:1px solid #dde4e9; font-size:14px; line-height:20px; color:#54636f;">"#;

const FACT_VALUE: &str = r#"</td><td class="text line" valign="top" style="padding:10px 0; border-bottom:1px solid #dde4e9; font-size:14px; line-height:20px; color:#1c2730; overflow-wrap:anywhere; word-break:break-word;">"#;

/// The border draws the button where padding is ignored.
const BUTTON: &str = r##"<table role="presentation" border="0" cellpadding="0" cellspacing="0" style="margin:8px 0 16px;">
<tr><td class="button" bgcolor="#0d6679" style="background-color:#0d6679; border-radius:6px;"><a href=""##;

const BUTTON_STYLE: &str = r#"" style="display:inline-block; padding:10px 20px; border:1px solid #0d6679; border-radius:6px; font-size:16px; line-height:24px; font-weight:600; color:#ffffff; text-decoration:none;">"#;

const PLAIN_LINK: &str = r#"</a></td></tr>
</table>
<p class="muted" style="margin:0 0 16px; font-size:13px; line-height:20px; color:#54636f;">If the button does not work, open this link:<br><a class="accent" href=""#;

const PLAIN_LINK_STYLE: &str = r#"" style="color:#0d6679; overflow-wrap:anywhere; word-break:break-all;">"#;

const FOOTER: &str = r#"</td></tr>
<tr><td class="muted" style="padding:16px 4px 0; font-size:13px; line-height:20px; color:#54636f;">Hookreel at <a class="muted" href=""#;

const FOOTER_STYLE: &str = r#"" style="color:#54636f; overflow-wrap:anywhere;">"#;

const END: &str = ".</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
";

pub(crate) fn write(letter: &Letter, link: &Link, instance: &Instance) -> String {
    let mut html = Html(String::with_capacity(8 * 1024));
    html.markup(HEAD).text(letter.subject.as_str()).markup(STYLE);
    // What a list of mails shows after the subject.
    html.markup(r#"<div style="display:none; max-height:0; overflow:hidden;">"#);
    html.text(letter.opening.first().map_or("", Line::as_str));
    html.markup(CARD).text(letter.heading.as_str()).markup("</h1>\n");
    paragraphs(&mut html, &letter.opening);
    if letter.has_facts() {
        html.markup(FACTS);
        for (name, value) in letter.facts() {
            html.markup(FACT_NAME).markup(name).markup(FACT_VALUE).text(value.as_str()).markup("</td></tr>\n");
        }
        html.markup("</table>\n");
    }
    html.markup(BUTTON).text(link.as_str()).markup(BUTTON_STYLE).markup(letter.button);
    html.markup(PLAIN_LINK).text(link.as_str()).markup(PLAIN_LINK_STYLE).text(link.as_str()).markup("</a></p>\n");
    paragraphs(&mut html, &letter.closing);
    html.markup(FOOTER).text(instance.public_url()).markup(FOOTER_STYLE).text(instance.public_url());
    html.markup("</a><br>You get this mail because ").markup(letter.because).markup(END);
    html.0
}

fn paragraphs(html: &mut Html, paragraphs: &[Line]) {
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.as_str().is_empty()) {
        html.markup(PARAGRAPH).text(paragraph.as_str()).markup("</p>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut html = Html(String::new());
        html.text(r#"<a href="x" title='y'>&amp;</a>"#);
        assert_eq!(html.0, "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
    }
}
