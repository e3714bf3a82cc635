"""Measuring the critic: the protocols, their figures and their reports.

`evaluate` runs a protocol and writes its report, `evaluate_ablation` sets networks beside each
other, `calibrate` fixes temperature and threshold on validation logits.
"""

from musecritic.critic.evaluation.ablation import evaluate_ablation
from musecritic.critic.evaluation.calibration import Calibration, calibrate
from musecritic.critic.evaluation.run import PROTOCOLS, evaluate

__all__ = ["PROTOCOLS", "Calibration", "calibrate", "evaluate", "evaluate_ablation"]
