"""What moves a figure, and by how much: its derivative by every input, on the signed schedule and re-sized."""

from ringfence.desk.sensitivities.slopes import Sensitivities, sensitivities

__all__ = ["Sensitivities", "sensitivities"]
