//! What a text keeps of its judgements, and how it answers each check.

use jiff::Timestamp;

use super::checks::{Check, CheckResult, Judgement, Situation, judge};
use super::{Intent, IntentState, Reason};

/// One check of a text, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAnswer {
    pub check: Check,
    /// `None`: not reached.
    pub passed: Option<bool>,
    /// When the fact happened or happens, where that is known.
    pub at: Option<Timestamp>,
    /// The delivery that told the fact, where one did.
    pub delivery_id: Option<String>,
}

impl CheckAnswer {
    const fn known(check: Check, passed: Option<bool>) -> Self {
        Self {
            check,
            passed,
            at: None,
            delivery_id: None,
        }
    }
}

impl From<&CheckResult> for CheckAnswer {
    fn from(asked: &CheckResult) -> Self {
        Self {
            passed: Some(asked.passed),
            at: asked.at,
            delivery_id: asked.delivery_id.clone(),
            ..Self::known(asked.check, None)
        }
    }
}

impl Intent {
    /// Judges a pending text: one that fails a check is suppressed. `None`: every check passed.
    pub(super) fn judge(&mut self, situation: &Situation<'_>) -> Option<Reason> {
        let judgement = judge(self.kind.checks(), situation);
        let reason = judgement.reason();
        self.keep(judgement);
        if let Some(reason) = reason {
            self.suppress(reason);
        }
        reason
    }

    /// Asks the checks that an event can change. The text changes if it is pending and one of them fails: then it is
    /// suppressed, and `true` is returned.
    pub(super) fn event(&mut self, checks: &[Check], situation: &Situation<'_>) -> bool {
        if self.state != IntentState::Pending {
            return false;
        }
        let judgement = judge(checks, situation);
        let Some(reason) = judgement.reason() else {
            return false;
        };
        self.keep(judgement);
        self.suppress(reason)
    }

    /// Keeps what the carrier said of the number: that it sends, or why not.
    pub(super) fn carrier_said(&mut self, refused: Option<Reason>, now: Timestamp) {
        let reason = refused.unwrap_or(Check::NumberVerified.reason());
        let checks = self.kind.checks().iter();
        if let Some(check) = checks.copied().find(|check| check.reason() == reason) {
            self.keep(Judgement {
                at: now,
                asked: vec![CheckResult {
                    check,
                    passed: refused.is_none(),
                    at: Some(now),
                    delivery_id: None,
                }],
            });
        }
    }

    /// Keeps the newest answer to each check up to the first that fails. An answer that stays the same keeps the
    /// delivery that told it first.
    fn keep(&mut self, judgement: Judgement) {
        let earlier = self.judged.take().map_or_else(Vec::new, |j| j.asked);
        let mut asked = Vec::with_capacity(self.kind.checks().len());
        for check in self.kind.checks() {
            let of = |all: &[CheckResult]| all.iter().find(|a| a.check == *check).cloned();
            let before = of(&earlier);
            let Some(mut answer) = of(&judgement.asked).or_else(|| before.clone()) else {
                continue;
            };
            let same = before.filter(|b| b.passed == answer.passed);
            answer.delivery_id = answer.delivery_id.or(same.and_then(|b| b.delivery_id));
            let failed = !answer.passed;
            asked.push(answer);
            if failed {
                break;
            }
        }
        self.judged = Some(Judgement {
            at: judgement.at,
            asked,
        });
    }

    /// The answer to each of its checks, in the order in which they are asked. Of a text that was judged before
    /// judgements were kept, what its state and reason tell.
    #[must_use]
    pub fn answers(&self) -> Vec<CheckAnswer> {
        let checks = self.kind.checks();
        let kept = self.judged.as_ref().map_or(&[][..], |j| &j.asked);
        let failed = self
            .reason
            .and_then(|reason| checks.iter().position(|check| check.reason() == reason));
        let answer = |(place, check): (usize, &Check)| {
            let kept = kept.iter().find(|asked| asked.check == *check);
            kept.map_or_else(
                || CheckAnswer::known(*check, self.told_by_state(*check, place, failed)),
                CheckAnswer::from,
            )
        };
        checks.iter().enumerate().map(answer).collect()
    }

    /// What state and reason tell of the check at `place`, where `failed` is the place of the one that decided.
    fn told_by_state(&self, check: Check, place: usize, failed: Option<usize>) -> Option<bool> {
        let by_carrier = check == Check::NumberVerified;
        match (self.state, failed) {
            (IntentState::Suppressed, Some(failed)) if place <= failed => Some(place < failed),
            (IntentState::Sent, _) => Some(true),
            (IntentState::Claimed | IntentState::Unknown | IntentState::Failed, _) => {
                (!by_carrier).then_some(true)
            }
            _ => None,
        }
    }

    /// When its checks were last asked; of a text from before judgements were kept, when it was sent.
    #[must_use]
    pub fn judged_at(&self) -> Option<Timestamp> {
        self.judged.as_ref().map(|j| j.at).or(self.sent_at)
    }

    /// When its checks are asked again; `None` for a text that is not planned any more.
    #[must_use]
    pub fn next_check_at(&self) -> Option<Timestamp> {
        (self.state == IntentState::Pending).then_some(self.due_at)
    }
}
