//! `plain`: the question as it is, by its words and its token vectors.

use serde::{Deserialize, Serialize};

use super::{About, Recipe};
use crate::Result;
use crate::answer::{Found, Query, Run};

pub(super) const ABOUT: About = About {
    name: "plain",
    what: "looks for the question as it is, by its words and its token vectors",
    source: "Lewis et al. 2020, arXiv:2005.11401",
    thinks: false,
    needs: "",
    knobs: &[],
};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Plain {}

impl Recipe for Plain {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let wanted = run.wanted(Query::of(question));
        Ok(run.retrieve(&wanted)?.into())
    }
}
