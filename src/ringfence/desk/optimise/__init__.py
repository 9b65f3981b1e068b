"""The desk's own question: which terms serve one aim best within the limits everybody insists on."""

from ringfence.desk.optimise.answer import Answer
from ringfence.desk.optimise.run import optimise

__all__ = ["Answer", "optimise"]
