//! What pages are made of: views with props. No server functions here but the shell's own, and no routes.

pub mod amount;
pub mod attempt_diff;
pub mod attempt_timeline;
pub mod badge;
pub mod button;
pub mod chart;
pub mod copyable;
pub mod dialog;
pub mod empty_state;
pub mod facts;
pub mod field;
pub mod filter_bar;
pub mod form;
pub mod icon;
mod json_tree;
pub mod loaded;
pub mod notice;
pub mod page;
pub mod pagination;
pub mod palette;
mod payload_search;
pub mod payload_viewer;
pub mod provider_mark;
pub mod public_frame;
pub mod relative_time;
pub mod shell;
pub mod snippet;
pub mod stat;
pub mod steps;
pub mod table;
pub mod tabs;
pub mod theme_switch;

pub use amount::{Bytes, Count, Millis, counted, grouped, size};
pub use attempt_diff::AttemptDiff;
pub use attempt_timeline::{AttemptItem, Timeline, TimelineItem};
pub use badge::{
    Badge, DeliveryBadge, EndpointBadge, FlaggedBadge, MessageBadge, ReplayBadge, StatusCode, Tone, ValidationBadge,
    VerdictBadge,
};
pub use button::{ActionButton, ButtonKind, LinkButton, SubmitButton};
pub use chart::{DeliveryChart, LatencyChart, Sparkline};
pub use copyable::{CopyButton, CopyField, CopyableId};
pub use dialog::{CancelLink, ConfirmDialog, ConfirmLink};
pub use empty_state::EmptyState;
pub use facts::{Fact, Facts, HeaderTable};
pub use field::{CardChoice, CheckField, Choice, RadioCards, SelectField, TextArea, TextField};
pub use filter_bar::{FilterBar, FilterSelect, FilterText, FilterTime};
pub use form::{FormActions, FormError, FormState, Hidden, ServerForm};
pub use icon::{Icon, Mark, Symbol};
pub use loaded::{Skeleton, loaded, loaded_in_parts, part};
pub use notice::{ErrorView, NotFoundView, Notice, Toast};
pub use page::{Card, Crumb, PageHeader, Section};
pub use pagination::Pagination;
pub use palette::CommandPalette;
pub use payload_viewer::PayloadViewer;
pub use provider_mark::ProviderMark;
pub use public_frame::PublicFrame;
pub use relative_time::RelativeTime;
pub use shell::Shell;
pub use snippet::{Snippet, SnippetTabs};
pub use stat::{Progress, StatRow, StatTile};
pub use steps::Steps;
pub use table::{Cell, Column, DataTable, RowLink};
pub use tabs::{Tab, TabLinks};
pub use theme_switch::ThemeSwitch;
