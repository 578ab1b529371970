//! Written alerts: a rule per level, the higher ones silencing the lower.

use super::{names, words};
use crate::check::{self, AlertLevel};
use crate::model::{Alert, Condition, Group, Labels, Level, Meaning, Part, Project, Start, Text};
use crate::units::Duration;

/// How far back links look, at least; for what must hold for long six times as long.
const LOOKBACK: Duration = Duration::from_mins(180);

/// The group of a service's written alerts; `None` without any.
pub(super) fn group(service: &check::Service, board: &str, project: &Project) -> Option<Group> {
    let context = |alert| Context { service, alert, board, project };
    let alerts: Vec<Alert> = service.alerts.iter().flat_map(|a| context(a).all()).collect();
    let origin = alerts.first()?.origin.clone();
    let name = format!("{}:alerts", service.name);
    Some(Group { name, interval: project.every, records: Vec::new(), alerts, shard: None, origin })
}

/// What the levels of one alert are made of.
struct Context<'a> {
    service: &'a check::Service,
    alert: &'a check::Alert,
    /// Its service's dashboard.
    board: &'a str,
    project: &'a Project,
}

impl Context<'_> {
    fn all(&self) -> Vec<Alert> {
        self.alert.levels.iter().map(|level| self.level(level)).collect()
    }

    fn level(&self, level: &AlertLevel) -> Alert {
        let (service, alert, urgency) = (&self.service.name, &self.alert.name, level.urgency.name());
        let id = format!("{alert}-{urgency}");
        let page = format!("{service}/{id}.md");
        let lookback = LOOKBACK.max(Duration::from_millis(level.hold.millis().saturating_mul(6)));
        Alert {
            uid: names::uid(self.project.environment.as_deref(), &[service, alert, urgency]),
            name: names::alert(service, alert, ""),
            title: format!("{service}.{alert}: {urgency} {}", words::limit(level)).trim_end().to_string(),
            subject: alert.clone(),
            urgency: level.urgency,
            condition: level.condition.clone(),
            hold: level.hold,
            keep: self.alert.keep,
            labels: self.labels(level),
            annotations: words::annotations(self.texts(level), &page, (self.board, lookback), self.project),
            lookback,
            meaning: Meaning::Level(self.meaning(level)),
            page,
            panel: None,
            opens: false,
            steps: self.alert.runbook.clone(),
            receiver: None,
            origin: level.origin.clone(),
            id,
        }
    }

    fn labels(&self, level: &AlertLevel) -> Labels {
        let mut labels = self.service.labels.clone();
        labels.extend(self.alert.labels.clone());
        labels.extend(self.service.owner.iter().map(|o| ("owner".to_string(), o.clone())));
        labels.insert(names::SERVICE.into(), self.service.name.clone());
        labels.insert("severity".into(), level.urgency.name().into());
        labels
    }

    fn texts(&self, level: &AlertLevel) -> words::Texts {
        let plain = || Text::plain(format!("{}: {}", self.service.title, self.alert.name.replace(['-', '_'], " ")));
        let summary = self.alert.summary.clone().unwrap_or_else(plain);
        words::Texts { summary, description: words::level(self.alert, level) }
    }

    fn meaning(&self, level: &AlertLevel) -> Level {
        let others = self.alert.levels.iter().filter(|l| l.urgency != level.urgency);
        Level {
            query: self.alert.query.clone(),
            limit: level.limit.clone(),
            impact: self.alert.impact.as_ref().map(words::shown),
            others: others.map(|l| (l.urgency, words::limit(l))).collect(),
            equal: self.equal(),
            starts: self.starts(level),
            format: self.alert.format.clone(),
            metrics: self.alert.metrics.clone(),
        }
    }

    /// Labels by which the levels of this alert are told to be about the same thing.
    fn equal(&self) -> Vec<String> {
        let texts = self.alert.summary.iter().chain(&self.alert.impact).flat_map(|t| &t.0);
        let named = texts.filter_map(|p| if let Part::Label(label) = p { Some(label.clone()) } else { None });
        // The rule sets the severity itself, another for each level.
        let named = named.chain(self.alert.mentioned.clone()).filter(|label| label != "severity");
        let mut labels: Vec<String> = named.collect();
        labels.sort();
        labels.dedup();
        labels
    }

    /// What it measures, and where it is worst now.
    fn starts(&self, level: &AlertLevel) -> Vec<Start> {
        let start = |title: &str, expr: String| Start { title: title.to_string(), expr };
        match &level.condition {
            Condition::All(all) => {
                let value = all.first().map(|c| c.expr.clone()).unwrap_or_default();
                let mut starts = vec![start("What fires now", words::firing(self.service, self.alert))];
                starts.push(start("The value, everywhere", value));
                starts
            }
            Condition::Any(filter) => vec![
                start("What fires now", words::firing(self.service, self.alert)),
                start("Where the condition holds", filter.expr.clone()),
            ],
            Condition::Absent { .. } => Vec::new(),
        }
    }
}
