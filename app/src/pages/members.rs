//! Who belongs to the tenant, and who is asked to.

pub mod invitations;
pub mod server;

pub use server::{
    InviteAgain, InviteMember, ListMembers, RemoveMember, RevokeInvitation, invite_again, invite_member, list_members,
    remove_member, revoke_invitation,
};

use crate::components::{
    Badge, ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, DataTable, FormActions, FormError, Hidden,
    PageHeader, RelativeTime, Section, ServerForm, SubmitButton, TextField, Tone, loaded,
};
use hookreel_contract::views::{MemberView, MembersView};
use invitations::Invitations;
use leptos::prelude::*;

/// The members, and those who are invited.
#[component]
pub fn MembersPage() -> impl IntoView {
    let invite = ServerAction::<InviteMember>::new();
    let members = Resource::new(|| (), |()| list_members());
    view! {
        <PageHeader title="Members" lead="Each of them sees and manages everything of this tenant."/>
        <Section title="Invite somebody">
            <ServerForm action=invite class="form form-row" reset=true>
                <TextField
                    name="email"
                    label="E-mail"
                    kind="email"
                    hint="The invitation has a link that works once, for 7 days."
                    autocomplete="off"
                    required=true
                />
                <FormActions><SubmitButton>"Send invitation"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
        </Section>
        {loaded(members, |MembersView { members, invitations }| view! {
            <Members members/>
            <Invitations invitations/>
        })}
    }
}

#[component]
fn Members(members: Vec<MemberView>) -> impl IntoView {
    // Nobody could sign in without the last one.
    let is_last = members.len() == 1;
    let questions =
        (!is_last).then(|| members.iter().cloned().map(|member| view! { <RemoveQuestion member/> }).collect_view());
    let rows = members.into_iter().map(|member| view! { <MemberRow member is_last/> }).collect_view();
    let columns = vec![
        Column::text("E-mail"),
        Column::text("Address"),
        Column::text("Joined"),
        Column::text("Last seen"),
        Column::hidden("Actions"),
    ];
    view! {
        <DataTable caption="Members" columns>{rows}</DataTable>
        {questions}
    }
}

#[component]
fn MemberRow(member: MemberView, is_last: bool) -> impl IntoView {
    let address = if member.is_verified {
        view! { <Badge tone=Tone::Ok>"Confirmed"</Badge> }
    } else {
        view! { <Badge tone=Tone::Neutral>"Not confirmed"</Badge> }
    };
    let last_seen = match member.last_seen_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let action = (!is_last).then(|| {
        let word = if member.is_self { "Leave" } else { "Remove" };
        view! { <ConfirmLink name=question_of(&member) small=true>{word}</ConfirmLink> }
    });
    view! {
        <tr>
            <Cell label="E-mail" main=true>
                <strong>{member.email.to_string()}</strong>
                {member.is_self.then(|| view! { <span class="muted">" (you)"</span> })}
            </Cell>
            <Cell label="Address">{address}</Cell>
            <Cell label="Joined"><RelativeTime at=member.joined_at/></Cell>
            <Cell label="Last seen">{last_seen}</Cell>
            <Cell label="Actions" number=true>{action}</Cell>
        </tr>
    }
}

fn question_of(member: &MemberView) -> String {
    format!("remove-{}", member.id)
}

#[component]
fn RemoveQuestion(member: MemberView) -> impl IntoView {
    let remove = ServerAction::<RemoveMember>::new();
    let name = question_of(&member);
    let id = Signal::stored(member.id.to_string());
    let (title, text, button) = if member.is_self {
        (
            "Leave this tenant?".to_owned(),
            "You are signed out everywhere, and your account is deleted. What you have set up stays. To come back, you \
             need an invitation.",
            "Leave",
        )
    } else {
        (
            format!("Remove {}?", member.email),
            "All sessions of this person end at once, and the account is deleted. What the person has set up stays, API \
             keys included: revoke those that the person knows.",
            "Remove member",
        )
    };
    view! {
        <ConfirmDialog name title>
            <p>{text}</p>
            <ServerForm action=remove>
                <Hidden name="id" value=id/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>{button}</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
