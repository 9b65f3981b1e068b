"""Two runs side by side: the terms that differ, the measures that moved, and by how much each term moved them."""

from ringfence.desk.compare.comparison import Comparison, compare, moved_row

__all__ = ["Comparison", "compare", "moved_row"]
