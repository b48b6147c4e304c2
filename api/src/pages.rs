//! Every page behind a signed link: a new one needs a purpose in `links`, its page beside the aggregate that it works on, and
//! a line here.

use std::sync::Arc;

use crate::{
    invitation,
    links::{Desk, page::AnswerByLink},
    notice,
};

/// All of them.
pub fn all(desk: Desk) -> Vec<Arc<dyn AnswerByLink>> {
    vec![
        Arc::new(invitation::page::Page(desk.clone())),
        Arc::new(notice::page::Page(desk)),
    ]
}
