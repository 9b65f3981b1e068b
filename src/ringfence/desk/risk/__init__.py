"""Random futures of a deal, on the schedule it signed: what is run, and what is kept."""

from ringfence.desk.risk.run import Prepared, RiskResult, prepare, run_risk

__all__ = ["Prepared", "RiskResult", "prepare", "run_risk"]
