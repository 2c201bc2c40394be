"""Detoxify in the worker process that judges."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import numpy as np

from bot.detection import WorkerDetector, load_classifier, prepare
from bot.executor import ProcessExecutor
from models.detoxify.combining import save
from models.detoxify.exported import load
from models.detoxify.files import LABELS, Place, sha256_of
from models.embedded import WEIGHTS_FILE
from rules.vocabulary import TEXT_CATEGORIES, Account, Category, Chat, Facts, Group, GroupKind, IncomingMessage
from tests.models.samples import sample

HARSH = "wat een achterlijke sukkel zeg"
RULE = np.tile([0.0, 0.5] + [0.5] * len(LABELS), (len(TEXT_CATEGORIES), 1))


async def test_a_worker_weighs_detoxify_and_explains_what_it_found(exported: Place) -> None:
    save(exported, RULE, {}, load(exported.exported).sha256, sha256_of(WEIGHTS_FILE))
    executor = ProcessExecutor(partial(prepare, exported.folder))
    try:
        moment = datetime(2026, 11, 20, tzinfo=UTC)
        message = IncomingMessage(Chat("replay", "1"), "1", Account("replay", "sem", "Sem"), HARSH, moment)
        facts = Facts(Group("school", "group", GroupKind.CLASS))
        (found,) = await WorkerDetector(executor, detoxify=exported.folder).detect([(message, facts)])
    finally:
        executor.close()
        exported.rule.unlink()
    assert found.failed == ()
    finding = next(
        finding for finding in found.findings if finding.detector == "combined" and finding.category is Category.INSULT
    )
    assert set(finding.words) <= set(HARSH.split())
    alone = load_classifier().score([sample(HARSH)])[0, TEXT_CATEGORIES.index(Category.INSULT)]
    assert abs(finding.score - alone) > 0.001
