//! A body as it came, and as a person can read it. Nothing in it runs, and nothing in it is fetched.

use super::amount::{grouped, size};
use super::copyable::CopyButton;
use super::json_tree::{Node, parse};
use hookreel_contract::views::Body;
use leptos::prelude::*;

/// Larger bodies are shown as text only: thousands of foldable parts would make the page slow.
const TREE_BYTES_MAX: usize = 64 * 1024;

/// Longer lists and objects are folded at first.
const OPEN_ITEMS_MAX: usize = 40;

/// A body: as a foldable tree if it is JSON, and as the text it is.
#[component]
pub fn PayloadViewer(
    body: Body,
    /// Tells this viewer from others on the page.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    if body.bytes == 0 {
        return view! { <p class="muted">"Empty."</p> }.into_any();
    }
    let tree = (!body.is_hex && !body.is_cut && body.text.len() <= TREE_BYTES_MAX).then(|| parse(&body.text)).flatten();
    let kind = match (&tree, body.is_hex) {
        (Some(_), _) => "JSON",
        (None, true) => "Binary",
        (None, false) => "Text",
    };
    let cut = body.is_cut.then(|| {
        view! { <p class="payload-cut">"Only the beginning is shown."</p> }
    });
    view! {
        <div class="payload">
            {tree.is_some().then(|| ways_to_look(&name))}
            <span class="payload-size" title=format!("{} bytes", grouped(body.bytes))>
                {format!("{kind} · {}", size(body.bytes))}
            </span>
            <CopyButton text=body.text.clone() label="Copy body" worded=true/>
            {tree.map(|tree| view! { <div class="payload-tree" tabindex="0" role="group" aria-label="Body, foldable">{node_view(tree, None, true)}</div> })}
            <pre class="payload-raw" tabindex="0" aria-label="Body"><code>{body.text}</code></pre>
            {cut}
        </div>
    }
    .into_any()
}

fn ways_to_look(name: &str) -> impl IntoView + use<> {
    let (tree, raw) = (format!("{name}-tree"), format!("{name}-raw"));
    let group = format!("{name}-way");
    view! {
        <input class="payload-way-tree visually-hidden" type="radio" name=group.clone() id=tree.clone() checked=true/>
        <label class="payload-way" for=tree>"Readable"</label>
        <input class="payload-way-raw visually-hidden" type="radio" name=group id=raw.clone()/>
        <label class="payload-way" for=raw>"Raw"</label>
    }
}

/// A value with the name it has in its object, and whether it ends its list.
fn node_view(node: Node, name: Option<String>, is_last: bool) -> AnyView {
    let comma = (!is_last).then_some(",");
    match node {
        Node::Object(members) => {
            let count = members.len();
            let inner = members
                .into_iter()
                .enumerate()
                .map(|(place, (name, node))| node_view(node, Some(name), place + 1 == count))
                .collect_view()
                .into_any();
            branch(name, '{', '}', count, inner, comma)
        }
        Node::Array(items) => {
            let count = items.len();
            let inner = items
                .into_iter()
                .enumerate()
                .map(|(place, node)| node_view(node, None, place + 1 == count))
                .collect_view()
                .into_any();
            branch(name, '[', ']', count, inner, comma)
        }
        Node::String(text) => leaf(name, "json-string", text, comma),
        Node::Number(text) => leaf(name, "json-number", text, comma),
        Node::Word(text) => leaf(name, "json-word", text, comma),
    }
}

fn name_view(name: Option<String>) -> impl IntoView {
    name.map(|name| view! { <span class="json-name">{name}</span>": " })
}

fn leaf(name: Option<String>, class: &'static str, text: String, comma: Option<&'static str>) -> AnyView {
    view! { <div class="json-line">{name_view(name)}<span class=class>{text}</span>{comma}</div> }.into_any()
}

fn branch(
    name: Option<String>,
    begin: char,
    end: char,
    count: usize,
    inner: AnyView,
    comma: Option<&'static str>,
) -> AnyView {
    if count == 0 {
        return view! { <div class="json-line">{name_view(name)}{format!("{begin}{end}")}{comma}</div> }.into_any();
    }
    let folded = format!("{count} {}{end}", if begin == '{' { "fields " } else { "items " });
    view! {
        <details class="json-branch" open=count <= OPEN_ITEMS_MAX>
            <summary>{name_view(name)}{begin.to_string()}<span class="json-folded">{folded}{comma}</span></summary>
            <div class="json-inner">{inner}</div>
            <div class="json-end">{end.to_string()}{comma}</div>
        </details>
    }
    .into_any()
}
