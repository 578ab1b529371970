//! Text of ours with text of users in it, kept apart, so that each format can make the latter harmless.

use std::fmt;

/// A piece of [`Words`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Word {
    /// Our own words; nothing in them is special to any format.
    Plain(String),
    /// A name, a number or a query: shown as it is, whatever it holds.
    Code(String),
}

/// A sentence or a part of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Words(pub Vec<Word>);

impl Words {
    /// Begins with words of ours.
    pub fn new(text: impl Into<String>) -> Words {
        Words::default().text(text)
    }

    /// Goes on with words of ours.
    pub fn text(mut self, text: impl Into<String>) -> Words {
        self.0.push(Word::Plain(text.into()));
        self
    }

    /// Goes on with text that is somebody else's.
    pub fn code(mut self, text: impl Into<String>) -> Words {
        self.0.push(Word::Code(text.into()));
        self
    }

    /// Goes on with a list: `a, b and c`.
    pub fn list<T: Into<String>>(mut self, items: impl IntoIterator<Item = T>) -> Words {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        let last = items.len().saturating_sub(1);
        for (index, item) in items.into_iter().enumerate() {
            let before = if index == 0 {
                ""
            } else if index == last {
                " and "
            } else {
                ", "
            };
            self = self.text(before).code(item);
        }
        self
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Words {
        Words::new(text)
    }
}

impl fmt::Display for Words {
    /// Without marks, for programs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| match word {
            Word::Plain(text) | Word::Code(text) => f.write_str(text),
        })
    }
}
