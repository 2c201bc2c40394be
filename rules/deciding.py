"""From what the detectors found to what the protocol in force makes of it."""

from __future__ import annotations

from rules.protocols import Policy, Protocol
from rules.vocabulary import Category, Detection, Facts, Flag, Role, Verdict


def decide(detection: Detection, facts: Facts, protocol: Protocol) -> Verdict:
    """Return the verdict on one message: a flag for each category that passes its threshold, the gravest first.

    A flag names every article that the writer goes against; one of distress names none, since despair is no
    offence. Thresholds, severities and articles are the protocol's.
    """
    flags = [
        _flag(category, policy, score, detection, protocol, facts.author_role)
        for category, policy in protocol.categories.items()
        if (score := detection.scores.get(category, 0.0)) >= policy.threshold[facts.group.kind]
    ]
    flags.sort(key=lambda flag: (-flag.severity, -flag.score))
    return Verdict(tuple(flags), protocol.name, protocol.version.isoformat())


def _flag(
    category: Category, policy: Policy, score: float, detection: Detection, protocol: Protocol, role: Role
) -> Flag:
    findings = sorted(
        (finding for finding in detection.findings if finding.category is category), key=lambda finding: -finding.score
    )
    articles = tuple(number for number in policy.articles if protocol.articles[number].binds_writer(role))
    return Flag(category, policy.severity, score, articles, tuple(findings))
