//! Mails about a person's own account.

use super::NAME_CHARS_MAX;
use crate::dates::{moment, span};
use crate::letter::Letter;
use crate::line::{Line, clean};
use hookreel_kernel::Timestamp;

pub(crate) fn verify_address(minutes_valid: u32) -> Letter {
    Letter {
        subject: Line::subject("Confirm your email address"),
        heading: Line::new("Confirm your email address"),
        opening: vec![
            Line::new("Somebody, probably you, gave this address for a Hookreel account. Confirm that it is yours."),
            works_once(minutes_valid),
        ],
        facts: Vec::new(),
        button: "Confirm address",
        closing: vec![Line::new("If it was not you, ignore this mail. Without the confirmation nothing happens.")],
        because: "this address was given for an account",
    }
}

pub(crate) fn reset_password(minutes_valid: u32, asked_from: &str) -> Letter {
    let asked_from = clean(asked_from, NAME_CHARS_MAX);
    let from = if asked_from.is_empty() { String::new() } else { format!(", from {asked_from}") };
    Letter {
        subject: Line::subject("Choose a new password"),
        heading: Line::new("Choose a new password"),
        opening: vec![
            Line::new(format!("A new password was asked for on your account{from}.")),
            works_once(minutes_valid),
        ],
        facts: Vec::new(),
        button: "Choose a new password",
        closing: vec![Line::new("If you did not ask for it, ignore this mail. Your password stays as it is.")],
        because: "a new password was asked for on the account with this address",
    }
}

pub(crate) fn address_change(new_address: &str) -> Letter {
    let new_address = clean(new_address, NAME_CHARS_MAX);
    Letter {
        subject: Line::subject("Your account is about to get another address"),
        heading: Line::new("Your account is about to get another address"),
        opening: vec![
            Line::new("Somebody, probably you, gave another address for your account."),
            Line::new("It takes the place of this one once the link in the mail to that address is used."),
        ],
        facts: vec![("New address", Line::new(new_address))],
        button: "Choose a new password",
        closing: vec![
            Line::new("If it was you, there is nothing to do here."),
            Line::new("If not, somebody knows your password. Choose a new one: that also cancels the change."),
        ],
        because: "it is the address of an account that is to be changed",
    }
}

pub(crate) fn invitation(tenant: &str, invited_by: &str, minutes_valid: u32) -> Letter {
    let tenant = clean(&without_links(tenant), NAME_CHARS_MAX);
    Letter {
        subject: Line::subject(format!("You are invited to {tenant}")),
        heading: Line::new(format!("You are invited to {tenant}")),
        opening: vec![
            Line::new("Accept, choose a password, and you see and manage the webhooks of this tenant together."),
            works_once(minutes_valid),
        ],
        facts: vec![("Invited by", Line::new(clean(invited_by, NAME_CHARS_MAX)))],
        button: "Accept the invitation",
        closing: vec![Line::new("If you do not know who this is, ignore this mail. Without the link nothing happens.")],
        because: "a member of the tenant gave this address to invite you",
    }
}

/// What every link that proves something has in common.
fn works_once(minutes_valid: u32) -> Line {
    Line::new(format!("The link works once, for {}.", span(u64::from(minutes_valid) * 60)))
}

/// A name in which no mail program finds a link: whoever calls a tenant after a web site must not be able to send
/// strangers there.
fn without_links(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        shown.push(c);
        if matches!(c, '.' | ':' | '/') && characters.peek().is_some_and(|next| !next.is_whitespace()) {
            shown.push(' ');
        }
    }
    shown
}

pub(crate) fn welcome(tenant: &str) -> Letter {
    let tenant = clean(tenant, NAME_CHARS_MAX);
    Letter {
        subject: Line::subject(format!("{tenant} is ready")),
        heading: Line::new(format!("{tenant} is ready")),
        opening: vec![
            Line::new("Your place in Hookreel is set up."),
            Line::new(
                "To receive webhooks, add a source and give its URL to the provider. To send them, add an endpoint. Each \
                 page has a command to try it with.",
            ),
        ],
        facts: Vec::new(),
        button: "Open the dashboard",
        closing: Vec::new(),
        because: "you opened an account",
    }
}

pub(crate) fn new_sign_in(at: Timestamp, browser: &str, address: &str) -> Letter {
    Letter {
        subject: Line::subject("New sign-in to your account"),
        heading: Line::new("New sign-in to your account"),
        opening: vec![Line::new("Somebody signed in to your account from a browser that it had not seen before.")],
        facts: vec![
            ("When", Line::new(moment(at))),
            ("Browser", Line::new(unlinkable(browser))),
            ("Address", Line::new(clean(address, NAME_CHARS_MAX))),
        ],
        button: "See your sessions",
        closing: vec![
            Line::new("If it was you, there is nothing to do."),
            Line::new("If not, end that session, then choose a new password."),
        ],
        because: "somebody signed in to the account with this address",
    }
}

/// What a browser calls itself, without what a mail program would turn into a link: whoever signs in with a stolen
/// password chooses these words, and must not be able to send the owner anywhere.
fn unlinkable(browser: &str) -> String {
    let mut shown = String::with_capacity(browser.len());
    let mut characters = browser.chars().peekable();
    while let Some(c) = characters.next() {
        let is_in_number = c == '.' && characters.peek().is_none_or(char::is_ascii_digit);
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, ' ' | '/' | ';' | ',' | '(' | ')' | '_' | '-');
        shown.push(if is_plain || is_in_number { c } else { ' ' });
    }
    let shown = clean(&shown, NAME_CHARS_MAX);
    if shown.is_empty() { "unknown".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tenant_is_called_is_never_a_link_to_strangers() {
        assert_eq!(without_links("Müller & Söhne"), "Müller & Söhne");
        assert_eq!(without_links("Prize at https://evil.example/now"), "Prize at https: / / evil. example/ now");
    }

    #[test]
    fn what_a_browser_calls_itself_is_never_a_link() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
        assert_eq!(unlinkable(firefox), firefox.replace(':', " "));
        assert_eq!(unlinkable("Secure it at https://evil.example/now"), "Secure it at https //evil example/now");
        assert_eq!(unlinkable("\r\n\u{202e}"), "unknown");
    }
}
